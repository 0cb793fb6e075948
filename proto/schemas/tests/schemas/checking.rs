//! What is told about parameters that don't fit, and where.

use serde_json::{Value, json};

use crate::{DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2020, check, errors, of};

#[test]
fn the_text_is_odbs() {
    let schema = of(
        DRAFT_4,
        json!({"type": "object", "required": ["size"], "properties": {"n": {"type": "integer"}}}),
    );
    assert!(check(&schema, &json!({"size": 1})).is_ok());
    let invalid = check(&schema, &json!({"n": "x"})).unwrap_err();
    assert_eq!(
        invalid.to_string(),
        "validation against JSON schema failed:\n(root): \"size\" is a required property; /n: value is not of type \"integer\""
    );
    assert_eq!((invalid.errors().len(), invalid.more()), (2, 0));
}

/// Each rule with the path at which it is broken.
#[test]
fn errors_begin_with_where_they_are() {
    let cases: Vec<(&str, Value, Value, &str)> = vec![
        (
            DRAFT_4,
            json!({"properties": {"a": {"items": {"properties": {"b/c": {"type": "string"}}}}}}),
            json!({"a": [{"b/c": 1}]}),
            "/a/0/b~1c: value is not of type",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a~b": {"maximum": 1}}}),
            json!({"a~b": 2}),
            "/a~0b: value is greater than the maximum of 1",
        ),
        (
            DRAFT_4,
            json!({"items": [{}, {"type": "string"}]}),
            json!([1, 2]),
            "/1: value is not of type",
        ),
        (
            DRAFT_4,
            json!({"items": [{}], "additionalItems": {"type": "string"}}),
            json!([1, "x", 3]),
            "/2: value is not of type",
        ),
        (
            DRAFT_4,
            json!({"items": [{}], "additionalItems": false}),
            json!([1, 2]),
            "/1: is not allowed",
        ),
        (
            DRAFT_4,
            json!({"additionalProperties": false}),
            json!({"a": 1}),
            "(root): additional properties are not allowed (\"a\" was unexpected)",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"additionalProperties": false}}}),
            json!({"a": {"b": 1}}),
            "/a: additional properties are not allowed (\"b\" was unexpected)",
        ),
        (
            DRAFT_4,
            json!({"additionalProperties": {"type": "string"}}),
            json!({"a": 1}),
            "/a: value is not of type",
        ),
        (
            DRAFT_4,
            json!({"patternProperties": {"^x-": {"type": "string"}}}),
            json!({"x-a": 1}),
            "/x-a: value is not of type",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"minLength": 3}}}),
            json!({"a": "x"}),
            "/a: value is shorter than 3 characters",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"pattern": "^x$"}}}),
            json!({"a": "y"}),
            "/a: value does not match \"^x$\"",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"format": "ipv4"}}}),
            json!({"a": "y"}),
            "/a: value is not a \"ipv4\"",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"uniqueItems": true}}}),
            json!({"a": [1, 1]}),
            "/a: value has non-unique elements",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"minItems": 1}}}),
            json!({"a": []}),
            "/a: value has less than 1 item",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"multipleOf": 3}}}),
            json!({"a": 4}),
            "/a: value is not a multiple of 3",
        ),
        (
            DRAFT_4,
            json!({"maxProperties": 1}),
            json!({"a": 4, "b": 5}),
            "(root): value has more than 1 property",
        ),
        (
            DRAFT_4,
            json!({"dependencies": {"a": ["b"]}}),
            json!({"a": 4}),
            "(root): \"b\" is a required property",
        ),
        (
            DRAFT_4,
            json!({"dependencies": {"a": {"properties": {"b": {"type": "string"}}}}}),
            json!({"a": 4, "b": 5}),
            "/b: value is not of type",
        ),
        (
            DRAFT_4,
            json!({"allOf": [{}, {"properties": {"a": {"type": "string"}}}]}),
            json!({"a": 4}),
            "/a: value is not of type",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}),
            json!({"a": 4}),
            "/a: does not match any of the schemas of anyOf",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"oneOf": [{"type": "string"}, {"type": "null"}]}}}),
            json!({"a": 4}),
            "/a: does not match exactly one of the schemas of oneOf",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"oneOf": [{}, {"type": "integer"}]}}}),
            json!({"a": 4}),
            "/a: does not match exactly one of the schemas of oneOf",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"not": {"type": "integer"}}}}),
            json!({"a": 4}),
            "/a: matches the schema of not",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"enum": ["big", "small"]}}}),
            json!({"a": 4}),
            "/a: value is not one of",
        ),
        (
            DRAFT_4,
            json!({"properties": {"a": {"maximum": 4, "exclusiveMaximum": true}}}),
            json!({"a": 4}),
            "/a: value is greater than or equal to the maximum of 4",
        ),
        (
            DRAFT_4,
            json!({"definitions": {"s": {"type": "string"}}, "properties": {"a": {"items": {"$ref": "#/definitions/s"}}}}),
            json!({"a": ["x", 4]}),
            "/a/1: value is not of type",
        ),
        (
            DRAFT_6,
            json!({"properties": {"a": {"const": 5}}}),
            json!({"a": 4}),
            "/a: 5 was expected",
        ),
        (
            DRAFT_6,
            json!({"properties": {"a": {"contains": {"const": 5}}}}),
            json!({"a": [4]}),
            "/a: does not contain as many items",
        ),
        (
            DRAFT_6,
            json!({"propertyNames": {"maxLength": 2}}),
            json!({"abc": 1}),
            "(root): the name \"abc\" does not match propertyNames",
        ),
        (
            DRAFT_6,
            json!({"properties": {"a": false}}),
            json!({"a": 1}),
            "/a: is not allowed",
        ),
        (
            DRAFT_7,
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
            json!({"a": 1}),
            "(root): \"b\" is a required property",
        ),
        (
            DRAFT_7,
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
            json!({}),
            "(root): \"c\" is a required property",
        ),
        (
            DRAFT_2020,
            json!({"properties": {"a": {"prefixItems": [{"type": "string"}], "items": {"type": "null"}}}}),
            json!({"a": ["x", 1]}),
            "/a/1: value is not of type",
        ),
        (
            DRAFT_2020,
            json!({"properties": {"a": {"contains": {"const": 5}, "minContains": 2}}}),
            json!({"a": [5]}),
            "/a: does not contain as many items",
        ),
        (
            DRAFT_2020,
            json!({"properties": {"a": {"contains": {"const": 5}, "maxContains": 1}}}),
            json!({"a": [5, 5]}),
            "/a: does not contain as many items",
        ),
        (
            DRAFT_2020,
            json!({"$defs": {"n": {"$dynamicAnchor": "n", "type": "integer"}}, "properties": {"a": {"$dynamicRef": "#n"}}}),
            json!({"a": "x"}),
            "/a: value is not of type",
        ),
        (
            DRAFT_2020,
            json!({"properties": {"a": {}}, "unevaluatedProperties": false}),
            json!({"b": 1}),
            "(root): does not conform to the schema",
        ),
    ];
    for (draft, schema, parameters, expected) in cases {
        let errors = errors(&of(draft, schema.clone()), &parameters);
        assert_eq!(errors.len(), 1, "{schema}: {errors:?}");
        assert!(errors[0].starts_with(expected), "{schema}: {errors:?}");
    }
}

#[test]
fn ten_errors_are_told_and_the_others_counted() {
    let schema = of(DRAFT_4, json!({"additionalProperties": {"type": "string"}}));
    let many = |count: usize| Value::Object((0..count).map(|n| (format!("m{n}"), json!(n))).collect());
    for (count, more) in [(10, None), (11, Some("; and 1 more")), (40, Some("; and 30 more"))] {
        let invalid = check(&schema, &many(count)).unwrap_err();
        assert_eq!(invalid.errors().len(), 10);
        assert_eq!(invalid.more(), count - 10);
        let text = invalid.to_string();
        assert!(text.ends_with(more.unwrap_or("not of type \"string\"")), "{text}");
    }
    let text = check(&schema, &many(20_000)).unwrap_err().to_string();
    assert!(text.contains("; and ") && text.ends_with(" more"), "{text}");
}

/// However long the names and the schema's own values are.
#[test]
fn the_text_is_bounded_and_on_one_line() {
    let long = "n\u{1b}[31m\nx".repeat(20_000);
    let options: Vec<String> = (0..200).map(|n| format!("option-{n}{}", "-".repeat(90))).collect();
    let schema = of(DRAFT_4, json!({"additionalProperties": {"enum": options}}));
    let parameters = Value::Object((0..30).map(|n| (format!("{n}{long}"), json!(1))).collect());
    let text = check(&schema, &parameters).unwrap_err().to_string();
    assert!(text.chars().count() <= 2000, "{}", text.len());
    assert!(text.ends_with(" more"), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_eq!(text.chars().filter(|c| c.is_control()).count(), 1);
}

#[test]
fn nesting_that_no_parser_gives_is_refused() {
    let schema = of(DRAFT_4, json!({"items": {"$ref": "#"}}));
    let deep = |levels: usize| (0..levels).fold(json!([]), |inner, _| json!([inner]));
    assert!(check(&schema, &deep(120)).is_ok());
    assert_eq!(errors(&schema, &deep(1000)), ["(root): nested too deeply"]);
}

#[test]
fn numbers_are_compared_as_numbers() {
    let schema = of(
        DRAFT_4,
        json!({"properties": {"n": {"enum": [1, 18446744073709551615_u64]}, "l": {"uniqueItems": true}}}),
    );
    for good in [
        json!({"n": 1.0}),
        json!({"n": 18446744073709551615_u64}),
        json!({"l": [1, "1", true, null]}),
    ] {
        assert!(check(&schema, &good).is_ok(), "{good}");
    }
    for bad in [
        json!({"n": 18446744073709551614_u64}),
        json!({"l": [1, 1.0]}),
        json!({"l": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}),
    ] {
        assert!(check(&schema, &bad).is_err(), "{bad}");
    }
}

/// A pattern that can't be decided is never taken for matched, nor for its contrary.
#[test]
fn what_could_not_be_matched_is_an_error() {
    let pattern = "^(a*)*\\1b$";
    let hostile = json!({"a": "a".repeat(5000)});
    for schema in [
        json!({"pattern": pattern}),
        json!({"not": {"pattern": pattern}}),
        json!({"anyOf": [{"pattern": pattern}, {}]}),
    ] {
        let schema = of(DRAFT_4, json!({"properties": {"a": schema}}));
        assert_eq!(
            errors(&schema, &hostile),
            ["(root): is too much to compare with the patterns and the uniqueItems of the schema"]
        );
    }
    let password = of(
        DRAFT_4,
        json!({"properties": {"a": {"pattern": "^(?=.*[A-Z])(?=.*[0-9]).{8,}$"}}}),
    );
    assert!(check(&password, &json!({"a": "Correct-horse-1"})).is_ok());
    assert_eq!(errors(&password, &json!({"a": "correct"})).len(), 1);
    assert!(errors(&password, &json!({"a": "correct"}))[0].starts_with("/a: value does not match"));
}
