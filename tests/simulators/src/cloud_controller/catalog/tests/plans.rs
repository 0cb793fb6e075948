//! Plans: CCC-26 to CCC-34.

use serde_json::{Value, json};

use super::{refused, taken, with, without};
use crate::cloud_controller::catalog::version::is_semantic;

/// Asserts that the plan is refused with these messages when its member has this value.
fn wrong(member: &str, value: Value, messages: &[&str]) {
    let name = if member == "name" {
        value.as_str().unwrap_or("12")
    } else {
        "small"
    };
    let head = ["Service redis".to_owned(), format!("  Plan {name}")];
    let lines = messages.iter().map(|it| format!("    {it}"));
    let lines: Vec<String> = head.into_iter().chain(lines).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    refused(&with(&format!("/services/0/plans/0/{member}"), value.clone()), &lines);
}

/// Asserts that the member may have these values.
fn right(member: &str, values: &[Value]) {
    for value in values {
        taken(&with(&format!("/services/0/plans/0/{member}"), value.clone()));
    }
}

#[test]
fn texts_are_required() {
    for (member, label) in [
        ("id", "Plan id"),
        ("name", "Plan name"),
        ("description", "Plan description"),
    ] {
        wrong(member, json!(""), &[&format!("{label} is required")]);
        wrong(
            member,
            json!(12),
            &[&format!("{label} must be a string, but has value 12")],
        );
    }
    let missing = without("/services/0/plans/0/name");
    refused(&missing, &["Service redis", "  Plan ", "    Plan name is required"]);
    right("description", &[json!("ä".repeat(10_000))]);
    let message = "Plan description may not have more than 10000 characters";
    wrong("description", json!("ä".repeat(10_001)), &[message]);
}

#[test]
fn optional_members_have_their_types() {
    right("metadata", &[json!({"bullets": []}), json!(null), json!(false)]);
    wrong(
        "metadata",
        json!("x"),
        &[r#"Plan metadata must be a hash, but has value "x""#],
    );
    for (member, label) in [
        ("free", "Plan free"),
        ("bindable", "Plan bindable"),
        ("plan_updateable", "Plan updateable"),
    ] {
        right(member, &[json!(true), json!(false), json!(null)]);
        wrong(
            member,
            json!("false"),
            &[&format!("{label} must be a boolean, but has value \"false\"")],
        );
    }
    right("maximum_polling_duration", &[json!(3600), json!(null), json!(false)]);
    for (value, shown) in [(json!("1"), "\"1\""), (json!(1.5), "1.5"), (json!(true), "true")] {
        let message = format!("Maximum polling duration must be an integer, but has value {shown}");
        wrong("maximum_polling_duration", value, &[&message]);
    }
}

#[test]
fn maintenance_info_has_a_version_and_nothing_strange() {
    let member = "maintenance_info";
    right(
        member,
        &[
            json!(null),
            json!({"version": "1.2.3-alpha1"}),
            json!({"version": "1.2.3", "description": "OS"}),
        ],
    );
    let semantic = "Maintenance info version must be a Semantic Version, but has value";
    let required = "Maintenance info version is required";
    let none = format!("{semantic} nil");
    wrong(member, json!({}), &[required, &none]);
    wrong(
        member,
        json!("1.2.3"),
        &[
            r#"Maintenance info must be a hash, but has value "1.2.3""#,
            required,
            &none,
        ],
    );
    wrong(member, json!({"version": "1beta"}), &[&format!("{semantic} \"1beta\"")]);
    wrong(
        member,
        json!({"version": 42}),
        &[
            "Maintenance info version must be a string, but has value 42",
            &format!("{semantic} 42"),
        ],
    );
    wrong(
        member,
        json!({"version": "1.0.0", "description": true}),
        &["Maintenance info description must be a string, but has value true"],
    );
    wrong(
        member,
        json!({"version": "1.2.3", "foo": "bar", "baz": 1}),
        &["Maintenance info contains invalid key(s): foo, baz"],
    );
}

#[test]
fn maintenance_info_has_a_limit() {
    let long = |first: usize| {
        let version = format!("{}.{}.{}", "2".repeat(first), "1".repeat(499), "3".repeat(499));
        json!({"version": version})
    };
    right("maintenance_info", &[long(986)]);
    let message = "Maintenance info must serialize to 2000 characters or fewer in JSON, but serializes to";
    wrong("maintenance_info", long(987), &[&format!("{message} 2001 characters")]);
    wrong("maintenance_info", long(1000), &[&format!("{message} 2014 characters")]);
}

#[test]
fn semantic_versions() {
    for good in [
        "0.0.0",
        "1.2.3",
        "10.20.30",
        "1.0.0-0",
        "1.0.0-rc.1",
        "1.0.0-a-b.0a",
        "1.0.0+01.b",
        "1.0.0-x+y-z",
        "1.0.0+a-b",
    ] {
        assert!(is_semantic(good), "{good}");
    }
    for bad in [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.02.3",
        "1.2.x",
        "v1.2.3",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3+",
        "1.2.3+a+b",
        "1.2.3-ä",
        " 1.2.3",
        "1.2.3\n",
    ] {
        assert!(!is_semantic(bad), "{bad}");
    }
}
