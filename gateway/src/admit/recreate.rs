//! Admission of a recreate.
use super::{
    Verdict,
    legs::{Legs, legs},
    managed::{Managed, Ready, ready},
};
use crate::shelf::Shelf;
use chandler_proto::{
    ids::Millis,
    layout::Lane,
    operation::Operation,
    records::{InForce, Past, Record},
};

/// Recreate, over the record as read (`None` for nothing).
pub(crate) fn recreate(ask: &Managed, shelf: &Shelf, record: Option<&Record>, now: Millis) -> Verdict {
    match ready(ask, Operation::Recreate, record) {
        Ok(Ready::AtRest(record, force)) => Verdict::Accept(Box::new(begun(ask, shelf, record, force, now))),
        Ok(Ready::Under(..)) => Verdict::Same,
        Err(answer) => Verdict::Say(answer),
    }
}

/// What is in force stays so, whatever the job comes to: it wants nothing else.
fn begun(ask: &Managed, shelf: &Shelf, old: &Record, force: &InForce, now: Millis) -> Record {
    let operation = Operation::Recreate;
    let Legs { itinerary, deadline } = legs(operation, Some(&force.plan), Some(old), shelf);
    let mut job = ask.birth.job(operation, Lane::Batch, itinerary, deadline, now);
    job.takes_over(&old.job);
    old.hand_client_to(&mut job);
    Record {
        job,
        before: Some(Past::of(&old.job, now)),
        ..old.clone()
    }
}
