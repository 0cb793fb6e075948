//! What lies on the bus for a plan.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the provisioning worker found out about a plan's schemas, as it lies on the bus. Members that a newer release adds are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// The shape of this document: [`Published::SCHEMA`].
    pub schema: u32,
    /// The service offering's id.
    pub service_id: String,
    /// The plan's id.
    pub plan_id: String,
    /// Of what they were asked for: the SHA-256 of the plan as the adapter got it, in hex.
    pub plan_digest: String,
    /// When: milliseconds since 1970-01-01 UTC.
    pub at: u64,
    /// What the adapter said, if it can be used.
    #[serde(default)]
    pub schemas: Option<Value>,
    /// Why it can't be: texts for operators; empty when it can.
    #[serde(default)]
    pub wrong: Vec<String>,
}

impl Published {
    /// The shape that this release writes.
    pub const SCHEMA: u32 = 1;

    /// Whether both say the same of the same plan; when they were written doesn't count.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self {
            schema,
            service_id,
            plan_id,
            plan_digest,
            at: _,
            schemas,
            wrong,
        } = self;
        *schema == other.schema
            && *service_id == other.service_id
            && *plan_id == other.plan_id
            && *plan_digest == other.plan_digest
            && *schemas == other.schemas
            && *wrong == other.wrong
    }
}
