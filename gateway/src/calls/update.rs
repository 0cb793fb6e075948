//! `PATCH /v2/service_instances/{instance_id}`
use super::birth;
use crate::{
    accept::{Case, Outcome, accept},
    admit::{self, Seen, Update},
    answer::{Answer, Refusal, Trouble},
    ask::UpdateAsk,
    desk::Desk,
    edge::Asked,
    schemas::{Unfit, fit},
};
use bytes::Bytes;
use chandler_proto::{
    ids::InstanceId,
    layout::{Key, instance_key},
    records::Record,
};
use chandler_schemas::Parameters;
use hyper::body::Body;
use std::sync::Arc;

pub(crate) async fn call<B>(desk: &Arc<Desk>, instance: InstanceId, mut asked: Asked<B>) -> Result<Answer, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let body = asked.whole_body(desk).await?;
    let ask = UpdateAsk::parse(&body, &asked.query, desk.shelf.instances.maintenance_info)?;
    let key = instance_key(instance.as_str());
    let found = match desk.find(&key, desk.end_of(desk.limits.read)).await {
        Ok(found) => found.record,
        Err(trouble) => return Ok(trouble.into()),
    };
    let fits = fits(desk, &ask, found.as_ref()).await;
    let update = match composed(desk, &key, ask, found.as_ref(), fits, &asked)? {
        Ok(update) => update,
        Err(trouble) => return Ok(trouble.into()),
    };
    let case = Case {
        key,
        job: update.birth.job,
        beside: Vec::new(),
    };
    let shelf = desk.clone();
    let decide = move |seen: Seen<'_>| admit::update(&update, &shelf.shelf, seen.record, seen.now);
    Ok(match accept(desk, case, decide).await {
        Outcome::There(record) => Answer::Provisioned {
            dashboard_url: record.in_force.and_then(|force| force.dashboard_url),
        },
        other @ (Outcome::Said(_) | Outcome::Job(..) | Outcome::Left) => other.told(),
    })
}

/// Whether its parameters fit the plan that it comes to.
async fn fits(desk: &Desk, ask: &UpdateAsk, found: Option<&Record>) -> Result<(), Unfit> {
    let force = found.and_then(|record| record.in_force.as_ref());
    let plan_id = ask.plan(force.map_or("", |force| &force.plan.plan_id));
    fit(desk, Parameters::Update, plan_id, ask.parameters.get()).await
}

/// The request with everything that it leaves to the instance, as it was `found`. Whether that still is so is for the
/// decision to see.
fn composed<B>(
    desk: &Desk,
    key: &Key,
    ask: UpdateAsk,
    found: Option<&Record>,
    fits: Result<(), Unfit>,
    asked: &Asked<B>,
) -> Result<Result<Update, Trouble>, Refusal> {
    let force = found.and_then(|record| record.in_force.as_ref());
    // Without anything in force it is refused, whatever is made of it.
    let plan_id = force.map_or("", |force| &force.plan.plan_id);
    let fingerprint = desk.sealer.fingerprint(&ask.identity(plan_id)?);
    let request = ask.for_adapter(plan_id)?;
    let context = ask.context.as_ref().map(|context| desk.seal(key, context.get()));
    let (request, context) = match (desk.seal(key, &request), context.transpose()) {
        (Ok(request), Ok(context)) => (request, context),
        (Err(trouble), _) | (_, Err(trouble)) => return Ok(Err(trouble)),
    };
    Ok(Ok(Update {
        birth: birth(&asked.headers),
        asynchronous: ask.asynchronous,
        previous_maintenance: ask.previous_maintenance(),
        service_id: ask.service_id,
        plan_id: ask.plan_id,
        bare: ask.bare,
        maintenance: ask.maintenance,
        context,
        made_for: plan_id.to_owned(),
        fits,
        fingerprint,
        request,
    }))
}
