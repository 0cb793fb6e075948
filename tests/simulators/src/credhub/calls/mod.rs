//! One file for each group of calls.

pub(super) mod about;
pub(super) mod data;
pub(super) mod generate;
pub(super) mod interpolate;
pub(super) mod permissions;
pub(super) mod permissions_v1;

use http::StatusCode;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::common::answer::Answer;
use crate::common::request::Request;

/// A request on its way to a handler.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    /// Who asks.
    pub(super) actor: &'a str,
    /// CredHub's clock, Unix seconds.
    pub(super) now: f64,
    /// The words of the path that vary.
    pub(super) args: Vec<&'a str>,
    /// As `/version` says it.
    pub(super) version: &'a str,
}

impl Call<'_> {
    fn arg(&self) -> &str {
        self.args.first().copied().unwrap_or_default()
    }

    /// A query parameter that must be there and not be empty.
    fn query(&self, name: &'static str) -> Result<&str, Refusal> {
        let value = self.request.query(name).filter(|value| !value.is_empty());
        value.ok_or(Refusal::MissingQuery(name))
    }

    /// The body, as the JSON that it must be.
    fn body(&self) -> Result<Value, Refusal> {
        body(self.request)
    }

    /// The body, as an object.
    fn object(&self) -> Result<Map<String, Value>, Refusal> {
        match self.body()? {
            Value::Object(map) => Ok(map),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(Refusal::BadRequest)
            }
        }
    }
}

/// A body, as the JSON that it must be.
pub(super) fn body(request: &Request) -> Result<Value, Refusal> {
    if !request.is_type("application/json") {
        return Err(Refusal::ContentType);
    }
    serde_json::from_slice(&request.body).map_err(|_| Refusal::BadRequest)
}

/// Refuses an object with a key that isn't known.
fn check_keys(map: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Refusal::UnknownKey(key.clone())),
        None => Ok(()),
    }
}

/// A member that must be a text that isn't empty.
fn text<'a>(map: &'a Map<String, Value>, key: &str, missing: Refusal) -> Result<&'a str, Refusal> {
    match map.get(key) {
        None | Some(Value::Null) => Err(missing),
        Some(Value::String(text)) if text.is_empty() => Err(missing),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Refusal::BadRequest),
    }
}

fn ok(body: &Value) -> Answer {
    Answer::json(StatusCode::OK, body)
}
