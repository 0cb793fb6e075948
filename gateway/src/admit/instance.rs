//! Admission of instances.
use super::{
    Claim, Named, Verdict,
    legs::{Legs, legs},
    over_nothing, renewed, stray,
};
use crate::{
    answer::{Answer, Refusal, Thing, Trouble},
    ask::MaintenanceAsk,
    schemas::Unfit,
    shelf::{Offer, Shelf},
};
use chandler_proto::{
    ids::{InstanceId, Millis},
    job::{Birth, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{NO_PUT_AFTER_GONE, Past, Phase, Record, SCHEMA, Wanted},
    seal::Sealed,
};

/// A PUT that is well-formed.
#[derive(Debug)]
pub(crate) struct Provision {
    pub(crate) instance: InstanceId,
    pub(crate) birth: Birth,
    /// The platform can wait.
    pub(crate) asynchronous: bool,
    pub(crate) wanted: Wanted,
    /// Whether its parameters fit the plan's schema.
    pub(crate) fits: Result<(), Unfit>,
    /// The adapter's request parameters.
    pub(crate) request: Sealed,
}

/// A DELETE that is well-formed, of a platform that can wait.
#[derive(Debug)]
pub(crate) struct Deprovision {
    pub(crate) instance: InstanceId,
    pub(crate) birth: Birth,
    /// Bad ends on the way don't stop it.
    pub(crate) force: bool,
}

/// Whether what the request says of maintenance info is as the catalog shows it.
pub(crate) fn check_maintenance(sent: Option<&MaintenanceAsk>, offer: &Offer) -> Result<(), Refusal> {
    match sent {
        None => Ok(()),
        Some(_) if !offer.shows_maintenance() => Err(Refusal::MaintenanceUnknown),
        Some(sent) if offer.has_version(sent) && offer.has_facts(sent) => Ok(()),
        Some(_) => Err(Refusal::MaintenanceDiffers),
    }
}

pub(super) const BEING_DELETED: Refusal =
    Refusal::Concurrency("The service instance is being deleted. Please try again later.");
const JUST_DELETED: Refusal = Refusal::Concurrency(
    "A service instance with this id was deleted or refused a moment ago. Please try again in some minutes.",
);
pub(super) const HALF_DELETED: Refusal =
    Refusal::Concurrency("The deletion of the service instance failed and has to be repeated first.");
pub(super) const UNDECIDED: Refusal =
    Refusal::Concurrency("Another request for the service instance is being decided. Please try again in a moment.");

pub(super) const BUSY: Refusal =
    Refusal::Concurrency("An operation is in progress for your service instance. Please try again later.");

/// PUT, over the record as read (`None` for nothing).
pub(crate) fn provision(ask: &Provision, record: Option<&Record>, shelf: &Shelf, now: Millis) -> Verdict {
    let verdict = match record {
        None => ask.begun(None, shelf, now),
        Some(record) => over(ask, record, shelf, now),
    };
    match verdict {
        // AMB-1: what is finished is told to a platform that can't wait, too.
        Verdict::Say(Answer::Provisioned { .. }) => verdict,
        _ if !ask.asynchronous => Verdict::Say(Refusal::AsyncRequired.into()),
        verdict => verdict.if_fit(&ask.fits),
    }
}

fn over(ask: &Provision, record: &Record, shelf: &Shelf, now: Millis) -> Verdict {
    let refuse = |refusal: Refusal| Verdict::Say(refusal.into());
    let equal = record.fingerprint() == Some(ask.wanted.fingerprint.as_str());
    match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, State::Running) => refuse(BEING_DELETED),
        (Phase::Gone { look_at: Some(_), .. }, _, _) => refuse(JUST_DELETED),
        (Phase::Gone { at, .. }, _, _) if now.since(*at) < NO_PUT_AFTER_GONE => refuse(JUST_DELETED),
        (Phase::Gone { .. }, _, _) => ask.begun(Some(record), shelf, now),
        (Phase::Admitted, Operation::Deprovision, State::Running) => refuse(BEING_DELETED),
        (Phase::Pending | Phase::Admitted, _, _) if !equal => refuse(Refusal::Conflict(Thing::Instance)),
        (Phase::Pending, _, _) => Verdict::Decide,
        (Phase::Admitted, Operation::Provision, State::Running) => Verdict::Same,
        // It never stopped to count.
        (Phase::Admitted, Operation::Provision, State::Failed { .. }) => {
            Verdict::Accept(Box::new(ask.record(Some(record), shelf, now)))
        }
        // What it has now it may not have in a moment.
        (Phase::Admitted, Operation::Update | Operation::Upgrade | Operation::Recreate, State::Running) => refuse(BUSY),
        // A change that failed left in force what was.
        (Phase::Admitted, Operation::Provision, State::Succeeded { .. })
        | (
            Phase::Admitted,
            Operation::Update | Operation::Upgrade | Operation::Recreate,
            State::Succeeded { .. } | State::Failed { .. },
        ) => Verdict::Say(Answer::Provisioned {
            dashboard_url: record.in_force.as_ref().and_then(|it| it.dashboard_url.clone()),
        }),
        // What is in force says nothing about what the deletion left of it.
        (Phase::Admitted, Operation::Deprovision, State::Succeeded { .. } | State::Failed { .. }) => {
            refuse(HALF_DELETED)
        }
        // No record of an instance holds one.
        (Phase::Admitted, Operation::Bind | Operation::Unbind, _) => Verdict::Say(Trouble::Unusable.into()),
    }
}

/// DELETE, over the record as read (`None` for nothing).
pub(crate) fn deprovision(ask: &Deprovision, record: Option<&Record>, shelf: &Shelf, now: Millis) -> Verdict {
    let Some(record) = record else {
        return Verdict::Accept(Box::new(ask.stray(None, now)));
    };
    match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, _) => Verdict::Renew(Box::new(renewed(record, now))),
        (Phase::Admitted, Operation::Deprovision, State::Running) => Verdict::Same,
        // Nobody was told of it and no worker has touched it.
        (Phase::Pending, _, _) if over_nothing(record) => Verdict::Accept(Box::new(ask.stray(Some(record), now))),
        (Phase::Pending | Phase::Admitted, _, _) => Verdict::Accept(Box::new(ask.record(record, shelf, now))),
    }
}

impl Provision {
    /// A provision where nothing was that counts.
    fn begun(&self, old: Option<&Record>, shelf: &Shelf, now: Millis) -> Verdict {
        let mut record = self.record(old, shelf, now);
        if Claim::of(&record, shelf).is_none() {
            return Verdict::Accept(Box::new(record));
        }
        record.phase = Phase::Pending;
        Verdict::Propose(Box::new(record))
    }

    /// A new provision, over nothing, over what is gone, or over one that failed.
    fn record(&self, old: Option<&Record>, shelf: &Shelf, now: Millis) -> Record {
        let operation = Operation::Provision;
        let Legs { itinerary, deadline } = legs(operation, Some(&self.wanted.plan), old, shelf);
        let mut job = self.birth.job(operation, Lane::User, itinerary, deadline, now);
        job.wanted = Some(self.wanted.clone());
        job.sealed.insert(sealed::REQUEST.to_owned(), self.request.clone());
        if let Some(old) = old {
            job.takes_over(&old.job);
            old.hand_client_to(&mut job);
        }
        let again = old.filter(|old| !old.gone());
        Record {
            schema: SCHEMA,
            instance: self.instance.clone(),
            binding: None,
            phase: Phase::Admitted,
            in_force: None,
            job,
            before: old.map(|old| Past::of(&old.job, now)),
            created_at: again.map_or(now, |old| old.created_at),
            later: again.map(|old| old.later.clone()).unwrap_or_default(),
        }
    }
}

impl Deprovision {
    /// A deprovision takes the place of whatever job there was. Its act window stays: somebody may still be acting.
    fn record(&self, old: &Record, shelf: &Shelf, now: Millis) -> Record {
        let operation = Operation::Deprovision;
        let Legs { itinerary, deadline } = legs(operation, old.plan(), Some(old), shelf);
        let mut job = self.birth.job(operation, Lane::User, itinerary, deadline, now);
        job.force = self.force;
        job.takes_over(&old.job);
        old.hand_client_to(&mut job);
        // What was to be is all that is known of an instance that never was.
        job.wanted = old.job.wanted.clone().filter(|_| old.in_force.is_none());
        Record {
            schema: SCHEMA,
            instance: self.instance.clone(),
            binding: None,
            phase: Phase::Admitted,
            in_force: old.in_force.clone(),
            job,
            before: Some(Past::of(&old.job, now)),
            created_at: old.created_at,
            later: old.later.clone(),
        }
    }

    /// There is nothing to deprovision.
    fn stray(&self, undecided: Option<&Record>, now: Millis) -> Record {
        let named = Named {
            instance: &self.instance,
            binding: None,
            force: self.force,
        };
        stray(&self.birth, named, undecided, now)
    }
}
