//! What operators ask for, one instance after another: what recreate and upgrade share.
use super::instance::{BEING_DELETED, BUSY, HALF_DELETED, UNDECIDED};
use crate::answer::{Answer, Refusal, Thing, Trouble};
use chandler_proto::{
    job::{Birth, State},
    operation::Operation,
    records::{InForce, Phase, Record},
};

/// A PATCH of the management API that is well-formed.
#[derive(Debug)]
pub(crate) struct Managed {
    pub(crate) birth: Birth,
    /// The plan that the operator takes the instance to have.
    pub(crate) plan_id: String,
}

const NO_INSTANCE: Refusal = Refusal::NotFound("There is no service instance with this id");
const NOT_PROVISIONED: Refusal = Refusal::NotFound("The service instance is not provisioned");

/// An instance that can be worked on.
pub(super) enum Ready<'a> {
    /// It is there, and at rest.
    AtRest(&'a Record, &'a InForce),
    /// It is there, and the very same kind of operation is on its way.
    Under(&'a Record, &'a InForce),
}

/// What is told to a platform as 422 is a 409 here.
pub(super) fn later(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Concurrency(text) => Refusal::Busy(text),
        other => other,
    }
}

/// Whether the instance can be worked on. An ODB errand takes 404 and 410 for an instance that isn't there any more, and
/// asks again after a 409.
pub(super) fn ready<'a>(ask: &Managed, operation: Operation, record: Option<&'a Record>) -> Result<Ready<'a>, Answer> {
    let record = record.ok_or(NO_INSTANCE)?;
    let force = match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, _) => return Err(Answer::Gone(Thing::Instance)),
        (Phase::Pending, _, _) => return Err(later(UNDECIDED).into()),
        (Phase::Admitted, Operation::Deprovision, State::Running) => return Err(later(BEING_DELETED).into()),
        (Phase::Admitted, Operation::Deprovision, State::Succeeded { .. } | State::Failed { .. }) => {
            return Err(later(HALF_DELETED).into());
        }
        // No record of an instance holds one.
        (Phase::Admitted, Operation::Bind | Operation::Unbind, _) => return Err(Trouble::Unusable.into()),
        (Phase::Admitted, Operation::Provision, State::Running) => return Err(later(BUSY).into()),
        (Phase::Admitted, Operation::Provision, State::Failed { .. }) => return Err(NOT_PROVISIONED.into()),
        (
            Phase::Admitted,
            Operation::Provision | Operation::Update | Operation::Upgrade | Operation::Recreate,
            State::Running | State::Succeeded { .. } | State::Failed { .. },
        ) => record.in_force.as_ref().ok_or(Trouble::Unusable)?,
    };
    let running = !record.job.finished();
    // What is going on may be just about the plan.
    if running && record.job.operation != operation {
        return Err(later(BUSY).into());
    }
    if ask.plan_id != force.plan.plan_id {
        let text = "plan_id is not that of the service instance";
        return Err(Refusal::Impossible(text.to_owned()).into());
    }
    Ok(match running {
        true => Ready::Under(record, force),
        false => Ready::AtRest(record, force),
    })
}
