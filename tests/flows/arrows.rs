//! Which crate may depend on which: an arrow that is missing here is missing in the house.
use serde_json::Value;
use std::{collections::BTreeMap, process::Command};

const ARROWS: &[(&str, &[&str])] = &[
    ("chandler-proto", &[]),
    ("chandler-bus", &["chandler-proto"]),
    ("chandler-process", &[]),
    ("chandler-schemas", &[]),
    (
        "chandler-gateway",
        &["chandler-proto", "chandler-bus", "chandler-process", "chandler-schemas"],
    ),
    (
        "chandler-engine",
        &["chandler-proto", "chandler-bus", "chandler-process", "chandler-clients"],
    ),
    ("chandler-clients", &[]),
    (
        "chandler-common",
        &[
            "chandler-proto",
            "chandler-engine",
            "chandler-clients",
            "chandler-process",
            "chandler-schemas",
        ],
    ),
    (
        "chandler-provisioning",
        &[
            "chandler-proto",
            "chandler-common",
            "chandler-engine",
            "chandler-clients",
            "chandler-process",
            "chandler-schemas",
        ],
    ),
    (
        "chandler-binding",
        &[
            "chandler-proto",
            "chandler-common",
            "chandler-engine",
            "chandler-clients",
            "chandler-process",
        ],
    ),
    (
        "chandler-errands",
        &[
            "chandler-proto",
            "chandler-common",
            "chandler-engine",
            "chandler-clients",
            "chandler-process",
        ],
    ),
    (
        "chandler-uaa-clients",
        &[
            "chandler-proto",
            "chandler-common",
            "chandler-engine",
            "chandler-clients",
            "chandler-process",
        ],
    ),
    (
        "chandler-ctl",
        // Of common the checks, which the doctor makes as the workers do; of the gateway how it checks its configuration.
        &[
            "chandler-proto",
            "chandler-bus",
            "chandler-process",
            "chandler-clients",
            "chandler-common",
            "chandler-gateway",
        ],
    ),
    (
        "chandler-testing",
        &[
            "chandler-proto",
            "chandler-engine",
            "chandler-clients",
            "chandler-process",
            "chandler-simulators",
        ],
    ),
    ("chandler-simulators", &[]),
    ("chandler-adapters", &[]),
];
const ANYTHING: &[&str] = &["chandler-tests", "chandler-local"];
/// Whom nothing but tests may depend on, whoever it is.
const OF_TESTS: &str = "chandler-testing";

#[test]
fn no_crate_reaches_where_it_must_not() {
    let said = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let metadata: Value = serde_json::from_slice(&said.stdout).unwrap();
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let dependencies = package["dependencies"].as_array().unwrap();
        let shipped = |to: &Value| to["name"] == OF_TESTS && to["kind"] != "dev";
        assert!(!dependencies.iter().any(shipped), "{name}: {OF_TESTS} is for tests");
        if ANYTHING.contains(&name) {
            continue;
        }
        let may = allowed
            .get(name)
            .unwrap_or_else(|| panic!("{name} has no line in the table of arrows"));
        seen += 1;
        for dependency in dependencies {
            let to = dependency["name"].as_str().unwrap();
            let of_tests = dependency["kind"] == "dev";
            if to.starts_with("chandler-") && !of_tests {
                assert!(may.contains(&to), "{name} must not depend on {to}");
            }
            let of_the_bus = to == "async-nats" && name != "chandler-bus";
            assert!(of_tests || !of_the_bus, "{name}: only the bus knows async-nats");
        }
    }
    assert_eq!(seen, ARROWS.len(), "a crate of the table is gone");
}

#[test]
fn what_thinks_has_no_hands() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/Cargo.toml")).unwrap();
    for hands in ["tokio", "async-nats", "reqwest", "hyper"] {
        assert!(
            !text.contains(&format!("{hands}.workspace")),
            "proto must not depend on {hands}"
        );
    }
}
