//! Values of the parameters may be secrets: none is in an error.

use serde_json::{Value, json};

use crate::{DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020, check, of, read};

const SECRET: &str = "hunter2-xyzzy";
const NUMBER: i64 = 4_815_162_342;

/// All keywords, each as something that the secret breaks.
fn rules() -> Vec<Value> {
    vec![
        json!({"type": "null"}),
        json!({"type": ["null", "boolean"]}),
        json!({"enum": ["a", 1, null]}),
        json!({"enum": (0..30).map(|n| format!("option{n}")).collect::<Vec<_>>()}),
        json!({"enum": ["single"]}),
        json!({"const": {"k": "v"}}),
        json!({"const": 5}),
        json!({"maxLength": 2, "minLength": 1, "maximum": 2, "maxItems": 0, "maxProperties": 0}),
        json!({"minLength": 1000, "minimum": 1e18, "minItems": 1000, "minProperties": 1000}),
        json!({"exclusiveMaximum": 1, "multipleOf": 7, "pattern": "^never$"}),
        json!({"format": "ipv4", "exclusiveMinimum": 1e18}),
        json!({"format": "date-time"}),
        json!({"format": "email"}),
        json!({"format": "regex", "pattern": "^(?!hunter)"}),
        json!({"not": {}}),
        json!({"not": {"type": ["string", "number", "array", "object"]}}),
        json!({"anyOf": [{"type": "null"}, {"enum": ["x"]}]}),
        json!({"oneOf": [{"type": "null"}, {"const": "x"}]}),
        json!({"oneOf": [{}, {}]}),
        json!({"contains": {"const": "y"}, "type": "array", "uniqueItems": true}),
        json!({"items": {"type": "null"}, "additionalProperties": {"type": "null"}, "maximum": 3, "maxLength": 3}),
        json!({"if": {}, "then": {"type": "null"}}),
        json!({"contentMediaType": "application/json", "contentEncoding": "base64", "type": "string", "maxLength": 4}),
        json!({"propertyNames": {"maxLength": 1}, "type": "object"}),
        json!({"unevaluatedProperties": false, "unevaluatedItems": false, "type": ["object", "array"]}),
        json!(false),
    ]
}

#[test]
fn no_value_is_in_an_error() {
    let secrets = [
        json!(SECRET),
        json!(NUMBER),
        json!([SECRET, SECRET]),
        json!({"k": SECRET}),
        json!({"k": [NUMBER, {"k": SECRET}]}),
    ];
    let mut refused = 0;
    for draft in [DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020] {
        for rule in rules() {
            for schema in [
                json!({"properties": {"a": rule}}),
                json!({"properties": {"a": {"anyOf": [rule]}}}),
                json!({"properties": {"a": {"allOf": [rule]}}}),
            ] {
                let schema = of(draft, schema);
                if read(&schema).is_err() {
                    continue;
                }
                for secret in &secrets {
                    if let Err(invalid) = check(&schema, &json!({"a": secret})) {
                        refused += 1;
                        for text in [invalid.to_string(), format!("{invalid:?}")] {
                            assert!(
                                !text.contains("hunter2") && !text.contains("4815162342"),
                                "{schema}: {text}"
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(refused > 900, "{refused}");
}

/// A value that is also in the schema is told as the schema's, and only then.
#[test]
fn values_of_the_schema_may_be_told() {
    let schema = of(
        DRAFT_6,
        json!({"properties": {"a": {"enum": ["big", "small"]}, "b": {"const": "only"}}}),
    );
    let text = check(&schema, &json!({"a": SECRET, "b": SECRET}))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("big") && text.contains("only") && !text.contains(SECRET),
        "{text}"
    );
}

#[test]
fn the_schemas_debug_form_is_of_no_parameters() {
    let schemas = read(&of(DRAFT_4, json!({"properties": {"a": {"type": "string"}}}))).unwrap();
    schemas
        .check(chandler_schemas::Parameters::Create, &json!({"a": NUMBER}))
        .unwrap_err();
    assert!(!format!("{schemas:?}").contains("4815162342"));
}
