//! No schema that is taken needs long for anything; ordinary ones are taken.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::{ALL, DRAFT_4, DRAFT_7, DRAFT_2019, DRAFT_2020, check, errors, metaschema, of, read};

/// Many times what the worst check needs on a busy machine; what has no bound needs years.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

fn in_time<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    assert!(begun.elapsed() < LIMIT, "{what} took {:?}", begun.elapsed());
    done
}

fn numbers() -> Value {
    Value::Array(vec![json!(1); 130_000])
}

fn nested(levels: usize, inner: Value, wrap: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(inner, |inner, _| wrap(inner))
}

#[test]
fn ordinary_recursion_is_taken() {
    let tree = json!({
        "type": "object",
        "properties": {
            "value": {"type": "integer"},
            "left": {"$ref": "#"},
            "right": {"$ref": "#"},
            "children": {"type": "array", "items": {"$ref": "#"}, "uniqueItems": true},
            "by_name": {"type": "object", "additionalProperties": {"$ref": "#"}},
        },
        "additionalProperties": false,
    });
    let list = json!({"definitions": {"node": {"type": "object", "required": ["value"], "properties": {"value": {}, "next": {"anyOf": [{"type": "null"}, {"$ref": "#/definitions/node"}]}}}}, "$ref": "#/definitions/node"});
    let json_like =
        json!({"type": ["object", "array", "string"], "items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}});
    let rules = json!({
        "definitions": {
            "rule": {"oneOf": [
                {"type": "object", "required": ["all"], "properties": {"all": {"type": "array", "items": {"$ref": "#/definitions/rule"}}}},
                {"type": "object", "required": ["any"], "properties": {"any": {"type": "array", "items": {"$ref": "#/definitions/rule"}}}},
                {"type": "string"},
            ]},
        },
        "properties": {"rule": {"$ref": "#/definitions/rule"}},
    });
    let extensions = json!({"properties": {"left": {"$ref": "#"}}, "patternProperties": {"^x-": {"$ref": "#"}}, "additionalProperties": {"type": "string"}});
    let two = json!({
        "definitions": {
            "a": {"properties": {"left": {"$ref": "#/definitions/a"}, "right": {"$ref": "#/definitions/b"}}},
            "b": {"properties": {"left": {"$ref": "#/definitions/b"}, "right": {"$ref": "#/definitions/a"}}},
        },
        "$ref": "#/definitions/a",
    });
    let tuple = json!({"items": [{"type": "string"}, {"$ref": "#"}, {"$ref": "#"}], "additionalItems": false});
    for (name, schema) in [
        ("tree", tree),
        ("list", list),
        ("json", json_like),
        ("rules", rules),
        ("extensions", extensions),
        ("two", two),
        ("tuple", tuple),
    ] {
        for draft in [DRAFT_4, DRAFT_7, DRAFT_2019] {
            in_time(name, || read(&of(draft, schema.clone())))
                .unwrap_or_else(|wrong| panic!("{name} {draft}: {wrong}"));
        }
    }
    let dynamic = json!({"$dynamicAnchor": "node", "type": "object", "properties": {"children": {"type": "array", "items": {"$dynamicRef": "#node"}}}});
    read(&of(DRAFT_2020, dynamic.clone())).unwrap();
    assert!(check(&of(DRAFT_2020, dynamic), &json!({"children": [{"children": [1]}]})).is_err());
    let metaschema = metaschema();
    assert!(check(&metaschema, &metaschema).is_ok());
    assert_eq!(
        errors(&metaschema, &json!({"properties": {"a": {"not": {"minimum": "x"}}}})),
        [r#"/properties/a/not/minimum: value is not of type "number""#]
    );
}

#[test]
fn ordinary_large_schemas_are_taken() {
    let many: Map<String, Value> = (0..500)
        .map(|n| {
            (
                format!("option_{n}"),
                json!({"type": "string", "maxLength": 100, "enum": ["a", "b"]}),
            )
        })
        .collect();
    let variants: Vec<Value> = (0..40).map(|n| json!({"type": "object", "required": ["kind"], "properties": {"kind": {"enum": [format!("k{n}")]}, "size": {"type": "integer"}, "hosts": {"type": "array", "items": {"type": "string", "format": "hostname"}}}})).collect();
    let countries: Vec<String> = (0..250).map(|n| format!("C{n}")).collect();
    for schema in [
        json!({"properties": many, "additionalProperties": false}),
        json!({"oneOf": variants}),
        json!({"properties": {"where": {"type": "array", "uniqueItems": true, "items": {"enum": countries}}}}),
        json!({"patternProperties": {"^[a-z][a-z0-9_]{0,62}$": {"type": "object", "properties": {"size": {"minimum": 1}}}}, "additionalProperties": false}),
        json!({"properties": {"password": {"pattern": "^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d).{12,64}$"}}}),
    ] {
        read(&of(DRAFT_4, schema.clone())).unwrap_or_else(|wrong| panic!("{schema}: {wrong}"));
    }
}

#[test]
fn what_never_ends_is_refused() {
    for draft in ALL {
        for schema in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"not": {"$ref": "#"}}),
            json!({"anyOf": [{}, {"oneOf": [{"$ref": "#"}]}]}),
            json!({"dependencies": {"a": {"$ref": "#"}}}),
            json!({"definitions": {"a": {"allOf": [{"$ref": "#/definitions/b"}]}, "b": {"anyOf": [{"$ref": "#/definitions/a"}]}}, "properties": {"x": {"$ref": "#/definitions/a"}}}),
        ] {
            let wrong = in_time("reading", || read(&of(draft, schema.clone()))).unwrap_err();
            assert!(
                wrong.starts_with("checking would never end"),
                "{draft} {schema}: {wrong}"
            );
        }
    }
    let branch = of(DRAFT_7, json!({"if": {}, "then": {"$ref": "#"}}));
    assert!(read(&branch).unwrap_err().starts_with("checking would never end"));
    let dynamic = of(
        DRAFT_2020,
        json!({"$dynamicAnchor": "a", "allOf": [{"$dynamicRef": "#a"}]}),
    );
    assert!(read(&dynamic).unwrap_err().starts_with("checking would never end"));
    let recursive = of(
        DRAFT_2019,
        json!({"$recursiveAnchor": true, "allOf": [{"$recursiveRef": "#"}]}),
    );
    assert!(read(&recursive).unwrap_err().starts_with("checking would never end"));
}

#[test]
fn what_grows_with_each_level_is_refused() {
    let twice = [
        json!({"properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}}),
        json!({"properties": {"a": {"$ref": "#"}}, "allOf": [{"properties": {"a": {"$ref": "#"}}}]}),
        json!({"properties": {"a": {"$ref": "#"}}, "patternProperties": {"a": {"$ref": "#"}}}),
        json!({"patternProperties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}}),
        json!({"items": {"allOf": [{"$ref": "#"}, {"not": {"$ref": "#"}}]}}),
        json!({"definitions": {"n": {"items": {"$ref": "#/definitions/n"}, "not": {"items": {"$ref": "#/definitions/n"}}}}, "$ref": "#/definitions/n"}),
        json!({"additionalProperties": {"oneOf": [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}]}}),
    ];
    for draft in ALL {
        for schema in &twice {
            let wrong = in_time("reading", || read(&of(draft, schema.clone()))).unwrap_err();
            assert!(
                wrong.starts_with("checking could take too long: with each level"),
                "{draft} {schema}: {wrong}"
            );
        }
    }
    for (draft, schema) in [
        (DRAFT_7, json!({"contains": {"$ref": "#"}, "items": {"$ref": "#"}})),
        (DRAFT_2020, json!({"unevaluatedProperties": {"$ref": "#"}})),
        (
            DRAFT_2020,
            json!({"allOf": [{"properties": {"b": true}}], "unevaluatedItems": {"$ref": "#"}, "contains": {"$ref": "#"}}),
        ),
    ] {
        assert!(read(&of(draft, schema.clone())).is_err(), "{schema}");
    }
}

#[test]
fn what_is_just_too_much_is_refused() {
    let ladder = |steps: usize| {
        let mut definitions: Map<String, Value> = (0..steps).map(|n| (format!("d{n}"), json!({"anyOf": [{"$ref": format!("#/definitions/d{}", n + 1)}, {"$ref": format!("#/definitions/d{}", n + 1)}]}))).collect();
        definitions.insert(format!("d{steps}"), json!({"type": "string"}));
        of(
            DRAFT_4,
            json!({"definitions": definitions, "properties": {"a": {"$ref": "#/definitions/d0"}}}),
        )
    };
    assert!(read(&ladder(10)).is_ok());
    for steps in [30, 300] {
        assert!(in_time("reading", || read(&ladder(steps))).is_err());
    }
    let options: Vec<String> = (0..5000).map(|n| format!("{n}")).collect();
    let scattered = json!({"items": {"anyOf": vec![json!({"enum": [[1], 2]}); 2000]}});
    for schema in [json!({"items": {"enum": options}}), scattered] {
        assert!(
            read(&of(DRAFT_4, schema))
                .unwrap_err()
                .starts_with("checking could take too long: up to")
        );
    }
    // On one value it is nothing.
    read(&of(DRAFT_4, json!({"properties": {"a": {"enum": options}}}))).unwrap();
    let chain = |links: usize| {
        let mut definitions: Map<String, Value> = (0..links)
            .map(|n| (format!("d{n}"), json!({"$ref": format!("#/definitions/d{}", n + 1)})))
            .collect();
        definitions.insert(format!("d{links}"), json!({}));
        of(
            DRAFT_4,
            json!({"definitions": definitions, "properties": {"a": {"$ref": "#/definitions/d0"}}}),
        )
    };
    assert!(check(&chain(900), &json!({"a": 1})).is_ok());
    assert!(
        read(&chain(1300))
            .unwrap_err()
            .starts_with("checking could take too much memory")
    );
}

/// The worst that the rules let through, on the worst parameters that could be thought of.
#[test]
fn what_is_taken_ends_soon() {
    let empty = |count: usize| Value::Array(vec![json!({}); count]);
    let same_hash: Vec<Value> = (0..3000)
        .map(|n| nested(n % 60, Value::Array(vec![json!([]); n / 60]), |inner| json!([inner])))
        .collect();
    let wide: Map<String, Value> = (0..20_000).map(|n| (format!("{n:05}"), json!(1))).collect();
    let long_name = "n".repeat(130_000);
    let cases = vec![
        (of(DRAFT_4, json!({"uniqueItems": true})), Value::Array(same_hash)),
        (
            of(DRAFT_4, json!({"uniqueItems": true, "items": {"$ref": "#"}})),
            nested(120, numbers(), |inner| json!([0, inner])),
        ),
        (
            of(DRAFT_4, json!({"items": {"$ref": "#"}, "not": {"type": "string"}})),
            nested(120, numbers(), |inner| json!([inner])),
        ),
        (
            of(DRAFT_4, json!({"additionalProperties": {"items": {"type": "string"}}})),
            json!({long_name: numbers()}),
        ),
        (
            metaschema(),
            nested(60, json!({"items": empty(80_000)}), |inner| json!({"not": inner})),
        ),
        (
            metaschema(),
            nested(
                40,
                json!({"items": empty(80_000)}),
                |inner| json!({"items": {"items": inner}}),
            ),
        ),
        (
            metaschema(),
            nested(60, json!({"items": numbers()}), |inner| json!({"items": [inner]})),
        ),
        (
            of(
                DRAFT_4,
                json!({"items": {"anyOf": vec![json!({"type": "string"}); 50]}}),
            ),
            numbers(),
        ),
        (
            of(
                DRAFT_4,
                json!({"patternProperties": {"^[0-9]{5}$": {}, "(a|b)*x": {}, "1.*2.*3": {"type": "string"}}}),
            ),
            Value::Object(wide.clone()),
        ),
        (
            of(
                DRAFT_7,
                json!({"propertyNames": {"pattern": "^(?!12345)", "maxLength": 4}}),
            ),
            Value::Object(wide.clone()),
        ),
        (of(DRAFT_4, json!({"pattern": "(x+x+)+y"})), json!("x".repeat(260_000))),
        (
            of(DRAFT_4, json!({"pattern": "^(?=(x+x+)+y)"})),
            json!("x".repeat(260_000)),
        ),
        (
            of(DRAFT_4, json!({"items": {"pattern": "^(?=(x+x+)+y)"}})),
            Value::Array(vec![json!("x".repeat(40)); 6000]),
        ),
        (
            of(DRAFT_4, json!({"items": {"format": "regex"}})),
            Value::Array(vec![json!("(".repeat(30)); 8000]),
        ),
        (
            of(
                DRAFT_2020,
                json!({"allOf": [{"properties": {"a": true}}, {"anyOf": [{"patternProperties": {"^0": true}}, true]}], "unevaluatedProperties": {"type": "string"}}),
            ),
            Value::Object(wide),
        ),
        (
            of(
                DRAFT_4,
                json!({"patternProperties": {"(a[ab]{20}|b[ab]{30}|[ab]{40}a[ab]{41}){2}[cd]": {}}}),
            ),
            json!({chance_text(250_000): 1}),
        ),
    ];
    for (schema, parameters) in cases {
        let text = schema.to_string();
        let Ok(plan) = read(&schema) else {
            panic!("{text}");
        };
        let checked = in_time(&text, || plan.check(chandler_schemas::Parameters::Create, &parameters));
        if let Err(invalid) = checked {
            assert!(invalid.to_string().chars().count() <= 2000);
        }
    }
}

/// The deepest that is let through, on a thread with the stack that tokio's have.
#[test]
fn the_stack_is_enough() {
    let links = 2;
    let mut definitions: Map<String, Value> = (0..links)
        .map(|n| {
            (
                format!("d{n}"),
                json!({"allOf": [{"$ref": format!("#/definitions/d{}", n + 1)}]}),
            )
        })
        .collect();
    definitions.insert(
        format!("d{links}"),
        json!({"items": {"$ref": "#/definitions/d0"}, "additionalProperties": {"$ref": "#/definitions/d0"}}),
    );
    let schema = of(
        DRAFT_4,
        json!({"definitions": definitions, "allOf": [{"$ref": "#/definitions/d0"}, {"not": {"type": "array"}}]}),
    );
    let work = move || {
        let arrays = nested(126, json!(1), |inner| json!([inner]));
        let objects = nested(126, json!(1), |inner| json!({"a": inner}));
        assert!(check(&schema, &arrays).is_err());
        assert!(check(&schema, &objects).is_ok());
        let metaschema = metaschema();
        let schema = nested(62, json!({"minimum": "x"}), |inner| json!({"not": {"items": inner}}));
        assert!(check(&metaschema, &schema).is_err());
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn nested_groups_of_patterns_need_no_stack() {
    let groups = |count: usize| format!("{}{}", "(".repeat(count), ")".repeat(count));
    let work = move || {
        let format = of(DRAFT_4, json!({"properties": {"a": {"format": "regex"}}}));
        for count in [100, 2000, 100_000] {
            let _ = check(&format, &json!({"a": groups(count)}));
        }
        for count in [100, 2000, 30_000] {
            let _ = read(&of(DRAFT_4, json!({"properties": {"a": {"pattern": groups(count)}}})));
            let _ = read(&of(DRAFT_4, json!({"patternProperties": {groups(count): {}}})));
            let _ = read(&of(DRAFT_4, json!({"pattern": format!("(?=a){}", groups(count))})));
        }
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

/// A text of two letters without a pattern, which the linear engine likes least.
fn chance_text(length: usize) -> String {
    let mut chance = crate::chance::Chance::new(3);
    (0..length).map(|_| ['a', 'b'][chance.below(2)]).collect()
}

#[test]
fn names_that_take_too_long_to_match_are_refused() {
    let schema = of(
        DRAFT_4,
        json!({"patternProperties": {"(a[ab]{20}|b[ab]{30}|[ab]{40}a[ab]{41}){2}[cd]": {}}}),
    );
    assert!(check(&schema, &json!({chance_text(2_000): 1})).is_ok());
    let errors = errors(&schema, &json!({chance_text(250_000): 1}));
    assert!(errors[0].starts_with("(root): is too much to compare"), "{errors:?}");
}
