//! YAML 1.1 as ODB reads it.
use crate::support::{config, edited, file, only};
use chandler_proto::config::{Config, parse};
use serde_json::{Value, json};

/// The small file with a text put in place of a marker, so that YAML spellings survive.
fn with(marker_path: &str, yaml: &str) -> Result<Config, String> {
    let text = edited(file(), marker_path, json!("MARKER"))
        .to_string()
        .replace("\"MARKER\"", yaml);
    parse(&text)
        .map(|loaded| loaded.config)
        .map_err(|findings| findings.to_string())
}

fn property(yaml: &str) -> Value {
    let config = with("service_catalog.plans[0].properties", &format!("{{p: {yaml} }}")).expect("loads");
    config.catalog.offerings[0].plans[0].properties["p"].clone()
}

#[test]
fn booleans_of_yaml_1_1_work_in_boolean_fields() {
    for (text, value) in [
        ("yes", true),
        ("On", true),
        ("y", true),
        ("TRUE", true),
        ("no", false),
        ("off", false),
        ("N", false),
    ] {
        assert_eq!(
            with("broker.startup_banner", text).expect(text).broker.startup_banner,
            value,
            "{text}"
        );
    }
    for text in ["\"yes\"", "1", "oN"] {
        let findings = with("broker.startup_banner", text).expect_err(text);
        assert!(
            findings.starts_with("broker.startup_banner: must be true or false, not "),
            "{findings}"
        );
    }
}

#[test]
fn scalars_in_properties_become_json() {
    for (text, value) in [
        ("yes", json!(true)),
        ("\"yes\"", json!("yes")),
        ("off", json!(false)),
        ("0777", json!(511)),
        ("0o17", json!(15)),
        ("0x1F", json!(31)),
        ("-0b101", json!(-5)),
        ("089", json!(89.0)),
        ("1_000", json!(1000)),
        ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
        ("1.50", json!(1.5)),
        ("1e3", json!(1000.0)),
        ("2020-01-01", json!("2020-01-01")),
        ("12:30:45", json!("12:30:45")),
        ("~", json!(null)),
        ("", json!(null)),
        ("!!str 12", json!("12")),
        ("!!float 12", json!(12)),
        ("!!int \"5\"", json!(5)),
        ("!!bool 'yes'", json!(true)),
        ("!!int &a 7", json!(7)),
        ("&a !!bool on", json!(true)),
        ("1.2.3", json!("1.2.3")),
        ("-1-2", json!("-1-2")),
        ("null", json!(null)),
        ("[1, [no, {a: 2}]]", json!([1, [false, {"a": 2}]])),
    ] {
        assert_eq!(property(text), value, "{text}");
    }
}

#[test]
fn numbers_that_json_cannot_carry_are_findings() {
    for text in [".inf", "-.inf", ".nan", "123456789012345678901234567890"] {
        let findings = with("service_catalog.plans[0].properties", &format!("{{a: [0, {text}]}}")).expect_err(text);
        assert_eq!(
            findings,
            "service_catalog.plans[0].properties.a[1]: is a number that JSON can't carry; quote it to hand it on as a text"
        );
    }
}

#[test]
fn numbers_in_text_fields_keep_their_source_text() {
    for text in ["1.200", "0777", "1_000", "1e3", "yes", "2020-01-01", "1.10", "+5"] {
        let config = with("service_deployment.releases[0].version", text).expect(text);
        assert_eq!(config.catalog.offerings[0].deployment.releases[0].version, text);
        let config = with("service_deployment.stemcells[0].version", &format!("'{text}'")).expect(text);
        assert_eq!(config.catalog.offerings[0].deployment.stemcells[0].version, text);
        let config = with("broker.password", text).expect(text);
        assert_eq!(config.broker.credential.expect("one").password.expose(), text);
    }
}

#[test]
fn source_text_survives_anchors_merges_comments_and_multibyte_text() {
    let yaml = "{x: &v 1.20, y: *v, z: {<<: &m {deep: 1.30}, own: 1}, \"ключ\": {<<: *m}, w: 1.40 } # 1.50";
    let config = with("service_catalog.plans[0].properties", &format!("{yaml}\n")).expect("loads");
    let text = serde_json::to_string(&config.catalog.offerings[0].plans[0].properties).expect("json");
    let wanted = json!({"x": 1.2, "y": 1.2, "z": {"deep": 1.3, "own": 1}, "ключ": {"deep": 1.3}, "w": 1.4});
    assert_eq!(serde_json::from_str::<Value>(&text).expect("json"), wanted);

    let all = edited(file(), "service_deployment.releases[0].version", json!("A"));
    let all = edited(all, "service_deployment.stemcells[0].version", json!("B"));
    let text = format!(
        "\u{feff}# ключ\r\n{}\r\n",
        all.to_string().replace("\"A\"", "&v 1.200").replace("\"B\"", "*v")
    );
    let config = parse(&text).expect("loads").config;
    assert_eq!(config.catalog.offerings[0].deployment.releases[0].version, "1.200");
    assert_eq!(config.catalog.offerings[0].deployment.stemcells[0].version, "1.200");
}

#[test]
fn keys_that_are_no_texts_become_texts() {
    let value = property("{1: a, yes: b, 1.50: c, ok: {2: [{on: d}]}}");
    assert_eq!(
        value,
        json!({"1": "a", "yes": "b", "1.50": "c", "ok": {"2": [{"on": "d"}]}})
    );
}

#[test]
fn a_key_given_twice_is_a_finding_with_its_path() {
    let findings = with("service_catalog.plans[0].properties", "{a: {b: 1, b: 2}}").expect_err("twice");
    assert_eq!(findings, "service_catalog.plans[0].properties.a.b: is given twice");
}

#[test]
fn empty_sections_count_as_absent() {
    let mut all = file();
    for name in [
        "bosh",
        "cf",
        "credhub",
        "bosh_credhub",
        "service_instances_api",
        "service_adapter",
        "chandler",
    ] {
        all[name] = Value::Null;
    }
    assert_eq!(config(&all), config(&file()));
}

#[test]
fn what_is_no_yaml_is_told_with_its_place_and_without_its_lines() {
    let findings = parse("broker:\n  password: \"hunter2\\q\"\n")
        .expect_err("no YAML")
        .to_string();
    assert!(findings.starts_with("the file is not YAML: "), "{findings}");
    assert!(findings.contains("line 2"), "{findings}");
    assert!(!findings.contains("hunter2"), "{findings}");
    assert_eq!(only(&json!([])).message, "must be a map, not a list");
}
