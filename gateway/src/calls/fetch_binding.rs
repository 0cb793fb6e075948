//! `GET /v2/service_instances/{instance_id}/service_bindings/{binding_id}`: always a leader read.
use crate::{
    answer::{Answer, Refusal, Trouble},
    desk::Desk,
    wait,
};
use chandler_proto::{
    ids::{BindingId, InstanceId},
    job::State,
    layout::binding_key,
    operation::Operation,
    records::{Phase, Record},
};

pub(crate) async fn call(desk: &Desk, instance: &InstanceId, binding: &BindingId) -> Answer {
    fetch(desk, instance, binding).await.unwrap_or_else(Answer::Trouble)
}

async fn fetch(desk: &Desk, instance: &InstanceId, binding: &BindingId) -> Result<Answer, Trouble> {
    let end = desk.end_of(desk.limits.read);
    let key = binding_key(instance.as_str(), binding.as_str());
    let found = desk.find(&key, end).await?;
    match &found.record {
        Some(record) => match missing(record) {
            Some(text) => Ok(Refusal::NotFound(text).into()),
            None => wait::bound(desk, record, false),
        },
        None => {
            desk.check_complete(end).await?;
            Ok(Refusal::NotFound(UNKNOWN).into())
        }
    }
}

const UNKNOWN: &str = "There is no service binding with this id";

/// Why there is nothing to show. Nobody knows what a deletion has left of a binding, so it isn't shown any more.
fn missing(record: &Record) -> Option<&'static str> {
    match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, _) => Some(UNKNOWN),
        (_, Operation::Unbind, State::Failed { .. }) => Some("The deletion of the service binding failed"),
        (_, Operation::Unbind, State::Running | State::Succeeded { .. }) => {
            Some("The service binding is being deleted")
        }
        (Phase::Pending, _, _) => Some("The service binding is not created (yet)"),
        (
            Phase::Admitted,
            Operation::Bind
            | Operation::Provision
            | Operation::Deprovision
            | Operation::Update
            | Operation::Upgrade
            | Operation::Recreate,
            _,
        ) => {
            let there = record.in_force.is_some();
            (!there).then_some("The service binding is not created (yet)")
        }
    }
}
