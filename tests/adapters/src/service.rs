//! What the broker tells about a deployment and a plan, checked as SDK-built adapters do.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::protocol::{Failure, json};

/// Which deployment is to be made of what.
#[derive(Deserialize)]
pub(crate) struct ServiceDeployment {
    #[serde(default)]
    pub(crate) deployment_name: String,
    #[serde(default)]
    pub(crate) releases: Vec<Release>,
    #[serde(default)]
    pub(crate) stemcells: Vec<Stemcell>,
}

/// A release and those of its jobs that the service needs.
#[derive(Deserialize)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) jobs: Vec<String>,
}

/// A stemcell.
#[derive(Deserialize)]
pub(crate) struct Stemcell {
    #[serde(default)]
    pub(crate) stemcell_name: Option<String>,
    pub(crate) stemcell_os: String,
    pub(crate) stemcell_version: String,
}

/// A plan.
#[derive(Deserialize)]
pub(crate) struct Plan {
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
    #[serde(default)]
    pub(crate) instance_groups: Vec<InstanceGroup>,
    #[serde(default)]
    pub(crate) update: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) lifecycle_errands: LifecycleErrands,
}

/// What the broker has the Director run, and when.
#[derive(Deserialize, Default)]
pub(crate) struct LifecycleErrands {
    #[serde(default)]
    post_deploy: Vec<Errand>,
    #[serde(default)]
    pre_delete: Vec<Errand>,
}

/// An errand of a plan.
#[derive(Deserialize)]
pub(crate) struct Errand {
    pub(crate) name: String,
    /// Where it runs: `group` or `group/id-or-index`; empty: wherever its job is.
    #[serde(default)]
    instances: Vec<String>,
}

/// An instance group of a plan.
#[derive(Deserialize)]
pub(crate) struct InstanceGroup {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) vm_type: String,
    #[serde(default)]
    pub(crate) vm_extensions: Vec<String>,
    #[serde(default)]
    pub(crate) persistent_disk_type: Option<String>,
    #[serde(default)]
    pub(crate) instances: u64,
    #[serde(default)]
    pub(crate) networks: Vec<String>,
    #[serde(default)]
    pub(crate) azs: Vec<String>,
    #[serde(default)]
    pub(crate) lifecycle: Option<String>,
    #[serde(default)]
    pub(crate) migrated_from: Vec<Value>,
}

impl LifecycleErrands {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Errand> {
        self.post_deploy.iter().chain(&self.pre_delete)
    }
    /// Whether an errand of this name has to have its job in this group.
    pub(crate) fn runs_in(&self, name: &str, group: &str) -> bool {
        let in_group = |place: &String| place.split('/').next() == Some(group);
        let mut of_it = self.all().filter(|errand| errand.name == name);
        of_it.any(|errand| errand.instances.is_empty() || errand.instances.iter().any(in_group))
    }
}

impl ServiceDeployment {
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let deployment: Self = json("service-deployment", text)?;
        let missing = [
            ("deployment_name", deployment.deployment_name.is_empty()),
            ("releases", deployment.releases.is_empty()),
            ("stemcells", deployment.stemcells.is_empty()),
        ];
        refuse("service-deployment", &missing)?;
        Ok(deployment)
    }
}

impl Plan {
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let plan: Self = json("plan", text)?;
        refuse("plan", &[("instance_groups", plan.instance_groups.is_empty())])?;
        for group in &plan.instance_groups {
            let missing = [
                ("name", group.name.is_empty()),
                ("vm_type", group.vm_type.is_empty()),
                ("instances", group.instances == 0),
                ("networks", group.networks.is_empty()),
                ("azs", group.azs.is_empty()),
            ];
            refuse(&format!("instance group {:?} of the plan", group.name), &missing)?;
        }
        Ok(plan)
    }
}

fn refuse(what: &str, checks: &[(&str, bool)]) -> Result<(), Failure> {
    let missing: Vec<_> = checks
        .iter()
        .filter(|(_, wrong)| *wrong)
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::for_operator(format!(
        "error validating {what}: missing {}",
        missing.join(", ")
    )))
}
