//! `GET /deployments/:name/vms`, the short form: it is answered at once, without a task.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde::Deserialize;

use super::Director;
use super::deployment::if_there;
use crate::{CallContext, Fault};

/// A VM of a deployment, as the Director has it in its own records: no agent is asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Vm {
    /// Its instance group.
    #[serde(rename = "job")]
    pub group: String,
    /// Its number within the group.
    #[serde(default)]
    pub index: Option<u64>,
    /// The instance's id.
    #[serde(default)]
    pub id: String,
    /// Its availability zone.
    #[serde(default)]
    pub az: Option<String>,
    /// Its addresses, in the order of its networks.
    #[serde(default)]
    pub ips: Vec<String>,
}

/// The addresses by instance group, as adapters get them: `{"<group>":["<ip>"]}`, groups by name, VMs by index.
pub fn bosh_vms(vms: &[Vm]) -> String {
    let mut vms: Vec<&Vm> = vms.iter().collect();
    vms.sort_by(|a, b| (a.index, &a.id).cmp(&(b.index, &b.id)));
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for vm in vms {
        let ips = vm.ips.iter().map(String::as_str);
        groups.entry(&vm.group).or_default().extend(ips);
    }
    serde_json::json!(groups).to_string()
}

impl Director {
    /// The VMs of a deployment, in no order; `None` when the Director says that there is no such deployment.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn vms(&self, deployment: &str, call: &CallContext) -> Result<Option<Vec<Vm>>, Fault> {
        let answer = self.get(&["deployments", deployment, "vms"], &[], call).await?;
        if_there(&answer, StatusCode::OK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_gets_addresses_by_group_in_the_order_of_the_instances() {
        let vm = |group: &str, index, ips: &[&str]| Vm {
            group: group.into(),
            index: Some(index),
            id: String::new(),
            az: None,
            ips: ips.iter().map(|&ip| ip.to_owned()).collect(),
        };
        let vms = [
            vm("node", 10, &["10.0.0.12"]),
            vm("node", 2, &["10.0.0.4", "10.1.0.4"]),
            vm("arbiter", 0, &["10.0.0.9"]),
            vm("node", 0, &["10.0.0.2"]),
        ];
        let wanted = r#"{"arbiter":["10.0.0.9"],"node":["10.0.0.2","10.0.0.4","10.1.0.4","10.0.0.12"]}"#;
        assert_eq!(bosh_vms(&vms), wanted);
        assert_eq!(bosh_vms(&[]), "{}");
    }
}
