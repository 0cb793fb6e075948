//! The plan as the adapter gets it.
use super::Plan;
use serde_json::{Map, Value, json};

impl Plan {
    /// The value `plan` (and `previous_plan`) of an adapter call. The plan's id and name are not in
    /// it, as with ODB.
    pub fn adapter_json(&self) -> Value {
        let mut out = Map::new();
        out.insert("properties".into(), Value::Object(self.properties.clone()));
        out.insert("lifecycle_errands".into(), json!({}));
        out.insert("instance_groups".into(), json!(self.instance_groups));
        if let Some(update) = &self.update {
            out.insert("update".into(), json!(update));
        }
        Value::Object(out)
    }
}
