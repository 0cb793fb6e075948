//! The volumes of a bind.

use serde_json::{Map, Value};

/// Checks them; the text says what is wrong.
pub(super) fn check(body: &Map<String, Value>, requires: &[String], raw: &str) -> Result<(), String> {
    let Some(mounts) = body.get("volume_mounts").filter(|it| !it.is_null()) else {
        return Ok(());
    };
    if !requires.iter().any(|it| it == "volume_mount") {
        return Err(
            "The service is attempting to supply volume mounts from your application, but is not registered as a volume mount service. \
             Please contact the service provider."
                .to_owned(),
        );
    }
    let members = |it: &'_ Value| it.as_object().cloned();
    let all: Option<Vec<Map<String, Value>>> = mounts.as_array().and_then(|it| it.iter().map(members).collect());
    let Some(all) = all else {
        return Err(format!(
            "expected \"volume_mounts\" key to contain an array of JSON objects in body, broker returned '{raw}'"
        ));
    };
    all.iter().try_for_each(one)
}

fn one(mount: &Map<String, Value>) -> Result<(), String> {
    let missing = |key: &str| format!("missing required field '{key}'");
    for key in ["device_type", "device", "mode", "container_dir", "driver"] {
        mount.get(key).ok_or_else(|| missing(key))?;
    }
    let empty = |key: &str| mount.get(key).and_then(Value::as_str).is_none_or(str::is_empty);
    for key in ["device_type", "mode", "container_dir", "driver"] {
        if empty(key) {
            return Err(missing(key));
        }
    }
    let Some(device) = mount.get("device").and_then(Value::as_object) else {
        let class = match mount.get("device") {
            None | Some(Value::Null) => "NilClass",
            Some(Value::Bool(true)) => "TrueClass",
            Some(Value::Bool(false)) => "FalseClass",
            Some(Value::Number(number)) if number.is_f64() => "Float",
            Some(Value::Number(_)) => "Integer",
            Some(Value::String(_)) => "String",
            Some(Value::Array(_)) => "Array",
            Some(Value::Object(_)) => "Hash",
        };
        return Err(format!("required field 'device' must be an object but is {class}"));
    };
    if device
        .get("volume_id")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err("required field 'device.volume_id' must be a non-empty string".to_owned());
    }
    match device.get("mount_config") {
        None | Some(Value::Null | Value::Object(_)) => Ok(()),
        Some(_) => Err("field 'device.mount_config' must be an object if it is defined".to_owned()),
    }
}
