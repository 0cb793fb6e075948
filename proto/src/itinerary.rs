//! THE rule: what has to be done for an operation, in which order.
use crate::{
    catalog::{BindingDns, LifecycleErrands},
    operation::Operation,
    step::{BindingStep as B, ErrandsStep as E, ProvisioningStep as P, Step, UaaClientsStep as U},
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
    /// What is to become of the instance's UAA client.
    pub client: ClientWish,
    /// The errands of the plan. Those before a deletion only for an instance that once was there.
    pub errands: Option<&'a LifecycleErrands>,
}

/// What is to become of an instance's UAA client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientWish {
    /// It has none and gets none.
    #[default]
    None,
    /// It has or gets one. (Where the instance goes, so does the client.)
    Keep,
    /// It has or may have one, and is to have none.
    Drop,
}

/// The legs of an operation. They are frozen into the job when it is accepted: a configuration that changes
/// while the job runs doesn't change the job.
pub fn itinerary(operation: Operation, wishes: Wishes<'_>) -> Vec<Step> {
    match operation {
        Operation::Provision | Operation::Upgrade => deployed(wishes),
        Operation::Update => {
            let check = wishes.pending_check.then_some(Step::Provisioning(P::PendingCheck));
            check.into_iter().chain(deployed(wishes)).collect()
        }
        Operation::Recreate => {
            let mut legs = vec![Step::Provisioning(P::Recreate)];
            legs.extend(post_deploy(wishes));
            legs
        }
        Operation::Deprovision => {
            let mut legs = vec![Step::Provisioning(P::Bindings)];
            legs.extend(pre_delete(wishes));
            legs.extend([P::DeleteDeployment, P::Tidy].map(Step::Provisioning));
            match wishes.client {
                ClientWish::None => {}
                ClientWish::Keep | ClientWish::Drop => legs.push(Step::UaaClients(U::Remove)),
            }
            legs.push(Step::Provisioning(P::LastLook));
            legs
        }
        Operation::Bind => binding(wishes, B::Create, B::Grant),
        Operation::Unbind => binding(wishes, B::Delete, B::Revoke),
    }
}

/// The client comes first, since the manifest may name it; a client that is dropped goes when nothing names it any more.
fn deployed(wishes: Wishes<'_>) -> Vec<Step> {
    let (before, after) = match wishes.client {
        ClientWish::None => (None, None),
        ClientWish::Keep => (Some(U::Ensure), Some(U::Redirect)),
        ClientWish::Drop => (None, Some(U::Remove)),
    };
    let mut legs: Vec<Step> = before.into_iter().map(Step::UaaClients).collect();
    legs.extend([P::Deploy, P::Dashboard].map(Step::Provisioning));
    legs.extend(after.map(Step::UaaClients));
    legs.extend(post_deploy(wishes));
    legs
}

fn post_deploy(wishes: Wishes<'_>) -> impl Iterator<Item = Step> {
    let errands = wishes.errands.into_iter().flat_map(|errands| &errands.post_deploy);
    errands.cloned().map(E::PostDeploy).map(Step::Errands)
}

fn pre_delete(wishes: Wishes<'_>) -> impl Iterator<Item = Step> {
    let errands = wishes.errands.into_iter().flat_map(|errands| &errands.pre_delete);
    errands.cloned().map(E::PreDelete).map(Step::Errands)
}

fn binding(wishes: Wishes<'_>, step: B, credhub: B) -> Vec<Step> {
    let addresses = (!wishes.addresses.is_empty()).then_some(B::Addresses);
    let legs = [addresses, Some(step), wishes.secure.then_some(credhub)];
    legs.into_iter().flatten().map(Step::Binding).collect()
}
