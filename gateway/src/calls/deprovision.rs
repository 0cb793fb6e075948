//! `DELETE /v2/service_instances/{instance_id}`
use super::birth;
use crate::{
    accept::accept,
    admit::{self, Deprovision},
    answer::{Answer, Refusal},
    desk::Desk,
    routes::Query,
};
use chandler_proto::ids::InstanceId;
use http::HeaderMap;
use std::sync::Arc;

/// The order is ODB's: what is missing, then whether the platform can wait, then whether there is anything.
pub(crate) async fn call(
    desk: &Arc<Desk>,
    instance: InstanceId,
    headers: &HeaderMap,
    query: &Query,
) -> Result<Answer, Refusal> {
    for name in ["service_id", "plan_id"] {
        query
            .get(name)
            .ok_or_else(|| Refusal::Malformed(format!("{name} missing")))?;
    }
    if !query.is_true("accepts_incomplete") {
        return Err(Refusal::AsyncRequired);
    }
    let ask = Deprovision {
        birth: birth(headers),
        force: query.is_true("force"),
        instance: instance.clone(),
    };
    let (job, shelf) = (ask.birth.job, desk.clone());
    let decide = move |record: Option<&_>, now| admit::deprovision(&ask, record, &shelf.shelf, now);
    Ok(accept(desk, &instance, job, decide).await)
}
