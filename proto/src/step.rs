//! Every step there is, and who owns it.
use serde::{Deserialize, Serialize};

/// A kind of worker. Its name stands in subjects and consumer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worker {
    /// Deploys, deletes and tidies.
    Provisioning,
    /// Makes and removes bindings.
    Binding,
}

impl Worker {
    /// All there are.
    pub const ALL: &'static [Worker] = &[Worker::Provisioning, Worker::Binding];

    /// The name in subjects.
    pub fn name(self) -> &'static str {
        match self {
            Worker::Provisioning => "provisioning",
            Worker::Binding => "binding",
        }
    }
}

/// One leg's work. The outer variant says which worker owns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Run by the provisioning worker.
    Provisioning(ProvisioningStep),
    /// Run by the binding worker.
    Binding(BindingStep),
}

/// The steps of the provisioning worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvisioningStep {
    /// Before an update: is the instance as its plan and the broker's configuration have it, or out of date?
    PendingCheck,
    /// Generate the manifest and have the Director deploy it.
    Deploy,
    /// Ask the adapter for the instance's dashboard.
    Dashboard,
    /// Unbind every binding that the instance still has. (In the binding worker it would hold the slots that its
    /// unbinds need.)
    Bindings,
    /// Have the Director delete the deployment.
    DeleteDeployment,
    /// Remove what else the instance left behind.
    Tidy,
    /// Long after a deprovision: did a request that outlived everything bring something back?
    LastLook,
}

/// The steps of the binding worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingStep {
    /// Get the addresses that the plan asks for by BOSH DNS.
    Addresses,
    /// Have the adapter create the binding; with secure bindings its credentials go to CredHub in the same act.
    Create,
    /// Let the app, or the service key's client, read the credential in CredHub.
    Grant,
    /// Have the adapter delete the binding.
    Delete,
    /// Remove the permission, then the credential, from CredHub.
    Revoke,
}

impl Step {
    /// The worker that runs it.
    pub fn owner(&self) -> Worker {
        match self {
            Step::Provisioning(_) => Worker::Provisioning,
            Step::Binding(_) => Worker::Binding,
        }
    }
    /// Its name in logs and spans.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Provisioning(ProvisioningStep::PendingCheck) => "pending check",
            Step::Provisioning(ProvisioningStep::Deploy) => "deploy",
            Step::Provisioning(ProvisioningStep::Dashboard) => "dashboard",
            Step::Provisioning(ProvisioningStep::Bindings) => "bindings",
            Step::Provisioning(ProvisioningStep::DeleteDeployment) => "delete deployment",
            Step::Provisioning(ProvisioningStep::Tidy) => "tidy",
            Step::Provisioning(ProvisioningStep::LastLook) => "last look",
            Step::Binding(BindingStep::Addresses) => "addresses",
            Step::Binding(BindingStep::Create) => "create binding",
            Step::Binding(BindingStep::Grant) => "grant in CredHub",
            Step::Binding(BindingStep::Delete) => "delete binding",
            Step::Binding(BindingStep::Revoke) => "revoke in CredHub",
        }
    }
}
