//! What `create-binding` says.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A binding as the platform gets it; members that are absent stay so when it is written. All of it may be secret, so `Debug`
/// shows nothing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// The credentials: an object.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "object")]
    pub credentials: Option<Value>,
    /// Where logs go.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub syslog_drain_url: Option<String>,
    /// The route service.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub route_service_url: Option<String>,
    /// The backup agent; a member of ODB's, not of the platform's API.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub backup_agent_url: Option<String>,
    /// Volumes, as the platform's API has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_mounts: Option<Vec<Value>>,
    /// Network endpoints, as the platform's API has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<Value>>,
    /// How long it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BindingMetadata>,
}

/// How long a binding is good.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingMetadata {
    /// When it ends, as the adapter writes it (the platform's API wants ISO 8601).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Before when it is to be replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_before: Option<String>,
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Binding {
    /// Reads stdout. The error says where it is wrong and quotes nothing.
    pub(super) fn read(stdout: &[u8]) -> Result<Self, String> {
        let read: Option<Self> = serde_json::from_slice(stdout).map_err(|e| {
            let what = match e.classify() {
                serde_json::error::Category::Data => "not a binding",
                serde_json::error::Category::Io | serde_json::error::Category::Syntax => "not JSON",
                serde_json::error::Category::Eof => "JSON that ends too early",
            };
            format!("{what} (line {}, column {})", e.line(), e.column())
        })?;
        // ODB takes `null` for a binding without members.
        Ok(read.unwrap_or_default())
    }
}

/// An object or nothing: the platform takes no other credentials.
fn object<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    let given = Option::<serde_json::Map<String, Value>>::deserialize(from)?;
    Ok(given.map(Value::Object))
}

/// ODB leaves out empty texts.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn takes_what_odb_takes_and_what_the_platform_knows() {
        let whole = json!({
            "credentials": {"password": "hidden", "n": 5},
            "syslog_drain_url": "syslog://h", "route_service_url": "https://r", "backup_agent_url": "https://b",
            "volume_mounts": [{"driver": "nfs"}], "endpoints": [{"host": "h", "ports": ["1"]}],
            "metadata": {"expires_at": "2030-01-01T00:00:00Z", "renew_before": "2029-01-01T00:00:00Z"},
        });
        let binding = Binding::read(whole.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&binding).unwrap(), whole);
        assert_eq!(format!("{binding:?}"), "***");
        let extra = r#" {"credentials":{},"syslog_drain_url":"","metadata":null,"more":1}
 "#;
        let binding = Binding::read(extra.as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&binding).unwrap(), json!({"credentials": {}}));
        for nothing in ["{}", "null", r#"{"credentials":null}"#] {
            assert_eq!(Binding::read(nothing.as_bytes()), Ok(Binding::default()), "{nothing}");
        }
    }

    #[test]
    fn anything_else_is_refused_and_not_quoted() {
        let cases = [
            "",
            "hidden",
            "{\"credentials\":{\"p\":\"hidden\"}",
            "{} hidden",
            r#"{"credentials":"hidden"}"#,
            r#"["hidden"]"#,
            r#"{"syslog_drain_url":["hidden"]}"#,
            r#"{"volume_mounts":{"hidden":1}}"#,
            r#"{"metadata":"hidden"}"#,
        ];
        for given in cases {
            let wrong = Binding::read(given.as_bytes()).unwrap_err();
            assert!(!wrong.contains("hidden"), "{given}: {wrong}");
        }
    }
}
