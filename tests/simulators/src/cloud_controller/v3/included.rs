//! `included`: what rows of an answer point to, whole or in part.

use serde_json::{Map, Value, json};

use super::query::Query;

/// What is included, by its kind. It isn't shown at all when nobody asked.
#[derive(Default)]
pub(super) struct Included(Map<String, Value>);

impl Included {
    /// Nobody asked.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Somebody asked: these, each once.
    pub(super) fn add(&mut self, kind: &str, views: impl Iterator<Item = Value>) {
        let rows = self.0.entry(kind).or_insert_with(|| json!([]));
        let Some(rows) = rows.as_array_mut() else { return };
        for view in views {
            if !rows.contains(&view) {
                rows.push(view);
            }
        }
    }

    /// The members that `fields[what]` asks for, if it does.
    pub(super) fn add_fields(&mut self, query: &Query<'_>, what: &str, kind: &str, views: impl Iterator<Item = Value>) {
        if let Some(keys) = query.fields(what) {
            self.add(kind, views.map(|view| picked(&view, &keys)));
        }
    }

    /// Into an answer.
    pub(super) fn into(self, body: &mut Value) {
        if !self.0.is_empty() {
            body["included"] = Value::Object(self.0);
        }
    }
}

/// Some members of a view; `relationships.space` is one inside another.
fn picked(view: &Value, keys: &[String]) -> Value {
    let mut out = json!({});
    for key in keys {
        match key.split_once('.') {
            None => out[key] = view[key].clone(),
            Some((outer, inner)) => out[outer][inner] = view[outer][inner].clone(),
        }
    }
    out
}
