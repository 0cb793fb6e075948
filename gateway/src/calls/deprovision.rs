//! `DELETE /v2/service_instances/{instance_id}`
use super::birth;
use crate::{
    accept::{Case, accept},
    admit::{self, Deprovision, Seen},
    answer::{Answer, Refusal},
    desk::Desk,
    routes::Query,
};
use chandler_proto::{ids::InstanceId, layout::instance_key};
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
    let key = instance_key(instance.as_str());
    let ask = Deprovision {
        birth: birth(headers),
        force: query.is_true("force"),
        instance,
    };
    let case = Case {
        key,
        job: ask.birth.job,
        beside: Vec::new(),
    };
    let shelf = desk.clone();
    let decide = move |seen: Seen<'_>| admit::deprovision(&ask, seen.record, &shelf.shelf, seen.now);
    Ok(accept(desk, case, decide).await.told())
}
