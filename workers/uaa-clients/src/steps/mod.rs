//! The map of this room: one match without logic.
mod ends;
mod ensure;
mod owner;
mod redirect;
mod remove;
mod write;

use crate::room::Outside;
use chandler_engine::{
    probe::{Crashed, Probe},
    turn::{Answer, Turn},
};
use chandler_proto::step::{Step, UaaClientsStep};

/// Takes a turn of whatever leg the job is at.
///
/// # Errors
/// [`Crashed`] only when a test's probe says so.
pub async fn take<P: Probe>(outside: &Outside, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
    match turn.leg() {
        Some(Step::UaaClients(step)) => match step {
            UaaClientsStep::Ensure => turn.take(&ensure::Ensure(outside)).await,
            UaaClientsStep::Redirect => turn.take(&redirect::Redirect(outside)).await,
            UaaClientsStep::Remove => turn.take(&remove::Remove(outside)).await,
        },
        Some(Step::Provisioning(_) | Step::Binding(_) | Step::Errands(_)) | None => Ok(turn.not_mine()),
    }
}
