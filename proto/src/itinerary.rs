//! THE rule: what has to be done for an operation, in which order.
use crate::{operation::Operation, step::ProvisioningStep as P, step::Step};

/// The legs of an operation. They are frozen into the job when it is accepted: a configuration that changes
/// while the job runs doesn't change the job.
pub fn itinerary(operation: Operation) -> Vec<Step> {
    match operation {
        Operation::Provision => vec![Step::Provisioning(P::Deploy)],
        Operation::Deprovision => [P::DeleteDeployment, P::Tidy, P::LastLook]
            .into_iter()
            .map(Step::Provisioning)
            .collect(),
    }
}
