//! `PUT /v2/service_instances/{instance_id}/service_bindings/{binding_id}`
use super::birth;
use crate::{
    accept::{Case, Outcome, accept},
    admit::{self, Bind, Seen},
    answer::{Answer, Refusal, Trouble},
    ask::BindAsk,
    desk::Desk,
    edge::Asked,
    schemas::{Unfit, fit},
    wait::{self, Waiting},
};
use bytes::Bytes;
use chandler_proto::{
    ids::{BindingId, InstanceId},
    layout::{Key, binding_key, instance_key},
    records::Record,
    secret::Secret,
};
use chandler_schemas::Parameters;
use hyper::body::Body;
use std::sync::Arc;

pub(crate) async fn call<B>(
    desk: &Arc<Desk>,
    instance: InstanceId,
    binding: BindingId,
    mut asked: Asked<B>,
) -> Result<Answer, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let body = asked.whole_body(desk).await?;
    let ask = BindAsk::parse(&body, &asked.query)?;
    let asynchronous = ask.asynchronous;
    let bind = match composed(desk, instance, binding, ask, &asked).await? {
        Ok(bind) => bind,
        Err(trouble) => return Ok(trouble.into()),
    };
    let key = binding_key(bind.instance.as_str(), bind.binding.as_str());
    let instance_key = instance_key(bind.instance.as_str());
    let predecessor = bind.predecessor.as_ref();
    let predecessor = predecessor.map(|id| binding_key(bind.instance.as_str(), id.as_str()));
    let job = bind.birth.job;
    let case = Case {
        key: key.clone(),
        job,
        beside: [instance_key].into_iter().chain(predecessor).collect(),
    };
    let shelf = desk.clone();
    let decide = move |seen: Seen<'_>| {
        let beside = |place: usize| seen.beside.get(place).and_then(Option::as_ref);
        admit::bind(&bind, &shelf.shelf, seen.record, beside(0), beside(1), seen.now)
    };
    let waiting = Waiting {
        desk: desk.clone(),
        key,
        job,
        end: wait::end(desk, asked.began),
    };
    if !asynchronous {
        return Ok(waiting.for_bind(case, decide).await);
    }
    Ok(match accept(desk, case, decide).await {
        Outcome::There(record) => wait::bound(desk, &record, false).unwrap_or_else(Answer::Trouble),
        other @ (Outcome::Said(_) | Outcome::Job(..) | Outcome::Left) => waiting.told_soon(other).await,
    })
}

/// The request with everything that it leaves to the instance and to its predecessor.
async fn composed<B>(
    desk: &Desk,
    instance: InstanceId,
    binding: BindingId,
    ask: BindAsk,
    asked: &Asked<B>,
) -> Result<Result<Bind, Trouble>, Refusal> {
    let key = binding_key(instance.as_str(), binding.as_str());
    let left = match left(desk, &instance, &ask).await? {
        Ok(left) => left,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let fingerprint = desk.sealer.fingerprint(&ask.identity(&left.service_id, &left.plan_id)?);
    let fits = fits(desk, &ask, &left.plan_id).await;
    let predecessor = ask.predecessor.clone();
    let synchronous = !ask.asynchronous;
    // What a rotation is to be made of isn't known without its predecessor; it may have been carried out already.
    let known = predecessor.is_none() || left.earlier.is_some();
    let earlier = left.earlier.as_ref().map(Secret::expose);
    let whole = known.then(|| ask.whole(&left.service_id, &left.plan_id, earlier));
    let whole = match whole {
        Some(None) => return Ok(Err(Trouble::Unusable)),
        Some(Some(whole)) => Some(whole),
        None => None,
    };
    let request = whole
        .as_ref()
        .map(|whole| desk.seal(&key, &whole.for_adapter))
        .transpose();
    Ok(request.map(|request| Bind {
        instance,
        binding,
        birth: birth(&asked.headers),
        synchronous,
        service_id: left.service_id,
        plan_id: left.plan_id,
        fingerprint,
        backup_agent: whole.as_ref().is_some_and(|whole| whole.backup_agent),
        reader: whole.and_then(|whole| whole.reader),
        predecessor,
        fits,
        request,
    }))
}

/// Whether its parameters fit. Those of the predecessor were looked at when that one was made: a rotation that leaves them
/// out doesn't fail because the plan has changed since.
async fn fits(desk: &Desk, ask: &BindAsk, plan_id: &str) -> Result<(), Unfit> {
    let parameters = match (&ask.parameters, &ask.predecessor) {
        (Some(parameters), _) => parameters.get(),
        (None, Some(_)) => return Ok(()),
        (None, None) => "{}",
    };
    fit(desk, Parameters::Bind, plan_id, parameters).await
}

/// What a request may leave to others.
struct Left {
    service_id: String,
    plan_id: String,
    /// The predecessor's request.
    earlier: Option<Secret>,
}

async fn left(desk: &Desk, instance: &InstanceId, ask: &BindAsk) -> Result<Result<Left, Trouble>, Refusal> {
    let Some(predecessor) = &ask.predecessor else {
        return Ok(Ok(Left {
            service_id: ask.service_id.clone().unwrap_or_default(),
            plan_id: ask.plan_id.clone().unwrap_or_default(),
            earlier: None,
        }));
    };
    let of_instance = found(desk, &instance_key(instance.as_str())).await;
    let earlier = found(desk, &binding_key(instance.as_str(), predecessor.as_str())).await;
    let (of_instance, earlier) = match (of_instance, earlier) {
        (Ok(of_instance), Ok(earlier)) => (of_instance, earlier),
        (Err(trouble), _) | (_, Err(trouble)) => return Ok(Err(trouble)),
    };
    let plan = of_instance.as_ref().and_then(Record::plan);
    let (Some(service_id), Some(plan_id)) = (
        ask.service_id.clone().or_else(|| Some(plan?.service_id.clone())),
        ask.plan_id.clone().or_else(|| Some(plan?.plan_id.clone())),
    ) else {
        return Err(Refusal::NotFound("instance does not exist"));
    };
    let live = earlier.filter(admit::is_live);
    let request = live.as_ref().and_then(|record| {
        let made = &record.in_force.as_ref()?.binding.as_ref()?.made;
        Some(desk.open(record, made.request.as_ref()?))
    });
    Ok(request.transpose().map(|earlier| Left {
        service_id,
        plan_id,
        earlier,
    }))
}

/// A leader read; what isn't there is only said of a bucket that knows everything.
async fn found(desk: &Desk, key: &Key) -> Result<Option<Record>, Trouble> {
    let end = desk.end_of(desk.limits.read);
    let found = desk.find(key, end).await?;
    if found.record.is_none() {
        desk.check_complete(end).await?;
    }
    Ok(found.record)
}
