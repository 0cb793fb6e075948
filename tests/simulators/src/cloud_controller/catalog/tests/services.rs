//! Services: CCC-8 to CCC-25.

use serde_json::{Value, json};

use super::{good, plan, refused, taken, with, without};

/// Asserts that the service is refused with these messages when its member has this value.
fn wrong(member: &str, value: Value, messages: &[&str]) {
    let name = match (member, value.as_str()) {
        ("name", Some(text)) => text.to_owned(),
        ("name", None) if value.is_null() => String::new(),
        ("name", None) => value.to_string(),
        _ => "redis".to_owned(),
    };
    let lines = messages.iter().map(|it| format!("  {it}"));
    let lines: Vec<String> = std::iter::once(format!("Service {name}")).chain(lines).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    refused(&with(&format!("/services/0/{member}"), value), &lines);
}

/// Asserts that the member may have these values.
fn right(member: &str, values: &[Value]) {
    for value in values {
        taken(&with(&format!("/services/0/{member}"), value.clone()));
    }
}

#[test]
fn texts_are_required() {
    for (member, label) in [
        ("id", "Service id"),
        ("name", "Service name"),
        ("description", "Service description"),
    ] {
        let required = format!("{label} is required");
        wrong(member, json!(""), &[&required]);
        wrong(member, json!(" \u{a0}"), &[&required]);
        wrong(member, json!(null), &[&required]);
        wrong(
            member,
            json!(12),
            &[&format!("{label} must be a string, but has value 12")],
        );
    }
    refused(
        &without("/services/0/id"),
        &["Service redis", "  Service id is required"],
    );
    refused(
        &without("/services/0/name"),
        &["Service ", "  Service name is required"],
    );
}

#[test]
fn descriptions_have_a_limit() {
    right("description", &[json!("ä".repeat(10_000))]);
    let message = "Service description may not have more than 10000 characters";
    wrong("description", json!("ä".repeat(10_001)), &[message]);
}

#[test]
fn flags_are_booleans() {
    let label = "Service \"bindable\" field";
    wrong(
        "bindable",
        json!("true"),
        &[&format!("{label} must be a boolean, but has value \"true\"")],
    );
    wrong("bindable", json!(null), &[&format!("{label} is required")]);
    refused(
        &without("/services/0/bindable"),
        &["Service redis", &format!("  {label} is required")],
    );
    for flag in [
        "plan_updateable",
        "bindings_retrievable",
        "instances_retrievable",
        "allow_context_updates",
    ] {
        right(flag, &[json!(true), json!(false), json!(null)]);
        wrong(
            flag,
            json!(1),
            &[&format!("Service \"{flag}\" field must be a boolean, but has value 1")],
        );
    }
}

#[test]
fn tags_are_short_texts() {
    right("tags", &[json!([]), json!(["a".repeat(2000), "b".repeat(48)])]);
    wrong(
        "tags",
        json!(["a".repeat(2000), "b".repeat(49)]),
        &["Tags for the service redis must be 2048 characters or less."],
    );
    for (value, shown) in [
        (json!("a"), r#""a""#),
        (json!([1, "a"]), r#"[1, "a"]"#),
        (json!(null), "nil"),
    ] {
        wrong(
            "tags",
            value,
            &[&format!(
                "Service tags must be an array of strings, but has value {shown}"
            )],
        );
    }
}

#[test]
fn what_is_required_is_known() {
    right(
        "requires",
        &[json!([]), json!(["syslog_drain", "route_forwarding", "volume_mount"])],
    );
    let label = "Service \"requires\" field";
    wrong(
        "requires",
        json!(["syslog_drain", "foo"]),
        &[&format!("{label} contains unsupported value \"foo\"")],
    );
    wrong(
        "requires",
        json!("foo"),
        &[&format!("{label} must be an array of strings, but has value \"foo\"")],
    );
    wrong(
        "requires",
        json!([7]),
        &[
            &format!("{label} must be an array of strings, but has value [7]"),
            &format!("{label} contains unsupported value \"7\""),
        ],
    );
}

#[test]
fn metadata_is_a_hash() {
    right(
        "metadata",
        &[
            json!({}),
            json!({"shareable": false}),
            json!({"shareable": null}),
            json!(null),
            json!(false),
        ],
    );
    wrong(
        "metadata",
        json!([{"a": ["b"]}]),
        &[r#"Service metadata must be a hash, but has value [{"a"=>["b"]}]"#],
    );
    wrong(
        "metadata",
        json!({"shareable": "yes"}),
        &[r#"Service metadata shareable must be a boolean, but has value "yes""#],
    );
}

#[test]
fn dashboard_clients_are_whole() {
    let client = json!({"id": "c", "secret": "s", "redirect_uri": "https://d.test"});
    right("dashboard_client", &[client.clone(), json!(null)]);
    wrong(
        "dashboard_client",
        json!("c"),
        &[r#"Service dashboard client attributes must be a hash, but has value "c""#],
    );
    for member in ["id", "secret", "redirect_uri"] {
        let mut lacks = client.clone();
        lacks[member] = json!(" ");
        wrong(
            "dashboard_client",
            lacks,
            &[&format!("Service dashboard client {member} is required")],
        );
        let mut number = client.clone();
        number[member] = json!(5);
        wrong(
            "dashboard_client",
            number,
            &[&format!(
                "Service dashboard client {member} must be a string, but has value 5"
            )],
        );
    }
}

#[test]
fn plans_are_hashes_one_at_least() {
    for none in [json!([]), json!(null)] {
        wrong("plans", none, &["At least one plan is required"]);
    }
    refused(
        &without("/services/0/plans"),
        &["Service redis", "  At least one plan is required"],
    );
    let message = "Service plans list must be an array of hashes, but has value";
    wrong("plans", json!("small"), &[&format!("{message} \"small\"")]);
    // The other plan of the list isn't looked at: its description is missing.
    wrong(
        "plans",
        json!([{"id": "a", "name": "b"}, 3]),
        &[&format!("{message} [{{\"id\"=>\"a\", \"name\"=>\"b\"}}, 3]")],
    );
}

#[test]
fn plans_of_a_service_have_names_of_their_own() {
    let mut catalog = good();
    catalog["services"][0]["plans"] = json!([plan("a"), plan("b"), plan("c"), plan("d"), plan("e")]);
    taken(&catalog);
    catalog["services"][0]["plans"][1]["name"] = json!("a");
    catalog["services"][0]["plans"][2]["name"] = json!("a");
    catalog["services"][0]["plans"][4]["name"] = json!("d");
    let message = "  Plan names must be unique within a service. Service redis already has a plan named";
    refused(
        &catalog,
        &["Service redis", &format!("{message} a"), &format!("{message} d")],
    );
}

/// The double id is told twice: by the catalog and by the service. A fault of a plan hides neither.
#[test]
fn plans_of_a_service_have_ids_of_their_own() {
    let mut catalog = good();
    catalog["services"][0]["plans"] = json!([plan("a"), plan("b")]);
    catalog["services"][0]["plans"][1]["id"] = json!("a-id");
    catalog["services"][0]["plans"][1]["description"] = json!("");
    refused(
        &catalog,
        &[
            "Plan ids must be unique. Unable to register plan with id 'a-id' (plan name 'b', service name 'redis') \
         because it uses the same id as another plan in the catalog (plan name 'a', service name 'redis')",
            "Service redis",
            "  Plan ids must be unique. Service redis already has a plan with id 'a-id'",
            "  Plan b",
            "    Plan description is required",
        ],
    );
}

#[test]
fn all_faults_are_told_in_order() {
    let mut catalog = good();
    catalog["services"][0]["id"] = json!(12345);
    catalog["services"][0]["bindable"] = json!("true");
    catalog["services"][0]["plans"][0]["metadata"] = json!([{"bullets": ["bullet1", "bullet2"]}]);
    catalog["services"][0]["plans"][0]["schemas"] =
        json!({"service_instance": {"create": true, "update": {"parameters": {}}}});
    refused(
        &catalog,
        &[
            "Service redis",
            "  Service id must be a string, but has value 12345",
            "  Service \"bindable\" field must be a boolean, but has value \"true\"",
            "  Plan small",
            r#"    Plan metadata must be a hash, but has value [{"bullets"=>["bullet1", "bullet2"]}]"#,
            "    Schemas",
            "      Schemas service_instance.create must be a hash, but has value true",
            "      Schema service_instance.update.parameters is not valid. Schema must have $schema key but was not present",
        ],
    );
}
