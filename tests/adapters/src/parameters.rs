//! What a user may say with `-c`, and what of it an instance keeps.

use serde_json::{Map, Value};

use crate::protocol::{Failure, json};

/// A parameter as far as an instance keeps it: left out means "as before", `null` "as at first".
pub(crate) type Wish = Option<Value>;

/// The request's parameters, checked.
#[derive(Default)]
pub(crate) struct Parameters {
    /// Seconds, not negative.
    pub(crate) task_seconds: Wish,
    /// A name of a stage.
    pub(crate) fail_at_stage: Wish,
    /// Secret.
    pub(crate) password: Wish,
    /// BOSH configs by type, for this call only.
    pub(crate) configs: Map<String, Value>,
    /// The instance's labels instead of the adapter's own, for this call only; `null` says nothing of labels.
    pub(crate) labels: Wish,
    /// For this call only.
    pub(crate) adapter_sleep_ms: Option<u64>,
    /// For this call only.
    pub(crate) adapter_exit_code: Option<u8>,
}

impl Parameters {
    /// From the whole of the request's body; without `parameters` (upgrade, check for pending
    /// changes) nothing is wished.
    pub(crate) fn read(request: &str) -> Result<Self, Failure> {
        let request: Value = json("request parameters", request)?;
        let none = Map::new();
        let given = match &request["parameters"] {
            Value::Null => &none,
            Value::Object(given) => given,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(Failure::for_both("parameters must be an object"));
            }
        };
        let mut parameters = Self::default();
        let mut unknown = Vec::new();
        for (name, value) in given {
            match name.as_str() {
                "task_seconds" => {
                    let good = value.is_null() || value.as_f64().is_some_and(|seconds| seconds >= 0.0);
                    parameters.task_seconds = Some(check(name, value, good, "a number of seconds")?);
                }
                "fail_at_stage" => {
                    let good = value.is_null() || value.as_str().is_some_and(|stage| !stage.is_empty());
                    parameters.fail_at_stage = Some(check(name, value, good, "the name of a stage")?);
                }
                "password" => {
                    let good = value.is_null() || value.as_str().is_some_and(|word| !word.is_empty());
                    parameters.password = Some(check(name, value, good, "a text")?);
                }
                "configs" => {
                    let configs = value.as_object().filter(|all| all.values().all(Value::is_string));
                    check(name, value, configs.is_some(), "an object of texts by type")?;
                    parameters.configs = configs.cloned().unwrap_or_default();
                }
                "labels" => {
                    let good = value.is_null() || value.is_object();
                    parameters.labels = Some(check(name, value, good, "an object")?);
                }
                "adapter_sleep_ms" => {
                    check(name, value, value.as_u64().is_some(), "a number of milliseconds")?;
                    parameters.adapter_sleep_ms = value.as_u64();
                }
                "adapter_exit_code" => {
                    let code = value
                        .as_u64()
                        .and_then(|code| u8::try_from(code).ok())
                        .filter(|code| *code > 0);
                    check(name, value, code.is_some(), "a number from 1 to 255")?;
                    parameters.adapter_exit_code = code;
                }
                _ => unknown.push(name.as_str()),
            }
        }
        if !unknown.is_empty() {
            return Err(Failure::for_both(format!(
                "unsupported parameter(s) for this service plan: {}",
                unknown.join(", ")
            )));
        }
        Ok(parameters)
    }
}

/// The value is not repeated to anyone: it may be a password under a wrong name.
pub(crate) fn check(name: &str, value: &Value, good: bool, expected: &str) -> Result<Value, Failure> {
    if good {
        return Ok(value.clone());
    }
    Err(Failure::for_both(format!("parameter {name} must be {expected}")))
}
