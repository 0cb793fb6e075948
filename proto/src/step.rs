//! Every step there is, and who owns it.
use serde::{Deserialize, Serialize};

/// A kind of worker. Its name stands in subjects and consumer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worker {
    /// Deploys, deletes and tidies.
    Provisioning,
}

impl Worker {
    /// All there are.
    pub const ALL: &'static [Worker] = &[Worker::Provisioning];

    /// The name in subjects.
    pub fn name(self) -> &'static str {
        match self {
            Worker::Provisioning => "provisioning",
        }
    }
}

/// One leg's work. The outer variant says which worker owns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Run by the provisioning worker.
    Provisioning(ProvisioningStep),
}

/// The steps of the provisioning worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvisioningStep {
    /// Generate the manifest and have the Director deploy it.
    Deploy,
    /// Have the Director delete the deployment.
    DeleteDeployment,
    /// Remove what else the instance left behind.
    Tidy,
    /// Long after a deprovision: did a request that outlived everything bring something back?
    LastLook,
}

impl Step {
    /// The worker that runs it.
    pub fn owner(&self) -> Worker {
        match self {
            Step::Provisioning(_) => Worker::Provisioning,
        }
    }
    /// Its name in logs and spans.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Provisioning(ProvisioningStep::Deploy) => "deploy",
            Step::Provisioning(ProvisioningStep::DeleteDeployment) => "delete deployment",
            Step::Provisioning(ProvisioningStep::Tidy) => "tidy",
            Step::Provisioning(ProvisioningStep::LastLook) => "last look",
        }
    }
}
