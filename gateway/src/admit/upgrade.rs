//! Admission of an upgrade that an operator asks for: to what the catalog offers for the plan in force.
use super::{
    Verdict,
    instance::BUSY,
    legs::{Legs, legs},
    managed::{Managed, Ready, later, ready},
};
use crate::{
    answer::{Answer, Refusal},
    shelf::{Offer, Shelf},
};
use chandler_proto::{
    ids::Millis,
    job::{Later, State},
    layout::Lane,
    operation::Operation,
    records::{InForce, Past, Record, Wanted},
};

/// Upgrade, over the record as read (`None` for nothing).
pub(crate) fn upgrade(ask: &Managed, shelf: &Shelf, record: Option<&Record>, now: Millis) -> Verdict {
    let ready = match ready(ask, Operation::Upgrade, record) {
        Ok(ready) => ready,
        Err(answer) => return Verdict::Say(answer),
    };
    let (Ready::AtRest(_, force) | Ready::Under(_, force)) = ready;
    let Some(offer) = shelf.offer(&force.plan) else {
        let text = format!("plan {} not found", force.plan.plan_id);
        return Verdict::Say(Refusal::Impossible(text).into());
    };
    match ready {
        Ready::Under(record, _) if is_under_way(record, offer) => Verdict::Same,
        Ready::Under(..) => Verdict::Say(later(BUSY).into()),
        Ready::AtRest(record, force) if is_up_to_date(record, force, offer) => Verdict::Say(Answer::UpToDate),
        Ready::AtRest(record, force) => Verdict::Accept(Box::new(begun(ask, shelf, record, force, offer, now))),
    }
}

fn is_under_way(record: &Record, offer: &Offer) -> bool {
    let wanted = record.job.wanted.as_ref();
    wanted.is_some_and(|wanted| {
        wanted.maintenance_version == offer.maintenance_version
            && offer.has_digest(wanted.maintenance_digest.as_deref())
    })
}

/// Maintenance info tells only where there is any; and not what a change that failed has left behind.
fn is_up_to_date(record: &Record, force: &InForce, offer: &Offer) -> bool {
    offer.is_maintained
        && force.maintenance_version == offer.maintenance_version
        && offer.has_digest(force.maintenance_digest.as_deref())
        && force.maybe.is_empty()
        && !force.uaa_client_unsettled
        && matches!(record.job.state, State::Succeeded { .. })
}

/// The parameters of the instance stay as they are, and so does its context: the adapter gets that one alone.
fn begun(ask: &Managed, shelf: &Shelf, old: &Record, force: &InForce, offer: &Offer, now: Millis) -> Record {
    let operation = Operation::Upgrade;
    let Legs { itinerary, deadline } = legs(operation, Some(&offer.plan), Some(old), shelf);
    let mut job = ask.birth.job(operation, Lane::Batch, itinerary, deadline, now);
    job.takes_over(&old.job);
    old.hand_client_to(&mut job);
    job.wanted = Some(Wanted {
        plan: offer.plan.clone(),
        fingerprint: force.fingerprint.clone(),
        maintenance_version: offer.maintenance_version.clone(),
        maintenance_digest: Some(offer.maintenance_digest.clone()),
        context: force.context.clone(),
        binding: None,
        later: Later::new(),
    });
    Record {
        job,
        before: Some(Past::of(&old.job, now)),
        ..old.clone()
    }
}
