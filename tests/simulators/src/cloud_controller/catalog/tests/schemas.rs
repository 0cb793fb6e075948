//! Schemas: CCC-35 to CCC-41.

use serde_json::{Value, json};

use super::{good, refused, taken, with};

const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";
const PATHS: [[&str; 2]; 3] = [
    ["service_instance", "create"],
    ["service_instance", "update"],
    ["service_binding", "create"],
];

/// A catalog whose plan has this schema for this call.
fn with_schema([kind, call]: [&str; 2], schema: &Value) -> Value {
    with(
        "/services/0/plans/0/schemas",
        json!({kind: {call: {"parameters": schema}}}),
    )
}

/// Asserts that a schema is refused with these reasons, whatever call it is for.
fn wrong(schema: &Value, reasons: &[&str]) {
    for path in PATHS {
        let [kind, call] = path;
        let reasons = reasons
            .iter()
            .map(|it| format!("      Schema {kind}.{call}.parameters is not valid. {it}"));
        let head = ["Service redis", "  Plan small", "    Schemas"].map(str::to_owned);
        let lines: Vec<String> = head.into_iter().chain(reasons).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        refused(&with_schema(path, schema), &lines);
    }
}

fn right(schema: &Value) {
    for path in PATHS {
        taken(&with_schema(path, schema));
    }
}

/// A schema of draft 4 with more members.
fn schema(members: Value) -> Value {
    let mut schema = json!({"$schema": DRAFT_4});
    for (key, value) in members.as_object().expect("members") {
        schema[key] = value.clone();
    }
    schema
}

#[test]
fn each_level_is_a_hash() {
    let place = "/services/0/plans/0/schemas";
    for none in [
        json!(null),
        json!({}),
        json!({"service_instance": null}),
        json!({"service_instance": {}}),
    ] {
        taken(&with(place, none));
    }
    refused(
        &with(place, json!("x")),
        &[
            "Service redis",
            "  Plan small",
            r#"    Plan schemas must be a hash, but has value "x""#,
        ],
    );
    for [kind, call] in PATHS {
        taken(&with(place, json!({kind: {call: {"parameters": null}}})));
        for (schemas, path) in [
            (json!({kind: 1}), kind.to_owned()),
            (json!({kind: {call: 1}}), format!("{kind}.{call}")),
            (
                json!({kind: {call: {"parameters": 1}}}),
                format!("{kind}.{call}.parameters"),
            ),
        ] {
            let message = format!("      Schemas {path} must be a hash, but has value 1");
            refused(
                &with(place, schemas),
                &["Service redis", "  Plan small", "    Schemas", &message],
            );
        }
    }
    // A binding can't be changed: nobody looks.
    taken(&with(place, json!({"service_binding": {"update": 1}})));
}

#[test]
fn schemas_have_a_limit() {
    let rest = schema(json!({"foo": ""})).to_string().len();
    right(&schema(json!({"foo": "x".repeat(65_536 - rest)})));
    wrong(
        &schema(json!({"foo": "x".repeat(65_537 - rest)})),
        &["Must not be larger than 64KB"],
    );
}

#[test]
fn schemas_say_what_they_are() {
    for none in [json!({}), json!({"$schema": null, "type": "object"})] {
        wrong(&none, &["Schema must have $schema key but was not present"]);
    }
}

#[test]
fn schemas_conform_to_draft_4() {
    right(&schema(
        json!({"type": "object", "required": ["a"], "properties": {"a": {"minimum": 1, "exclusiveMinimum": true}}}),
    ));
    // Nobody looks whether it is a regular expression.
    right(&schema(json!({"pattern": "("})));
    let why = |at: &str, rest: &str| {
        format!(
            "Must conform to JSON Schema Draft 04 (experimental support for later versions): The property '#{at}' {rest} in schema {DRAFT_4}"
        )
    };
    let is = |kind: &str, wanted: &str| format!("of type {kind} did not match the following type: {wanted}");
    wrong(
        &schema(json!({"properties": true, "anyOf": true})),
        &[
            &why("/properties", &is("boolean", "object")),
            &why("/anyOf", &is("boolean", "array")),
        ],
    );
    let any = "did not match one or more of the required schemas";
    for (members, at, rest) in [
        (
            json!({"exclusiveMinimum": 3, "minimum": 2}),
            "/exclusiveMinimum",
            is("integer", "boolean"),
        ),
        (
            json!({"properties": {"a": {"title": 1.5}}}),
            "/properties/a/title",
            is("number", "string"),
        ),
        (json!({"items": "x"}), "/items", format!("of type string {any}")),
        (json!({"type": "text"}), "/type", format!("of type string {any}")),
        (
            json!({"required": []}),
            "/required",
            "did not contain a minimum number of items 1".to_owned(),
        ),
        (
            json!({"required": ["a", "a"]}),
            "/required",
            "contained duplicated array values".to_owned(),
        ),
        (
            json!({"maxLength": -1}),
            "/maxLength",
            "did not have a minimum value of 0, inclusively".to_owned(),
        ),
        (
            json!({"multipleOf": 0}),
            "/multipleOf",
            "did not have a minimum value of 0, exclusively".to_owned(),
        ),
    ] {
        wrong(&schema(members), &[&why(at, &rest)]);
    }
}

#[test]
fn the_dialect_is_known() {
    for known in ["draft-01", "draft-02", "draft-03", "draft-04", "draft-06"] {
        for end in ["schema#", "schema", "hyper-schema#"] {
            right(&json!({"$schema": format!("http://json-schema.org/{known}/{end}")}));
        }
    }
    for unknown in [
        "http://json-schema.org/draft-05/schema#",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft-04/schema#",
        "https://json-schema.org/draft/2020-12/schema",
        "http://example.com/schema",
        "blahblahblah",
    ] {
        wrong(
            &json!({"$schema": unknown}),
            &["Custom meta schemas are not supported."],
        );
    }
}

#[test]
fn references_stay_inside() {
    right(&schema(
        json!({"properties": {"a": {"$ref": "#/definitions/b"}}, "definitions": {"b": {}}}),
    ));
    right(&schema(
        json!({"properties": {"a": {"$ref": "http://json-schema.org/draft-04/schema#"}}}),
    ));
    right(&schema(
        json!({"id": "http://x.test/s", "properties": {"a": {"$ref": "http://x.test/s#/properties/b"}}}),
    ));
    right(&schema(
        json!({"default": {"$ref": "http://x.test/"}, "properties": {"$ref": {"type": "string"}}}),
    ));
    let uri = "No external references are allowed: Read of URI at http://x.test/ref refused";
    let out = json!({"$ref": "http://x.test/ref"});
    wrong(&schema(out.clone()), &[uri]);
    for members in [
        json!({"properties": {"a": out}}),
        json!({"patternProperties": {"a": out}}),
        json!({"definitions": {"a": {"items": out}}}),
        json!({"additionalProperties": out}),
        json!({"items": [{}, out]}),
        json!({"oneOf": [{"not": out}]}),
    ] {
        wrong(&schema(members), &[uri]);
    }
    for (leads, file) in [
        (
            "path/to/schema.json#/a",
            "/var/vcap/packages/cloud_controller_ng/cloud_controller_ng/path/to/schema.json",
        ),
        ("/etc/schema.json", "/etc/schema.json"),
        ("file:///etc/schema.json", "/etc/schema.json"),
    ] {
        let message = format!("No external references are allowed: Read of file at {file} refused");
        wrong(&schema(json!({"$ref": leads})), &[&message]);
    }
}

/// Each schema breaks all rules from one on, and hears of this one.
#[test]
fn only_the_first_rule_of_a_schema_is_told() {
    let long = "x".repeat(65_536);
    let out = "http://x.test/ref";
    let draft = "Must conform to JSON Schema Draft 04 (experimental support for later versions): The property '#/properties' \
                 of type boolean did not match the following type: object in schema http://json-schema.org/draft-04/schema#";
    for (schema, message) in [
        (
            json!({"foo": long, "properties": true, "$ref": out}),
            "Must not be larger than 64KB",
        ),
        (
            json!({"properties": true, "$ref": out}),
            "Schema must have $schema key but was not present",
        ),
        (json!({"$schema": "x", "properties": true, "$ref": out}), draft),
        (
            json!({"$schema": "x", "$ref": out}),
            "Custom meta schemas are not supported.",
        ),
    ] {
        wrong(&schema, &[message]);
    }
}

#[test]
fn every_schema_of_a_plan_is_looked_at() {
    let mut catalog = good();
    let bad = json!({"parameters": {"type": "object"}});
    catalog["services"][0]["plans"][0]["schemas"] =
        json!({"service_binding": {"create": bad}, "service_instance": {"update": bad, "create": bad}});
    let line = |path: &str| {
        format!("      Schema {path}.parameters is not valid. Schema must have $schema key but was not present")
    };
    refused(
        &catalog,
        &[
            "Service redis",
            "  Plan small",
            "    Schemas",
            &line("service_instance.create"),
            &line("service_instance.update"),
            &line("service_binding.create"),
        ],
    );
}
