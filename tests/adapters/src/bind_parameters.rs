//! What a user may say when an app is bound.

use serde_json::{Map, Value};

use crate::parameters::check;
use crate::protocol::Failure;

/// Members of the answer that are given as they are to be.
const MEMBERS: [&str; 6] = [
    "syslog_drain_url",
    "route_service_url",
    "backup_agent_url",
    "volume_mounts",
    "endpoints",
    "metadata",
];

/// The parameters of a binding, checked.
#[derive(Default)]
pub(crate) struct BindParameters {
    /// Kept with the user, and part of the credentials.
    pub(crate) note: Option<Value>,
    pub(crate) requires_app: bool,
    /// For the answer, beside the credentials.
    pub(crate) members: Map<String, Value>,
    pub(crate) sleep_ms: u64,
    pub(crate) sleep_after_ms: u64,
    pub(crate) exit_code: Option<u8>,
    pub(crate) exit_after_code: Option<u8>,
    pub(crate) output_kb: usize,
    pub(crate) malformed_output: bool,
}

impl BindParameters {
    /// From the request's `parameters`.
    pub(crate) fn read(given: &Value) -> Result<Self, Failure> {
        let none = Map::new();
        let given = match given {
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
                "note" => parameters.note = Some(check(name, value, value.is_string(), "a text")?),
                "requires_app" => parameters.requires_app = flag(name, value)?,
                "malformed_output" => parameters.malformed_output = flag(name, value)?,
                "adapter_sleep_ms" => parameters.sleep_ms = number(name, value)?,
                "adapter_sleep_after_ms" => parameters.sleep_after_ms = number(name, value)?,
                "adapter_exit_code" => parameters.exit_code = Some(code(name, value)?),
                "adapter_exit_after_code" => parameters.exit_after_code = Some(code(name, value)?),
                "output_kb" => {
                    let kb = usize::try_from(number(name, value)?).ok().filter(|kb| *kb <= 100_000);
                    check(name, value, kb.is_some(), "a number of KiB, at most 100000")?;
                    parameters.output_kb = kb.unwrap_or_default();
                }
                member if MEMBERS.contains(&member) => {
                    parameters.members.insert(member.to_owned(), value.clone());
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

fn flag(name: &str, value: &Value) -> Result<bool, Failure> {
    check(name, value, value.is_boolean(), "true or false")?;
    Ok(value == true)
}

fn number(name: &str, value: &Value) -> Result<u64, Failure> {
    check(name, value, value.is_u64(), "a number")?;
    Ok(value.as_u64().unwrap_or_default())
}

fn code(name: &str, value: &Value) -> Result<u8, Failure> {
    let code = value.as_u64().and_then(|code| u8::try_from(code).ok());
    let code = code.filter(|code| *code > 0);
    check(name, value, code.is_some(), "a number from 1 to 255")?;
    Ok(code.unwrap_or_default())
}
