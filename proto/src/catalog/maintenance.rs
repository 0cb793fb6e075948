//! Maintenance info: what tells the platform that an instance can be upgraded.
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The maintenance info of a plan.
///
/// The platform sees version and description only. ODB also shows `public` and a hash of `private`,
/// with which Cloud Controller refuses the whole catalog; and it refuses maintenance info without
/// a version. So a version is demanded, and `public` and `private` serve for nothing but comparing
/// with a platform that learned them from ODB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceInfo {
    /// A semantic version 2.0.
    pub version: String,
    /// What the upgrade means for the user.
    pub description: Option<String>,
    /// Public facts, the offering's and the plan's merged.
    pub public: BTreeMap<String, String>,
    /// The hash of the private facts ([`private_hash`](Self::private_hash)), if there are any.
    pub private: Option<String>,
}

impl MaintenanceInfo {
    /// What the catalog shows: `version` and `description`.
    pub fn to_osbapi(&self) -> Value {
        let mut out = Map::new();
        out.insert("version".into(), Value::String(self.version.clone()));
        if let Some(description) = &self.description {
            out.insert("description".into(), Value::String(description.clone()));
        }
        Value::Object(out)
    }

    /// Whether the `maintenance_info` of a request means this one: the version must be equal, and so
    /// must `public` and `private` where the request has them. The description doesn't count.
    pub fn is_meant_by(&self, requested: &Map<String, Value>) -> bool {
        let given = |name: &str| requested.get(name).filter(|value| !value.is_null());
        let version = given("version").and_then(Value::as_str) == Some(self.version.as_str());
        let public = given("public").is_none_or(|value| {
            value.as_object().is_some_and(|map| {
                map.len() == self.public.len()
                    && map
                        .iter()
                        .all(|(key, value)| self.public.get(key).is_some_and(|own| value == own))
            })
        });
        let private =
            given("private").is_none_or(|value| value.as_str() == Some(self.private.as_deref().unwrap_or("")));
        version && public && private
    }

    /// ODB's hash of private facts: lower-case hex SHA-256 of SHA-256(key) ‖ SHA-256(value), keys in
    /// order; nothing for nothing.
    pub fn private_hash(facts: &BTreeMap<String, String>) -> Option<String> {
        if facts.is_empty() {
            return None;
        }
        let mut all = Vec::with_capacity(facts.len() * 64);
        for text in facts.iter().flat_map(|(key, value)| [key, value]) {
            all.extend_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        }
        let mut hex = String::with_capacity(64);
        for byte in digest(&SHA256, &all).as_ref() {
            // Writing to a String can't fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Some(hex)
    }
}
