//! References stay inside of the document, and lead somewhere.

use serde_json::{Value, json};

use crate::{ALL, DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020, check, errors, of, read};

/// In each draft, wherever it may stand.
#[test]
fn nothing_is_external() {
    let targets = [
        "http://example.com/schema",
        "http://example.com/schema#/definitions/a",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "file:passwd.json#/a",
        "urn:example:schema",
        "urn:uuid:00000000-0000-0000-0000-000000000000#a",
        "other.json",
        "../other.json#/a",
        "//example.com/x",
        "/schema",
        "?query",
        "json-schema:///other",
        "ftp://example.com/x",
        "data:application/json,5",
        DRAFT_4,
        DRAFT_7,
        DRAFT_2020,
    ];
    for draft in ALL {
        for target in targets {
            for schema in [
                json!({"$ref": target}),
                json!({"$ref": target, "type": "object", "properties": {}}),
                json!({"properties": {"a": {"$ref": target}}}),
                json!({"definitions": {"unused": {"$ref": target}}}),
                json!({"allOf": [{"items": {"not": {"$ref": target}}}]}),
                json!({"definitions": {"a": {"$ref": target}}, "properties": {"a": {"$ref": "#/definitions/a"}}}),
            ] {
                let wrong = read(&of(draft, schema.clone())).unwrap_err();
                assert!(
                    wrong.starts_with("no external references are allowed: "),
                    "{draft} {schema}: {wrong}"
                );
            }
        }
    }
    for kind in ["$recursiveRef", "$dynamicRef"] {
        for draft in [DRAFT_2019, DRAFT_2020] {
            let schema = of(draft, json!({"properties": {"a": {kind: "http://example.com/x"}}}));
            let known = (kind == "$recursiveRef") == (draft == DRAFT_2019);
            assert_eq!(read(&schema).is_err(), known, "{draft} {kind}");
        }
    }
}

/// A name of the schema changes what references mean, and where a local-looking one leads.
#[test]
fn a_name_does_not_make_an_external_reference_a_local_one() {
    for (draft, id) in [
        (DRAFT_4, "id"),
        (DRAFT_6, "$id"),
        (DRAFT_7, "$id"),
        (DRAFT_2019, "$id"),
        (DRAFT_2020, "$id"),
    ] {
        for name in [
            "http://example.com/root.json",
            "http://example.com/dir/",
            "urn:example:root",
            "file:///etc/root",
        ] {
            let outside = of(draft, json!({id: name, "properties": {"a": {"$ref": "passwd"}}}));
            assert!(read(&outside).is_err(), "{draft} {name}");
            let inside = of(
                draft,
                json!({id: name, "definitions": {"s": {"type": "string"}}, "properties": {"a": {"$ref": "#/definitions/s"}}}),
            );
            assert!(check(&inside, &json!({"a": "x"})).is_ok(), "{draft} {name}");
            assert_eq!(
                errors(&inside, &json!({"a": 1})),
                [r#"/a: value is not of type "string""#],
                "{draft} {name}"
            );
        }
        let nested = json!({
            id: "http://example.com/root.json",
            "properties": {"a": {id: "http://other.example.com/x/", "properties": {"b": {"$ref": "y"}}}},
        });
        let wrong = read(&of(draft, nested)).unwrap_err();
        assert!(wrong.contains("http://other.example.com/x/y"), "{draft}: {wrong}");
        // The name of the whole schema, used in full, is the schema.
        let itself = of(
            draft,
            json!({id: "http://example.com/root.json", "type": "object", "properties": {"a": {"$ref": "http://example.com/root.json"}}}),
        );
        assert!(check(&itself, &json!({"a": {"a": {}}})).is_ok(), "{draft}");
        assert!(check(&itself, &json!({"a": {"a": 1}})).is_err(), "{draft}");
        // A pointer is relative to the nearest name.
        let moved = json!({
            "definitions": {"s": {"type": "string"}},
            "properties": {"a": {id: "http://example.com/inner", "properties": {"b": {"$ref": "#/definitions/s"}}}},
        });
        assert!(read(&of(draft, moved)).is_err(), "{draft}");
    }
}

/// Names as generators write them, which nothing refers to.
#[test]
fn harmless_names_are_taken() {
    for (draft, id) in [(DRAFT_4, "id"), (DRAFT_6, "$id"), (DRAFT_7, "$id"), (DRAFT_2020, "$id")] {
        let names = json!({
            id: "http://example.com/root.json",
            "properties": {"a": {id: "/properties/a", "type": "string"}, "b": {id: "b.json", "type": "integer"}},
        });
        assert!(
            check(&of(draft, names.clone()), &json!({"a": "x", "b": 1})).is_ok(),
            "{draft}"
        );
        assert!(check(&of(draft, names), &json!({"a": 1})).is_err(), "{draft}");
    }
    let anchored =
        json!({"definitions": {"x": {"id": "#here", "type": "string"}}, "properties": {"a": {"$ref": "#here"}}});
    assert!(check(&of(DRAFT_4, anchored.clone()), &json!({"a": "x"})).is_ok());
    assert!(check(&of(DRAFT_4, anchored), &json!({"a": 1})).is_err());
    let anchored =
        json!({"$defs": {"x": {"$anchor": "here", "type": "string"}}, "properties": {"a": {"$ref": "#here"}}});
    assert!(check(&of(DRAFT_2020, anchored.clone()), &json!({"a": "x"})).is_ok());
    assert!(check(&of(DRAFT_2020, anchored), &json!({"a": 1})).is_err());
}

#[test]
fn a_reference_leads_somewhere() {
    for draft in ALL {
        for target in [
            "#/definitions/missing",
            "#missing",
            "#/definitions/a/items/7",
            "#/properties/%7",
            "#/allOf/x",
        ] {
            let schema = json!({"definitions": {"a": {}}, "allOf": [{}], "properties": {"a": {"$ref": target}}});
            assert!(read(&of(draft, schema)).is_err(), "{draft} {target}");
        }
        // A pointer to what isn't a schema.
        for target in ["#/title", "#/required"] {
            let schema = json!({"title": "t", "required": ["a"], "properties": {"a": {"$ref": target}}});
            assert!(read(&of(draft, schema)).is_err(), "{draft} {target}");
        }
        let odd = json!({"x-ours": {"a/b": {"type": "string"}}, "properties": {"a": {"$ref": "#/x-ours/a~1b"}, "b": {"$ref": "#/x-ours/a%2Fb"}}});
        assert!(read(&of(draft, odd)).is_err(), "%2F is a slash in {draft}");
        let odd = json!({"x-ours": {"a/b": {"type": "string"}}, "properties": {"a": {"$ref": "#/x-ours/a~1b"}}});
        assert!(check(&of(draft, odd), &json!({"a": 1})).is_err(), "{draft}");
        // Data that only looks like one.
        let data: Value = json!({"enum": [{"$ref": "http://example.com"}, {}], "default": {"$ref": "x"}, "properties": {"$ref": {"type": "string"}}});
        assert!(check(&of(draft, data), &json!({})).is_ok(), "{draft}");
    }
}

#[test]
fn many_names_and_references_are_too_many() {
    let names = |count: usize| {
        let all: serde_json::Map<String, Value> = (0..count)
            .map(|n| {
                let to: Vec<Value> = (0..count)
                    .map(|m| json!({"$ref": format!("http://e.com/{m}")}))
                    .collect();
                (
                    format!("d{n}"),
                    json!({"$id": format!("http://e.com/{n}"), "items": {"anyOf": to}}),
                )
            })
            .collect();
        of(DRAFT_2020, json!({"$defs": all, "items": {"$ref": "http://e.com/0"}}))
    };
    assert!(read(&names(6)).unwrap_err().contains("too many references"));
}
