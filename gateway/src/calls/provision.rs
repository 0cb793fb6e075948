//! `PUT /v2/service_instances/{instance_id}`
use super::birth;
use crate::{
    accept::{Case, accept},
    admit::{self, Provision, Seen, check_maintenance},
    answer::{Answer, Refusal},
    ask::ProvisionAsk,
    desk::Desk,
    edge::Asked,
    schemas::fit,
};
use bytes::Bytes;
use chandler_proto::{ids::InstanceId, layout::instance_key, records::Wanted};
use chandler_schemas::Parameters;
use hyper::body::Body;
use std::sync::Arc;

pub(crate) async fn call<B>(desk: &Arc<Desk>, instance: InstanceId, mut asked: Asked<B>) -> Result<Answer, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let body = asked.whole_body(desk).await?;
    let ask = ProvisionAsk::parse(&body, &asked.query, &desk.shelf)?;
    let maintenance = check_maintenance(ask.maintenance.as_ref(), &ask.offer);
    maintenance.map_err(|refusal| {
        if ask.asynchronous {
            refusal
        } else {
            Refusal::AsyncRequired
        }
    })?;
    let fits = fit(desk, Parameters::Create, &ask.offer.plan.plan_id, ask.parameters.get()).await;
    let key = instance_key(instance.as_str());
    let sealed = |text: &str| desk.seal(&key, text);
    let (request, context) = match (sealed(&ask.for_adapter), ask.context.as_deref().map(sealed).transpose()) {
        (Ok(request), Ok(context)) => (request, context),
        (Err(trouble), _) | (_, Err(trouble)) => return Ok(trouble.into()),
    };
    let provision = Provision {
        birth: birth(&asked.headers),
        asynchronous: ask.asynchronous,
        wanted: Wanted {
            plan: ask.offer.plan,
            fingerprint: desk.sealer.fingerprint(&ask.identity),
            maintenance_version: ask.offer.maintenance_version,
            maintenance_digest: Some(ask.offer.maintenance_digest),
            context,
            binding: None,
            later: chandler_proto::job::Later::new(),
        },
        fits,
        request,
        instance,
    };
    let case = Case {
        key,
        job: provision.birth.job,
        beside: Vec::new(),
    };
    let shelf = desk.clone();
    let decide = move |seen: Seen<'_>| admit::provision(&provision, seen.record, &shelf.shelf, seen.now);
    Ok(accept(desk, case, decide).await.told())
}
