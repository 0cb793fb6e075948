//! The map of this room: one match without logic.
mod adapter;
mod bindings;
mod client;
mod dashboard;
mod delete_deployment;
mod deploy;
mod last_look;
mod pending_check;
mod previous;
mod recreate;
mod remains;
#[cfg(test)]
mod testing;
mod tidy;

use crate::room::Outside;
use chandler_engine::{
    probe::{Crashed, Probe},
    turn::{Answer, Turn},
};
use chandler_proto::step::{ProvisioningStep, Step};

/// Takes a turn of whatever leg the job is at.
///
/// # Errors
/// [`Crashed`] only when a test's probe says so.
pub async fn take<P: Probe>(outside: &Outside, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
    match turn.leg() {
        Some(Step::Provisioning(step)) => match step {
            ProvisioningStep::PendingCheck => turn.take(&pending_check::PendingCheck(outside)).await,
            ProvisioningStep::Deploy => turn.take(&deploy::Deploy(outside)).await,
            ProvisioningStep::Recreate => turn.take(&recreate::Recreate(outside)).await,
            ProvisioningStep::Dashboard => turn.take(&dashboard::Dashboard(outside)).await,
            ProvisioningStep::Bindings => turn.take(&bindings::Bindings(outside)).await,
            ProvisioningStep::DeleteDeployment => turn.take(&delete_deployment::DeleteDeployment(outside)).await,
            ProvisioningStep::Tidy => turn.take(&tidy::Tidy(outside)).await,
            ProvisioningStep::LastLook => turn.take(&last_look::LastLook(outside)).await,
        },
        Some(Step::Binding(_) | Step::Errands(_) | Step::UaaClients(_)) | None => Ok(turn.not_mine()),
    }
}
