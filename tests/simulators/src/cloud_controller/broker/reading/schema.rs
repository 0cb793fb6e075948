//! The schemas of answers; the texts are those of the library that Cloud Controller checks them with.

use serde_json::{Map, Value};

const LONGEST_OPERATION: usize = 10_000;

type Members = Map<String, Value>;

/// Answers to provision and update.
pub(super) fn instance(body: &Members) -> Vec<String> {
    let mut found = Vec::new();
    kind(&mut found, body, "#/", "dashboard_url", &["string", "null"]);
    operation(&mut found, body);
    metadata(&mut found, body);
    found
}

/// Answers to deprovision and unbind, and to a bind that goes on.
pub(super) fn asynchronous(body: &Members) -> Vec<String> {
    let mut found = Vec::new();
    operation(&mut found, body);
    found
}

/// Answers to `GET` of an instance.
pub(super) fn fetched_instance(body: &Members) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["service_id", "plan_id", "dashboard_url"] {
        kind(&mut found, body, "#/", key, &["string"]);
    }
    kind(&mut found, body, "#/", "parameters", &["object"]);
    metadata(&mut found, body);
    found
}

/// Answers to `GET` of a binding.
pub(super) fn fetched_binding(body: &Members) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["parameters", "credentials"] {
        kind(&mut found, body, "#/", key, &["object"]);
    }
    for key in ["syslog_drain_url", "route_service_url"] {
        kind(&mut found, body, "#/", key, &["string"]);
    }
    if kind(&mut found, body, "#/", "volume_mounts", &["array"]) {
        let mounts = body.get("volume_mounts").and_then(Value::as_array);
        for (at, one) in mounts.into_iter().flatten().enumerate() {
            mount(&mut found, &format!("#/volume_mounts/{at}"), one);
        }
    }
    found
}

fn mount(found: &mut Vec<String>, place: &str, value: &Value) {
    let Some(members) = value.as_object() else {
        found.push(wrong(place, value, &["object"]));
        return;
    };
    for key in ["device", "device_type", "driver", "mode", "container_dir"] {
        required(found, place, members, key);
    }
    let under = format!("{place}/");
    for key in ["device_type", "driver", "container_dir"] {
        kind(found, members, &under, key, &["string"]);
    }
    if let Some(mode) = members.get("mode")
        && !matches!(mode.as_str(), Some("r" | "rw"))
    {
        found.push(format!(
            "The property '{place}/mode' value {mode} did not match one of the following values: r, rw"
        ));
    }
    if kind(found, members, &under, "device", &["object"])
        && let Some(device) = members.get("device").and_then(Value::as_object)
    {
        let place = format!("{place}/device");
        required(found, &place, device, "volume_id");
        kind(found, device, &format!("{place}/"), "volume_id", &["string"]);
        kind(found, device, &format!("{place}/"), "mount_config", &["object", "null"]);
    }
}

fn metadata(found: &mut Vec<String>, body: &Members) {
    if kind(found, body, "#/", "metadata", &["object"])
        && let Some(metadata) = body.get("metadata").and_then(Value::as_object)
    {
        kind(found, metadata, "#/metadata/", "labels", &["object"]);
        kind(found, metadata, "#/metadata/", "attributes", &["object"]);
    }
}

fn operation(found: &mut Vec<String>, body: &Members) {
    kind(found, body, "#/", "operation", &["string"]);
    let text = body.get("operation").and_then(Value::as_str).unwrap_or_default();
    if text.chars().count() > LONGEST_OPERATION {
        found.push(format!(
            "The property '#/operation' was not of a maximum string length of {LONGEST_OPERATION}"
        ));
    }
}

fn required(found: &mut Vec<String>, place: &str, members: &Members, key: &str) {
    if !members.contains_key(key) {
        found.push(format!(
            "The property '{place}' did not contain a required property of '{key}'"
        ));
    }
}

/// True when the member is there and is one of these.
fn kind(found: &mut Vec<String>, members: &Members, under: &str, key: &str, wanted: &[&str]) -> bool {
    let Some(value) = members.get(key) else { return false };
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = wanted.contains(&name);
    if !fits {
        found.push(wrong(&format!("{under}{key}"), value, wanted));
    }
    fits
}

fn wrong(place: &str, value: &Value, wanted: &[&str]) -> String {
    let class = match value {
        Value::Null => "NilClass",
        Value::Bool(true) => "TrueClass",
        Value::Bool(false) => "FalseClass",
        Value::Number(number) if number.is_f64() => "Float",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Hash",
    };
    match wanted {
        [one] => format!("The property '{place}' of type {class} did not match the following type: {one}"),
        more => format!(
            "The property '{place}' of type {class} did not match one or more of the following types: {}",
            more.join(", ")
        ),
    }
}
