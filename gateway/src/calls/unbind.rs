//! `DELETE /v2/service_instances/{instance_id}/service_bindings/{binding_id}`
use super::birth;
use crate::{
    accept::{Case, accept},
    admit::{self, Seen, Unbind},
    answer::{Answer, Refusal},
    desk::Desk,
    edge::Asked,
    wait::{self, Waiting},
};
use chandler_proto::{
    ids::{BindingId, InstanceId},
    layout::binding_key,
};
use std::sync::Arc;

pub(crate) async fn call<B>(
    desk: &Arc<Desk>,
    instance: InstanceId,
    binding: BindingId,
    asked: &Asked<B>,
) -> Result<Answer, Refusal> {
    let query = &asked.query;
    for name in ["service_id", "plan_id"] {
        query
            .get(name)
            .ok_or_else(|| Refusal::Malformed(format!("{name} missing")))?;
    }
    let synchronous = !query.is_true("accepts_incomplete");
    let key = binding_key(instance.as_str(), binding.as_str());
    let ask = Unbind {
        instance,
        binding,
        birth: birth(&asked.headers),
        synchronous,
        force: query.is_true("force"),
    };
    let job = ask.birth.job;
    let case = Case {
        key: key.clone(),
        job,
        beside: Vec::new(),
    };
    let shelf = desk.clone();
    let decide = move |seen: Seen<'_>| admit::unbind(&ask, &shelf.shelf, seen.record, seen.now);
    let waiting = Waiting {
        desk: desk.clone(),
        key,
        job,
        end: wait::end(desk, asked.began),
    };
    Ok(match synchronous {
        true => waiting.for_unbind(case, decide).await,
        false => waiting.told_soon(accept(desk, case, decide).await).await,
    })
}
