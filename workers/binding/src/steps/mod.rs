//! The map of this room: one match without logic.
mod addresses;
mod create;
mod delete;
mod ends;
mod grant;
mod revoke;

use crate::room::Outside;
use chandler_engine::{
    probe::{Crashed, Probe},
    turn::{Answer, Turn},
};
use chandler_proto::step::{BindingStep, Step};

/// Takes a turn of whatever leg the job is at.
///
/// # Errors
/// [`Crashed`] only when a test's probe says so.
pub async fn take<P: Probe>(outside: &Outside, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
    match turn.leg() {
        Some(Step::Binding(step)) => match step {
            BindingStep::Addresses => turn.take(&addresses::Addresses(outside)).await,
            BindingStep::Create => turn.take(&create::Create(outside)).await,
            BindingStep::Grant => turn.take(&grant::Grant(outside)).await,
            BindingStep::Delete => turn.take(&delete::Delete(outside)).await,
            BindingStep::Revoke => turn.take(&revoke::Revoke(outside)).await,
        },
        Some(Step::Provisioning(_) | Step::Errands(_) | Step::UaaClients(_)) | None => Ok(turn.not_mine()),
    }
}
