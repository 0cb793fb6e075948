//! `PUT /v2/service_instances/{instance_id}`
use super::birth;
use crate::{
    accept::accept,
    admit::{self, Provision, check_maintenance},
    answer::{Answer, Refusal, Trouble},
    ask::ProvisionAsk,
    desk::Desk,
    edge::Asked,
};
use bytes::Bytes;
use chandler_proto::{
    ids::InstanceId,
    layout::instance_key,
    records::Wanted,
    seal::{NONCE, SealError, Sealed},
};
use hyper::body::Body;
use std::sync::Arc;

pub(crate) async fn call<B>(desk: &Arc<Desk>, instance: InstanceId, mut asked: Asked<B>) -> Result<Answer, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let body = asked.whole_body(desk).await?;
    let ask = ProvisionAsk::parse(&body, &asked.query, &desk.shelf)?;
    let maintenance = check_maintenance(
        ask.maintenance_version.as_deref(),
        ask.offer.maintenance_version.as_deref(),
    );
    maintenance.map_err(|refusal| {
        if ask.asynchronous {
            refusal
        } else {
            Refusal::AsyncRequired
        }
    })?;
    let sealed = |text: &str| seal(desk, &instance, text);
    let (request, context) = match (sealed(&ask.for_adapter), ask.context.as_deref().map(sealed).transpose()) {
        (Ok(request), Ok(context)) => (request, context),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "a request can't be sealed");
            return Ok(Trouble::Defect.into());
        }
    };
    let provision = Provision {
        birth: birth(&asked.headers),
        asynchronous: ask.asynchronous,
        wanted: Wanted {
            plan: ask.offer.plan,
            fingerprint: desk.sealer.fingerprint(&ask.identity),
            maintenance_version: ask.maintenance_version.or(ask.offer.maintenance_version),
            context,
            later: chandler_proto::job::Later::new(),
        },
        request,
        deadline: ask.offer.instance_deadline,
        instance: instance.clone(),
    };
    let job = provision.birth.job;
    Ok(accept(desk, &instance, job, move |record, now| {
        admit::provision(&provision, record, now)
    })
    .await)
}

/// Seals for the record of the instance: what may be secret never reaches the bus in the clear.
fn seal(desk: &Desk, instance: &InstanceId, text: &str) -> Result<Sealed, SealError> {
    desk.sealer
        .seal(&instance_key(instance.as_str()), text, rand::random::<[u8; NONCE]>())
}
