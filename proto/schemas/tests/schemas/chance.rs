//! Schemas by chance.

use serde_json::{Map, Value, json};

/// The same numbers in each run.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }

    fn one_of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// A schema with definitions, which may refer to each other and to the whole.
pub(crate) fn any_schema(chance: &mut Chance) -> Value {
    let mut whole = schema(chance, 3);
    let definitions = json!({"a": schema(chance, 2), "b": schema(chance, 2), "c": schema(chance, 1)});
    whole["definitions"] = definitions;
    whole
}

fn schema(chance: &mut Chance, depth: usize) -> Value {
    let mut schema = Map::new();
    for _ in 0..=chance.below(3) {
        let (name, value) = keyword(chance, depth);
        schema.insert(name.to_owned(), value);
    }
    Value::Object(schema)
}

fn keyword(chance: &mut Chance, depth: usize) -> (&'static str, Value) {
    let leaf = depth == 0;
    let below = |chance: &mut Chance| schema(chance, depth.saturating_sub(1));
    match chance.below(if leaf { 9 } else { 24 }) {
        0 => (
            "type",
            json!(chance.one_of(&["object", "array", "string", "integer", "number"])),
        ),
        1 => ("enum", json!([1, "x", {}, []])),
        2 => (
            "pattern",
            json!(chance.one_of(&["^a*$", "(a|aa)+b", "^(?=a)", "(a+)+$", "[^a]"])),
        ),
        3 => ("uniqueItems", json!(true)),
        4 => ("required", json!([chance.one_of(&["a", "b"])])),
        5 => ("maximum", json!(5)),
        6..=8 => (
            "$ref",
            json!(chance.one_of(&["#", "#/definitions/a", "#/definitions/b", "#/definitions/c"])),
        ),
        9 => ("allOf", json!([below(chance), below(chance)])),
        10 => ("anyOf", json!([below(chance), below(chance)])),
        11 => ("oneOf", json!([below(chance), below(chance), below(chance)])),
        12 => ("not", below(chance)),
        13 | 14 => ("properties", json!({"a": below(chance), "b": below(chance)})),
        15 => (
            "patternProperties",
            json!({chance.one_of(&["a", "^b", "."]): below(chance)}),
        ),
        16 => ("additionalProperties", below(chance)),
        17 | 18 => ("items", below(chance)),
        19 => ("dependencies", json!({"a": below(chance), "b": ["a"]})),
        20 => ("propertyNames", below(chance)),
        21 => ("contains", below(chance)),
        22 => ("unevaluatedProperties", below(chance)),
        _ => ("unevaluatedItems", below(chance)),
    }
}
