//! Every step there is, and who owns it.
use crate::catalog::Errand;
use serde::{Deserialize, Serialize};

/// A kind of worker. Its name stands in subjects and consumer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worker {
    /// Deploys, deletes and tidies.
    Provisioning,
    /// Makes and removes bindings.
    Binding,
    /// Has the Director run errands.
    Errands,
    /// Keeps the UAA clients of instances.
    UaaClients,
}

impl Worker {
    /// All there are.
    pub const ALL: &'static [Worker] = &[
        Worker::Provisioning,
        Worker::Binding,
        Worker::Errands,
        Worker::UaaClients,
    ];

    /// The name in subjects.
    pub fn name(self) -> &'static str {
        match self {
            Worker::Provisioning => "provisioning",
            Worker::Binding => "binding",
            Worker::Errands => "errands",
            Worker::UaaClients => "uaa-clients",
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
    /// Run by the errands worker.
    Errands(ErrandsStep),
    /// Run by the uaa-clients worker.
    UaaClients(UaaClientsStep),
}

/// The steps of the provisioning worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProvisioningStep {
    /// Before an update: is the instance as its plan and the broker's configuration have it, or out of date?
    PendingCheck,
    /// Generate the manifest and have the Director deploy it.
    Deploy,
    /// Have the Director make every VM of the deployment anew.
    Recreate,
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

/// The steps of the errands worker. The errand is part of the leg: a configuration that changes meanwhile doesn't
/// change which errands the job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrandsStep {
    /// Run an errand of the plan after the deployment.
    PostDeploy(Errand),
    /// Run an errand of the plan before the deployment is deleted.
    PreDelete(Errand),
}

/// The steps of the uaa-clients worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UaaClientsStep {
    /// See to it that the instance has its client, before the manifest is generated.
    Ensure,
    /// Bring the client to what the configuration and the dashboard's URL say.
    Redirect,
    /// Remove the client.
    Remove,
}

impl Step {
    /// The worker that runs it.
    pub fn owner(&self) -> Worker {
        match self {
            Step::Provisioning(_) => Worker::Provisioning,
            Step::Binding(_) => Worker::Binding,
            Step::Errands(_) => Worker::Errands,
            Step::UaaClients(_) => Worker::UaaClients,
        }
    }
    /// Its name for people: an errand has one of its own.
    pub fn title(&self) -> String {
        match self {
            Step::Errands(ErrandsStep::PostDeploy(errand) | ErrandsStep::PreDelete(errand)) => {
                format!("{} {}", self.name(), errand.name)
            }
            Step::Provisioning(_) | Step::Binding(_) | Step::UaaClients(_) => self.name().to_owned(),
        }
    }
    /// Its name in logs and spans.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Provisioning(ProvisioningStep::PendingCheck) => "pending check",
            Step::Provisioning(ProvisioningStep::Deploy) => "deploy",
            Step::Provisioning(ProvisioningStep::Recreate) => "recreate",
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
            Step::Errands(ErrandsStep::PostDeploy(_)) => "post-deploy errand",
            Step::Errands(ErrandsStep::PreDelete(_)) => "pre-delete errand",
            Step::UaaClients(UaaClientsStep::Ensure) => "UAA client",
            Step::UaaClients(UaaClientsStep::Redirect) => "UAA redirect",
            Step::UaaClients(UaaClientsStep::Remove) => "remove UAA client",
        }
    }
}
