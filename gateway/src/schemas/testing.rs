//! What a worker publishes.
use serde_json::{Value, json};

/// What an adapter says: every operation takes a member of this name, a whole number.
pub(crate) fn document(member: &str) -> Value {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false,
        "properties": {member: {"type": "integer"}},
    });
    let parameters = json!({ "parameters": schema });
    json!({"service_instance": {"create": parameters, "update": parameters}, "service_binding": {"create": parameters}})
}

/// Published for a plan of the offering `s` whose digest is `digest`.
pub(crate) fn published(plan: &str, says: Result<Value, Vec<&str>>) -> Value {
    let (schemas, wrong) = match says {
        Ok(schemas) => (schemas, Vec::new()),
        Err(wrong) => (Value::Null, wrong),
    };
    json!({"schema": 1, "service_id": "s", "plan_id": plan, "plan_digest": "digest", "at": 1, "schemas": schemas, "wrong": wrong})
}
