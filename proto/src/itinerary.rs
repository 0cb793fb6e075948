//! THE rule: what has to be done for an operation, in which order.
use crate::{
    catalog::BindingDns,
    operation::Operation,
    step::{BindingStep as B, ProvisioningStep as P, Step},
};

/// What the legs of an operation depend on besides the operation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'a> {
    /// The addresses that the plan gives each binding.
    pub addresses: &'a [BindingDns],
    /// The binding's credentials are, or are to be, in CredHub.
    pub secure: bool,
    /// An update begins with a look whether the instance is out of date.
    pub pending_check: bool,
}

/// The legs of an operation. They are frozen into the job when it is accepted: a configuration that changes
/// while the job runs doesn't change the job.
pub fn itinerary(operation: Operation, wishes: Wishes<'_>) -> Vec<Step> {
    let addresses = (!wishes.addresses.is_empty()).then_some(B::Addresses);
    let provisioning = |steps: &[P]| steps.iter().cloned().map(Step::Provisioning).collect();
    let binding = |step: B, credhub: B| {
        let legs = [addresses.clone(), Some(step), wishes.secure.then_some(credhub)];
        legs.into_iter().flatten().map(Step::Binding).collect()
    };
    match operation {
        Operation::Provision | Operation::Upgrade => provisioning(&[P::Deploy, P::Dashboard]),
        Operation::Update if wishes.pending_check => provisioning(&[P::PendingCheck, P::Deploy, P::Dashboard]),
        Operation::Update => provisioning(&[P::Deploy, P::Dashboard]),
        Operation::Deprovision => provisioning(&[P::Bindings, P::DeleteDeployment, P::Tidy, P::LastLook]),
        Operation::Bind => binding(B::Create, B::Grant),
        Operation::Unbind => binding(B::Delete, B::Revoke),
    }
}
