//! Maintenance info: what tells the platform that an instance can be upgraded.
use serde_json::{Map, Value};

/// The maintenance info of a plan.
///
/// The platform sees version and description only. ODB also shows `public` and a hash of `private`, with which Cloud
/// Controller refuses the whole catalog; and it refuses maintenance info without a version. A request is compared by its
/// version alone, as OSBAPI demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceInfo {
    /// A semantic version 2.0.
    pub version: String,
    /// What the upgrade means for the user.
    pub description: Option<String>,
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
}
