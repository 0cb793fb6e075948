//! Addresses that a binding gets by BOSH DNS.
use serde::{Deserialize, Serialize};

/// An entry of a plan's `binding_with_dns`. A record keeps a copy, so it is read and written as it stands here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingDns {
    /// The name under which the adapter gets the address.
    pub name: String,
    /// The name of the link provider in the instance's manifest; it has to be shared.
    pub link_provider: String,
    /// The instance group that provides it.
    pub instance_group: String,
    /// Only instances in these availability zones; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub azs: Vec<String>,
    /// Only instances in this state: `default`, `healthy`, `unhealthy` or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}
