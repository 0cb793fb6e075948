//! The map of this room: one match without logic.
mod run_errand;

use crate::room::Outside;
use chandler_engine::{
    probe::{Crashed, Probe},
    turn::{Answer, Turn},
};
use chandler_proto::step::{ErrandsStep, Step};
use run_errand::{RunErrand, When};

/// Takes a turn of whatever leg the job is at.
///
/// # Errors
/// [`Crashed`] only when a test's probe says so.
pub async fn take<P: Probe>(outside: &Outside, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
    let (errand, when) = match turn.leg() {
        Some(Step::Errands(ErrandsStep::PostDeploy(errand))) => (errand, When::AfterDeploy),
        Some(Step::Errands(ErrandsStep::PreDelete(errand))) => (errand, When::BeforeDelete),
        Some(Step::Provisioning(_) | Step::Binding(_) | Step::UaaClients(_)) | None => return Ok(turn.not_mine()),
    };
    turn.take(&RunErrand { outside, errand, when }).await
}
