//! The management API, for operators and their errands: a file per operation. No API version is asked for.
mod recreate;
mod upgrade;

use crate::{
    accept::{Case, Outcome, accept},
    admit::{Managed, Seen, Verdict},
    answer::{Answer, Refusal, Trouble},
    ask::ManageAsk,
    calls::birth,
    desk::Desk,
    edge::Asked,
};
use bytes::Bytes;
use chandler_proto::{ids::InstanceId, layout::instance_key, operation::Operation};
use hyper::body::Body;
use std::sync::Arc;

/// `PATCH /mgmt/service_instances/{instance_id}?operation_type=…`
pub(crate) async fn call<B>(desk: &Arc<Desk>, instance: InstanceId, mut asked: Asked<B>) -> Result<Answer, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let operation = match asked.query.get("operation_type") {
        Some("recreate") => Operation::Recreate,
        Some("upgrade") => Operation::Upgrade,
        Some(_) | None => return Err(Refusal::Malformed(WHICH.to_owned())),
    };
    let body = asked.whole_body(desk).await?;
    let ManageAsk { plan_id } = ManageAsk::parse(&body, operation)?;
    let ask = Managed {
        birth: birth(&asked.headers),
        plan_id,
    };
    Ok(match operation {
        Operation::Recreate => recreate::call(desk, &instance, ask).await,
        Operation::Upgrade => upgrade::call(desk, &instance, ask).await,
        Operation::Provision | Operation::Deprovision | Operation::Update | Operation::Bind | Operation::Unbind => {
            Refusal::Malformed(WHICH.to_owned()).into()
        }
    })
}

const WHICH: &str = "operation_type must be recreate or upgrade";

/// Carries `decide` out on the record of the instance.
async fn carried_out<D>(desk: &Arc<Desk>, instance: &InstanceId, ask: Managed, decide: D) -> Answer
where
    D: Fn(&Managed, &Desk, Seen<'_>) -> Verdict + Send + Sync + 'static,
{
    let case = Case {
        key: instance_key(instance.as_str()),
        job: ask.birth.job,
        beside: Vec::new(),
    };
    let shared = desk.clone();
    match accept(desk, case, move |seen| decide(&ask, &shared, seen)).await {
        Outcome::Said(answer) => answer,
        Outcome::Job(record, revision) => Answer::Managed(record.job.operation_string(revision)),
        Outcome::There(_) | Outcome::Left => Trouble::Defect.into(),
    }
}
