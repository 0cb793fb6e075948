//! That what is estimated is never exceeded: the library itself counts how often it looks at a subschema.

use std::cell::Cell;

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value, json};

use super::states::States;
use super::{Counted, count};
use crate::schema::Schema;
use crate::{Draft, graph};

#[path = "../../tests/schemas/chance.rs"]
mod chance;

/// Estimates above are not tried.
const MOST: f64 = 3e6;
const COUNTER: &str = "x-counter";

thread_local! {
    static SEEN: Cell<u64> = const { Cell::new(0) };
}

struct Counter;

impl<'i> Keyword<'i> for Counter {
    fn validate(&self, _: &'i Value) -> Result<(), ValidationError<'i>> {
        Ok(())
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        SEEN.set(SEEN.get() + 1);
        true
    }
}

fn counter<'a>(
    _: &'a Map<String, Value>,
    _: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    Ok(Box::new(Counter))
}

/// The schema with a counter in each of its subschemas.
fn with_counters(schema: &Value, places: &[String]) -> Value {
    let mut schema = schema.clone();
    for place in places {
        if let Some(Value::Object(members)) = schema.pointer_mut(place) {
            let others = std::mem::take(members);
            members.insert(COUNTER.to_owned(), Value::Bool(true));
            members.extend(others);
        }
    }
    schema
}

/// How often the library looks at a subschema, and how much is estimated; nothing when the schema can't be used or is too dear.
fn seen_and_estimated(schema: &Value, draft: Draft, bodies: &[Value]) -> Option<Vec<(u64, f64)>> {
    let graph = graph::build(schema, draft).ok()?;
    let Counted { once, per_byte, .. } = count::count(&graph, &States::of(&graph), super::WATCHING).ok()?;
    let places: Vec<_> = graph.nodes.iter().map(|node| node.at.clone()).collect();
    let counted = with_counters(schema, &places);
    let validator = Schema::options(draft)
        .with_keyword(COUNTER, counter)
        .build(&counted)
        .ok()?;
    let looks = bodies.iter().filter_map(|body| {
        let estimated = once + per_byte * body.to_string().len() as f64;
        (estimated < MOST).then(|| {
            SEEN.set(0);
            crate::fuel::metered(|| validator.is_valid(body));
            (SEEN.get(), estimated)
        })
    });
    Some(looks.collect())
}

fn bodies() -> Vec<Value> {
    let nested =
        |levels: usize, inner: Value, wrap: fn(Value) -> Value| (0..levels).fold(inner, |inner, _| wrap(inner));
    vec![
        json!({}),
        json!([]),
        json!("aaab"),
        json!({"a": 1, "b": [2, {"a": "x"}]}),
        json!({"a": {"a": {}, "b": {}}, "b": {"a": {}, "b": {}}}),
        nested(12, json!({}), |inner| json!({"a": inner})),
        nested(40, json!({}), |inner| json!({"a": inner, "b": {"a": []}})),
        nested(40, json!([]), |inner| json!([inner, {}])),
        nested(7, json!({}), |inner| json!({"a": inner, "b": inner})),
        nested(7, json!([]), |inner| json!([inner, inner])),
        nested(30, Value::Array(vec![json!({}); 200]), |inner| json!({"b": [inner]})),
    ]
}

#[test]
fn no_schema_is_looked_at_more_often_than_estimated() {
    let (bodies, mut chance) = (bodies(), chance::Chance::new(7));
    let (mut tried, mut closest) = (0, 0.0_f64);
    for round in 0..1500 {
        let draft = Draft::ALL[round % Draft::ALL.len()];
        let mut schema = chance::any_schema(&mut chance);
        schema["$schema"] = draft.uri().into();
        for (seen, estimated) in seen_and_estimated(&schema, draft, &bodies).unwrap_or_default() {
            assert!(seen as f64 <= estimated, "{schema}: {seen} > {estimated}");
            tried += 1;
            closest = closest.max(seen as f64 / estimated);
        }
    }
    assert!(tried > 3000 && closest > 0.1, "{tried} {closest}");
    println!("{tried} checks, at most {closest:.2} of the estimate");
}

/// Schemas that never fail early, so that all of them is looked at.
#[test]
fn nor_when_all_of_it_is_looked_at() {
    let schemas = [
        json!({"items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}}),
        json!({"allOf": [{"allOf": [{}, {}]}, {"anyOf": [{"not": {}}, {}]}], "items": {"allOf": [{}, {}, {}]}}),
        json!({"properties": {"a": {"allOf": [{"$ref": "#"}]}, "b": {"$ref": "#"}}, "items": {"$ref": "#"}}),
        json!({"oneOf": [{"not": {}}, {"not": {}}, {"items": {"allOf": [{}, {}]}}], "additionalProperties": {"allOf": [{}, {}]}}),
        json!({"properties": {"a": {"properties": {"a": {"allOf": [{}, {}, {}]}}}}, "patternProperties": {"a": {"allOf": [{}]}, "b": {}}}),
        json!({"propertyNames": {"allOf": [{}, {}]}, "contains": {"allOf": [{}, {"not": {}}]}, "items": {}}),
        json!({"allOf": [{"anyOf": [{"properties": {"a": {}}}, {}]}, {"if": {"properties": {"b": {}}}, "then": {}}], "unevaluatedProperties": {"allOf": [{}, {}]}, "unevaluatedItems": {"allOf": [{}]}}),
        json!({"definitions": {"x": {"items": {"$ref": "#/definitions/x"}, "additionalProperties": {"$ref": "#/definitions/y"}}, "y": {"additionalProperties": {"$ref": "#/definitions/x"}, "items": {"allOf": [{"$ref": "#/definitions/y"}]}}}, "allOf": [{"$ref": "#/definitions/x"}]}),
    ];
    for draft in Draft::ALL {
        for schema in &schemas {
            let mut schema = schema.clone();
            schema["$schema"] = draft.uri().into();
            let looks = seen_and_estimated(&schema, draft, &bodies()).unwrap();
            assert!(looks.iter().map(|(seen, _)| seen).sum::<u64>() > 5, "{schema}");
            for (seen, estimated) in looks {
                assert!(seen as f64 <= estimated, "{schema}: {seen} > {estimated}");
            }
        }
    }
}
