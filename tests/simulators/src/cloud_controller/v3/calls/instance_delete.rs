//! `DELETE /v3/service_instances/:guid`.

use http::StatusCode;

use super::instances::found;
use crate::cloud_controller::broker::Work;
use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::v3::market::writes_broker;
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::common::answer::Answer;

/// Keys and bindings go first, as part of the work. `?purge=true` takes the rows away, and the broker isn't told.
pub(in crate::cloud_controller::v3) fn delete(call: &Call<'_>) -> Outcome {
    let mut state = call.shared.lock();
    let row = found(&state, call.arg(0))?;
    if call.request.flag("purge") {
        let broker = state.roots(row).map(|(_, _, broker)| broker);
        if !call.who.is_admin() && !broker.is_some_and(|it| writes_broker(&call.who, it)) {
            return Err(Refusal::not_authorized());
        }
        state.purge_instance(call.arg(0));
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    if blocks(&row.last_operation) {
        return Err(instance_in_progress());
    }
    let instance = row.guid.clone();
    let job = call.job(&mut state, "service_instance.delete", "service_instance", &instance);
    if let Some(row) = state.instances.get_mut(&instance) {
        row.last_operation = LastOperation::begin(OperationKind::Delete, call.now);
        row.job = Some(job.clone());
    }
    drop(state);
    let user = call.who.user.clone();
    Ok(call.begun(&job, Work::Delete { instance, user }))
}

/// Whether an operation keeps something from being deleted: all that run but a creation that the broker has accepted.
pub(super) fn blocks(of: &LastOperation) -> bool {
    of.runs() && !(of.kind == OperationKind::Create && of.state == OperationState::InProgress)
}

pub(super) fn instance_in_progress() -> Refusal {
    Refusal::unprocessable("There is an operation in progress for the service instance.")
}
