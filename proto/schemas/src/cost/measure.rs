//! Measures what a unit takes, and that nothing takes more than is estimated. `README.md` has the command and what came out.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{BODY, Cost, estimate};
use crate::Draft;
use crate::graph;
use crate::schema::Schema;

/// A schema that would be dear, and the body that makes it so.
struct Case {
    name: String,
    schema: Value,
    body: Value,
}

fn case(name: &str, mut schema: Value, body: Value) -> Case {
    schema["$schema"] = schema.get("$schema").cloned().unwrap_or(json!(Draft::Draft7.uri()));
    let name = name.to_owned();
    Case { name, schema, body }
}

/// As many times the item as fit into a body.
fn array(item: &Value) -> Value {
    let size = item.to_string().len() + 1;
    Value::Array(vec![item.clone(); (BODY as usize - 2) / size])
}

fn object(value: &Value) -> Value {
    let size = value.to_string().len() + 10;
    let members = (0..BODY as usize / size).map(|n| (format!("{n:06x}"), value.clone()));
    Value::Object(members.collect::<Map<_, _>>())
}

fn nested(levels: usize, name: Option<&str>, inner: Value) -> Value {
    (0..levels).fold(inner, |inner, _| match name {
        None => json!([inner]),
        Some(name) => json!({name: inner}),
    })
}

fn cases() -> Vec<Case> {
    let numbers = array(&json!(1));
    let any_of = |count: usize| json!({"items": {"anyOf": vec![json!({"type": "string"}); count]}});
    let metaschema = crate::draft::tests::metaschema();
    let tree = json!({"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}, "value": {"type": "integer"}}, "additionalProperties": false});
    vec![
        case("items: type", json!({"items": {"type": "integer"}}), numbers.clone()),
        case("items: anyOf of 10", any_of(10), numbers.clone()),
        case("items: anyOf of 30", any_of(30), numbers.clone()),
        case(
            "items: 8 keywords",
            json!({"items": {"type": "number", "minimum": 0, "maximum": 9, "multipleOf": 1, "not": {"const": 7}, "enum": [1, 2, 3], "exclusiveMaximum": 10}}),
            numbers.clone(),
        ),
        case(
            "items: enum of 200",
            json!({"items": {"enum": (2..202).collect::<Vec<_>>()}, "not": {"items": {"enum": (2..202).collect::<Vec<_>>()}}}),
            numbers.clone(),
        ),
        case(
            "items: not items (objects)",
            json!({"items": {"required": ["a", "b"], "properties": {"a": {}, "b": {}}}}),
            array(&json!({})),
        ),
        case(
            "uniqueItems",
            json!({"uniqueItems": true}),
            Value::Array((0..40_000).map(Value::from).collect()),
        ),
        case(
            "uniqueItems of arrays",
            json!({"uniqueItems": true}),
            Value::Array(
                (0..3_000)
                    .map(|n| nested(n % 60, None, Value::Array(vec![json!([]); n / 60])))
                    .collect(),
            ),
        ),
        case(
            "uniqueItems at each level",
            json!({"uniqueItems": true, "items": {"$ref": "#"}}),
            (0..8).fold(
                array(&json!(1)).as_array().unwrap()[..1000].into(),
                |inner: Value, _| json!([0, inner]),
            ),
        ),
        case(
            "patternProperties",
            json!({"patternProperties": {"^[0-9a-f]{6}$": {}, "x$": {}}}),
            object(&json!(1)),
        ),
        case(
            "additionalProperties",
            json!({"additionalProperties": {"type": "integer"}}),
            object(&json!(1)),
        ),
        case(
            "propertyNames",
            json!({"propertyNames": {"maxLength": 8, "minLength": 1}}),
            object(&json!(1)),
        ),
        case(
            "list",
            json!({"items": {"$ref": "#"}}),
            nested(120, None, numbers.clone()),
        ),
        case(
            "list of objects",
            json!({"type": ["object", "integer"], "properties": {"next": {"$ref": "#"}}}),
            nested(120, Some("next"), json!(1)),
        ),
        case("tree", tree, nested(120, Some("left"), json!({"value": 1}))),
        case("metaschema", metaschema.clone(), json!({"allOf": array(&json!({}))})),
        case(
            "metaschema, deep",
            metaschema.clone(),
            nested(60, Some("not"), json!({"items": array(&json!({}))})),
        ),
        case(
            "metaschema, dependencies",
            metaschema,
            json!({"properties": object(&json!({"a": 1}))}),
        ),
        case("contains", json!({"contains": {"type": "string"}}), numbers.clone()),
        case(
            "format",
            json!({"items": {"format": "date-time"}}),
            array(&json!("2020-01-01T00:00:00Z")),
        ),
        case(
            "format uri",
            json!({"items": {"format": "uri"}}),
            array(&json!("http://a/b?c=d")),
        ),
        case(
            "format of one text",
            json!({"format": "email"}),
            json!("a".repeat(BODY as usize - 2)),
        ),
        case(
            "2020: unevaluated",
            json!({"$schema": Draft::Draft202012.uri(), "allOf": [{"properties": {"a": true}}, {"anyOf": [{"patternProperties": {"^0": true}}, true]}], "unevaluatedProperties": {"type": "integer"}}),
            object(&json!(1)),
        ),
    ]
}

fn millis<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed().as_secs_f64() * 1e3)
}

#[test]
#[ignore = "prints a table"]
fn table() {
    println!(
        "{:28} {:>12} {:>6} {:>8} {:>8} {:>8} {:>9}",
        "case", "units", "nested", "read ms", "check ms", "ns/unit", "errors ms"
    );
    for Case { name, schema, body } in cases() {
        let draft = Draft::named(schema["$schema"].as_str().unwrap()).unwrap();
        let Cost { units, nested } = graph::build(&schema, draft).and_then(|it| estimate(&it)).unwrap();
        let (schema, read) = millis(|| Schema::unjudged(&schema, draft).unwrap());
        let (_, check) = millis(|| schema.verdict(&body));
        let (_, errors) = millis(|| schema.explanation(&body));
        println!(
            "{name:28} {units:12.0} {nested:6} {read:8.1} {check:8.1} {:8.1} {errors:9.1}",
            check * 1e6 / units
        );
    }
}

/// What a thread's stack has to be for the deepest nesting.
#[test]
#[ignore = "prints a table"]
fn stack() {
    for (name, schema, body) in deepest() {
        let draft = Draft::named(schema["$schema"].as_str().unwrap()).unwrap();
        let nested = graph::build(&schema, draft)
            .and_then(|it| estimate(&it))
            .unwrap()
            .nested;
        println!("{name}: nested {nested}");
        for kib in [4096, 2048, 1536, 1024] {
            for (what, explain) in [("check", false), ("errors", true)] {
                let (schema, body) = (schema.clone(), body.clone());
                let work = move || {
                    let schema = Schema::unjudged(&schema, draft).unwrap();
                    if explain {
                        schema.explanation(&body).errors().len()
                    } else {
                        usize::from(schema.verdict(&body))
                    }
                };
                println!("{kib} KiB, {what}");
                std::thread::Builder::new()
                    .stack_size(kib << 10)
                    .spawn(work)
                    .unwrap()
                    .join()
                    .unwrap();
            }
        }
    }
}

fn deepest() -> Vec<(&'static str, Value, Value)> {
    let chain = |links: usize| {
        let mut definitions: Map<String, Value> = (0..links)
            .map(|n| {
                (
                    format!("d{n}"),
                    json!({"allOf": [{"$ref": format!("#/definitions/d{}", n + 1)}]}),
                )
            })
            .collect();
        definitions.insert(format!("d{links}"), json!({"items": {"$ref": "#/definitions/d0"}}));
        json!({"$schema": Draft::Draft4.uri(), "definitions": definitions, "allOf": [{"$ref": "#/definitions/d0"}]})
    };
    vec![
        (
            "metaschema",
            crate::draft::tests::metaschema(),
            nested(125, Some("not"), json!(1)),
        ),
        ("chain of references", chain(3), nested(126, None, json!(1))),
    ]
}

#[test]
#[ignore = "prints a table"]
fn patterns() {
    let cases = [
        ("a[ab]{12}[cd]$", chance(262_000)),
        ("a[ab]{200}[cd]$", chance(262_000)),
        ("(a[ab]{20}|b[ab]{30}|[ab]{40}a[ab]{41}){2}[cd]", chance(262_000)),
        ("(a[ab]{20}|b[ab]{30}|[ab]{40}a[ab]{41}){2}[cd]", chance(24_000)),
        ("(a[ab]{5}|b[ab]{3}|[ab]{4}a[ab]{4}){2}[cd]", chance(190_000)),
        ("(a[ab]{100}|b[ab]{130}|[ab]{140}a[ab]{141}){2}[cd]", chance(6_000)),
        ("(a|aa|aaa|aaaa){50}b", "a".repeat(262_000)),
        ("[a-z\\u00e0-\\uffff]{1,300}x$", "ab".repeat(131_000)),
        ("(x+x+)+y", "x".repeat(262_000)),
        ("^(?=.*[A-Z])(?=.*[0-9]).{8,}$", "aB3".repeat(87_000)),
        ("(?=(a+)+b)", "a".repeat(2_000)),
        ("(?=(a+)+b)", "a".repeat(262_000)),
        ("^(a+)+\\1$", "a".repeat(30)),
        ("(?=.*b)x", "a".repeat(2_000)),
        ("(?=.*b)x", "a".repeat(262_000)),
        ("(a*)*\\1b", "a".repeat(5_000)),
    ];
    for (pattern, text) in cases {
        let pattern_of = crate::patterns::Pattern::compile(pattern).unwrap();
        let kind = match &pattern_of {
            crate::patterns::Pattern::Linear { size, .. } => format!("linear, {size} KiB"),
            crate::patterns::Pattern::Backtracking(_) => "backtracking".to_owned(),
        };
        let begun = Instant::now();
        let (matched, lasted) = crate::fuel::metered(|| pattern_of.is_match(&text));
        let millis = begun.elapsed().as_secs_f64() * 1e3;
        println!(
            "{pattern:34} {:8} bytes, {kind:16} {millis:10.1} ms, matches: {matched}, decided: {lasted}",
            text.len()
        );
        // As many short ones as there is fuel for.
        let short = &text[..text.len().min(40)];
        let begun = Instant::now();
        let mut runs = 0;
        crate::fuel::metered(|| {
            while runs < 60_000 && crate::fuel::take(1) {
                pattern_of.is_match(short);
                runs += 1;
            }
        });
        println!(
            "{:34} {runs} times {} bytes: {:.1} ms",
            "",
            short.len(),
            begun.elapsed().as_secs_f64() * 1e3
        );
    }
}

/// A text of two letters without a pattern.
fn chance(length: usize) -> String {
    let mut state = 1_u64;
    let letters = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        if state >> 63 == 0 { 'a' } else { 'b' }
    });
    letters.take(length).collect()
}
