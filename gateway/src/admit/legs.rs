//! What an operation on an instance has to do, and how long it may take.
use crate::shelf::Shelf;
use chandler_proto::{
    itinerary::{ClientWish, Wishes, itinerary},
    operation::Operation,
    records::{PlanCopy, Record},
    step::Step,
};
use std::time::Duration;

/// What a job of an instance is accepted with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Legs {
    pub(super) itinerary: Vec<Step>,
    pub(super) deadline: Duration,
}

/// The legs of an operation on an instance of `plan`, over the record as read (`None` for nothing). What the catalog says
/// of the plan now counts; of a plan that has left it the copy does.
pub(super) fn legs(operation: Operation, plan: Option<&PlanCopy>, old: Option<&Record>, shelf: &Shelf) -> Legs {
    let offer = plan.and_then(|plan| shelf.offer(plan));
    let plan = offer.map(|offer| &offer.plan).or(plan);
    // What never was there has nothing that an errand could take leave of.
    let runs_errands = !operation.deletes() || old.is_some_and(Record::ever_succeeded);
    let wishes = Wishes {
        pending_check: shelf.updates.pending_check,
        client: client(operation, shelf.instances.clients, old),
        errands: plan.filter(|_| runs_errands).map(|plan| &plan.lifecycle_errands),
        ..Wishes::default()
    };
    let itinerary = itinerary(operation, wishes);
    let errands = itinerary.iter().filter(|leg| matches!(leg, Step::Errands(_))).count();
    let times = offer.map_or(shelf.instances.times, |offer| offer.times);
    Legs {
        itinerary,
        deadline: times.with(errands),
    }
}

/// Where clients are defined each instance has one. Elsewhere one may be left from when they were. Nothing is removed that
/// no job of ours has made: an instance that goes takes along what it has.
fn client(operation: Operation, defined: bool, old: Option<&Record>) -> ClientWish {
    match defined && !operation.deletes() {
        true => ClientWish::Keep,
        false if old.is_some_and(Record::may_have_client) => ClientWish::Drop,
        false => ClientWish::None,
    }
}
