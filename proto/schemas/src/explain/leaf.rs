//! Keywords without subschemas: checked and told by the library, on one value at a time and without the value's text.

use std::rc::Rc;

use jsonschema::Validator;
use serde_json::Value;

use super::Explanation;
use crate::graph::Id;
use crate::schema::Schema;

/// What compiling costs, in steps.
const COMPILING: u64 = 200;

impl Explanation<'_> {
    /// What is wrong by the subschema's keywords without subschemas.
    pub(super) fn leaf_errors(&mut self, id: Id, value: &Value) -> Vec<String> {
        let Some(validator) = self.leaf(id, value) else {
            return Vec::new();
        };
        validator
            .iter_errors(value)
            .map(|error| error.masked_with("value").to_string())
            .collect()
    }

    /// Whether nothing is wrong by them.
    pub(super) fn leaf_holds(&mut self, id: Id, value: &Value) -> bool {
        self.leaf(id, value).is_none_or(|validator| validator.is_valid(value))
    }

    fn leaf(&mut self, id: Id, value: &Value) -> Option<Rc<Validator>> {
        let leaf = &self.graph.nodes[id].rules.leaf;
        if leaf.is_empty() {
            return None;
        }
        let size = match value {
            Value::String(text) => text.len(),
            // Only for `uniqueItems` are they looked into.
            Value::Array(_) if leaf.contains_key("uniqueItems") => weight(value),
            Value::Array(_) | Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        };
        let enumerated = leaf.get("enum").and_then(Value::as_array).map_or(0, Vec::len);
        self.spend((size / 16 + enumerated / 4 + leaf.len()) as u64);
        if !self.leaves.contains_key(&id) {
            self.spend(COMPILING);
            let mut schema = leaf.clone();
            schema.insert("$schema".to_owned(), self.draft.uri().into());
            let compiled = Schema::options(self.draft).build(&Value::Object(schema)).ok();
            self.leaves.insert(id, compiled.map(Rc::new));
        }
        let known = self.leaves.get(&id).cloned().flatten();
        known.filter(|_| self.steps > 0)
    }
}

/// How much a value is, roughly in bytes.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => 8 + text.len(),
        Value::Array(items) => 8 + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => 8 + members.iter().map(|(name, it)| name.len() + weight(it)).sum::<usize>(),
    }
}
