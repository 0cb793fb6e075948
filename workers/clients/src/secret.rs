//! Values that nobody may see: `***` in `Debug`, wiped when dropped.

use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

/// A secret text.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

/// A secret JSON value, kept as the text that it was written as, so that numbers lose nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretJson(Zeroizing<String>);

/// The text is not JSON, or not of the shape that was asked for. It says no more, because the text is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson;

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl SecretJson {
    /// Wraps a value.
    pub fn of(value: &Value) -> Self {
        Self(Zeroizing::new(value.to_string()))
    }

    /// Wraps a JSON text as it is.
    ///
    /// # Errors
    /// [`NotJson`].
    pub fn from_text(text: impl Into<String>) -> Result<Self, NotJson> {
        let text = Zeroizing::new(text.into());
        match serde_json::from_str::<IgnoredAny>(&text) {
            Ok(IgnoredAny) => Ok(Self(text)),
            Err(_) => Err(NotJson),
        }
    }

    /// The JSON text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The value in the shape of `T`.
    ///
    /// # Errors
    /// [`NotJson`] when it has another one.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, NotJson> {
        serde_json::from_str(&self.0).map_err(|_| NotJson)
    }

    /// All texts in it, its keys aside.
    pub(crate) fn texts(&self) -> Vec<Zeroizing<String>> {
        let mut found = Vec::new();
        collect(self.parse().unwrap_or(Value::Null), &mut found);
        found
    }
}

fn collect(value: Value, found: &mut Vec<Zeroizing<String>>) {
    match value {
        Value::String(text) => found.push(Zeroizing::new(text)),
        Value::Array(items) => items.into_iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.into_iter().for_each(|(_, item)| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for SecretJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret value is not JSON of the expected shape")
    }
}

impl std::error::Error for NotJson {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_kept_as_written() {
        let text = r#"{"n": 12345678901234567890123, "pw":"x"}"#;
        let value = SecretJson::from_text(text).unwrap();
        assert_eq!((value.expose(), format!("{value:?}").as_str()), (text, "***"));
        assert_eq!(SecretJson::from_text("{\"pw\":"), Err(NotJson));
        assert_eq!(SecretJson::from_text("{} {}"), Err(NotJson));
        assert_eq!(value.parse::<Vec<String>>(), Err(NotJson));
    }

    #[test]
    fn finds_its_texts() {
        let value = SecretJson::of(&serde_json::json!({"a": ["x", {"b": "y"}], "c": 1}));
        let texts = value.texts();
        assert_eq!(texts.iter().map(|t| t.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    }
}
