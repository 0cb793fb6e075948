//! Admission of updates and upgrades.
use super::{
    Claim, Verdict,
    instance::{BEING_DELETED, BUSY, HALF_DELETED, UNDECIDED, check_maintenance},
    legs::{Legs, legs},
};
use crate::{
    answer::{Refusal, Trouble},
    ask::MaintenanceAsk,
    schemas::Unfit,
    shelf::{Offer, Shelf},
};
use chandler_proto::{
    catalog::MaintenanceShown,
    ids::Millis,
    job::{Birth, Displaced, Later, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{InForce, Past, Phase, Record, Wanted},
    seal::Sealed,
};

/// A PATCH that is well-formed.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) birth: Birth,
    /// The platform can wait.
    pub(crate) asynchronous: bool,
    pub(crate) service_id: String,
    /// `None`: the plan in force.
    pub(crate) plan_id: Option<String>,
    /// It brings no parameters.
    pub(crate) bare: bool,
    /// The maintenance info that the instance is to have, if it was sent.
    pub(crate) maintenance: Option<MaintenanceAsk>,
    /// What the platform says that the instance has: nothing, or this (which may say nothing).
    pub(crate) previous_maintenance: Option<MaintenanceAsk>,
    /// The new context, if one was sent.
    pub(crate) context: Option<Sealed>,
    /// The plan that was in force when the two below were made.
    pub(crate) made_for: String,
    /// Whether its parameters fit the plan's schema; nothing is asked of an upgrade.
    pub(crate) fits: Result<(), Unfit>,
    pub(crate) fingerprint: String,
    /// What the adapter gets with an update. With an upgrade it gets the context alone.
    pub(crate) request: Sealed,
}

/// What a PATCH comes to.
struct Change<'a> {
    operation: Operation,
    offer: &'a Offer,
    fingerprint: &'a str,
}

const NO_INSTANCE: Refusal = Refusal::NotFound("There is no service instance with this id");
const NOT_PROVISIONED: &str = "The service instance is not provisioned";
const CHANGED: Refusal =
    Refusal::Concurrency("The service instance was changed in the meantime. Please try again in a moment.");
const FIXED_PLAN: &str = "The service plan of this service instance can't be changed";

/// PATCH, over the record as read (`None` for nothing).
pub(crate) fn update(ask: &Update, shelf: &Shelf, record: Option<&Record>, now: Millis) -> Verdict {
    decided(ask, shelf, record, now).unwrap_or_else(|refusal| Verdict::Say(refusal.into()))
}

fn decided(ask: &Update, shelf: &Shelf, record: Option<&Record>, now: Millis) -> Result<Verdict, Refusal> {
    let may_be_quick = shelf.updates.context && ask.may_be_context_only();
    if !ask.asynchronous && !may_be_quick {
        return Err(Refusal::AsyncRequired);
    }
    let record = record.ok_or(NO_INSTANCE)?;
    match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, _) => Err(NO_INSTANCE),
        (Phase::Pending, _, _) => Err(UNDECIDED),
        (Phase::Admitted, Operation::Deprovision, State::Running) => Err(BEING_DELETED),
        // What is in force says nothing about what the deletion left of it.
        (Phase::Admitted, Operation::Deprovision, State::Succeeded { .. } | State::Failed { .. }) => Err(HALF_DELETED),
        (Phase::Admitted, Operation::Provision, State::Running) => Err(BUSY),
        (Phase::Admitted, Operation::Provision, State::Failed { .. }) => {
            Err(Refusal::Impossible(NOT_PROVISIONED.to_owned()))
        }
        (Phase::Admitted, Operation::Update | Operation::Upgrade | Operation::Recreate, State::Running) => {
            running(ask, shelf, record)
        }
        (Phase::Admitted, Operation::Provision, State::Succeeded { .. })
        | (
            Phase::Admitted,
            Operation::Update | Operation::Upgrade | Operation::Recreate,
            State::Succeeded { .. } | State::Failed { .. },
        ) => begun(ask, shelf, record, now),
        // No record of an instance holds one.
        (Phase::Admitted, Operation::Bind | Operation::Unbind, _) => Ok(Verdict::Say(Trouble::Unusable.into())),
    }
}

/// Something is changing it. Only what can't be understood is more worth telling.
fn running(ask: &Update, shelf: &Shelf, record: &Record) -> Result<Verdict, Refusal> {
    let (job, Some(force)) = (&record.job, &record.in_force) else {
        return Ok(Verdict::Say(Trouble::Unusable.into()));
    };
    // A recreate changes nothing that could be wanted.
    if job.wanted.is_none() && job.operation != Operation::Recreate {
        return Ok(Verdict::Say(Trouble::Unusable.into()));
    }
    let change = match change(ask, shelf, force) {
        Ok(change) => change,
        Err(refusal @ Refusal::Malformed(_)) => return Err(refusal),
        Err(_) => return Err(BUSY),
    };
    let wants = |wanted: &Wanted| {
        wanted.plan.plan_id == change.offer.plan.plan_id
            && wanted.fingerprint == change.fingerprint
            && wanted.maintenance_version == change.offer.maintenance_version
            && (!by_facts(shelf) || change.offer.has_digest(wanted.maintenance_digest.as_deref()))
    };
    let same = job.operation == change.operation && job.wanted.as_ref().is_some_and(wants);
    // Whose context would be lost with it has to come again.
    let brings_context = shelf.updates.context && ask.may_be_context_only();
    match (same && ask.asynchronous && !brings_context, record.is_undecided()) {
        (true, false) => Ok(Verdict::Same),
        (true, true) => Ok(Verdict::Decide),
        (false, _) => Err(BUSY),
    }
}

/// It is there, and at rest. What was in force fits what failed, too.
fn begun(ask: &Update, shelf: &Shelf, record: &Record, now: Millis) -> Result<Verdict, Refusal> {
    let Some(force) = &record.in_force else {
        return Ok(Verdict::Say(Trouble::Unusable.into()));
    };
    if shelf.updates.context && ask.may_be_context_only() && ask.plan_in(force) == force.plan.plan_id {
        ask.check_service(force)?;
        let mut next = record.clone();
        if let Some(force) = &mut next.in_force {
            force.context = ask.context.clone();
        }
        return Ok(Verdict::Write(Box::new(next)));
    }
    if !ask.asynchronous {
        return Err(Refusal::AsyncRequired);
    }
    if ask.made_for != force.plan.plan_id {
        return Err(CHANGED);
    }
    let change = change(ask, shelf, force)?;
    if let (Operation::Update, Err(unfit)) = (change.operation, &ask.fits) {
        return Ok(Verdict::Say(unfit.clone().into()));
    }
    let mut next = ask.record(record, force, &change, shelf, now);
    if Claim::of(&next, shelf).is_none() {
        return Ok(Verdict::Accept(Box::new(next)));
    }
    next.job.undecided = Some(Box::new(Displaced {
        job: record.job.clone(),
        before: record.before.clone(),
        later: Later::new(),
    }));
    Ok(Verdict::Propose(Box::new(next)))
}

/// Update or upgrade, to which plan, or neither: the Go broker's table. What the instance has is read from the record; the
/// platform's word counts where the record says nothing.
fn change<'a>(ask: &'a Update, shelf: &'a Shelf, force: &'a InForce) -> Result<Change<'a>, Refusal> {
    ask.check_service(force)?;
    let plan_id = ask.plan_in(force);
    let moves = plan_id != force.plan.plan_id;
    let left = || Refusal::Impossible(format!("plan {} does not exist", force.plan.plan_id));
    let offer = shelf.find(&ask.service_id, plan_id);
    let offer = offer.map_err(|refusal| if ask.plan_id.is_some() { refusal } else { left() })?;
    // The adapter is shown the plan of before, too.
    let before = shelf.find(&ask.service_id, &force.plan.plan_id).map_err(|_| left())?;
    let (sent, told) = (ask.maintenance.as_ref(), ask.previous_maintenance.as_ref());
    check_maintenance(sent, offer)?;
    if moves && !before.updatable {
        return Err(Refusal::Impossible(FIXED_PLAN.to_owned()));
    }
    // What is sent is what the catalog has.
    let differs = force.maintenance_version != offer.maintenance_version
        || (by_facts(shelf) && !offer.has_digest(force.maintenance_digest.as_deref()))
        || told.is_some_and(|told| *told != sent.cloned().unwrap_or_default());
    // Without a word about maintenance info it stays out of the matter, as long as there is any.
    let silent = sent.is_none() && offer.shows_maintenance();
    let operation = if !silent && !moves && ask.bare && differs {
        Operation::Upgrade
    } else if is_outdated(force, told, before, shelf) {
        return Err(Refusal::Outdated);
    } else {
        Operation::Update
    };
    Ok(Change {
        operation,
        offer,
        // A PUT goes on to be compared with the parameters that the instance has.
        fingerprint: if ask.bare && !moves {
            &force.fingerprint
        } else {
            &ask.fingerprint
        },
    })
}

/// Whether what the instance has is known not to be what the catalog has of its plan.
fn is_outdated(force: &InForce, told: Option<&MaintenanceAsk>, before: &Offer, shelf: &Shelf) -> bool {
    let version = force.maintenance_version.as_ref();
    let version = version.or_else(|| told?.version.as_ref());
    let facts = || match &force.maintenance_digest {
        Some(digest) => *digest != before.maintenance_digest,
        None => told.is_some_and(|told| !before.has_facts(told)),
    };
    (version.is_some() && version != before.maintenance_version.as_ref()) || (by_facts(shelf) && facts())
}

/// Whether the platform sees facts, and so can ask for an upgrade that brings others.
fn by_facts(shelf: &Shelf) -> bool {
    match shelf.instances.maintenance_info {
        MaintenanceShown::Minimal => false,
        MaintenanceShown::Full => true,
    }
}

impl Update {
    /// Nothing but a context, as far as the request itself can tell.
    fn may_be_context_only(&self) -> bool {
        self.context.is_some() && self.bare && self.maintenance.is_none()
    }

    fn plan_in<'a>(&'a self, force: &'a InForce) -> &'a str {
        self.plan_id.as_deref().unwrap_or(&force.plan.plan_id)
    }

    fn check_service(&self, force: &InForce) -> Result<(), Refusal> {
        let text = "service_id is not that of the service instance";
        let same = self.service_id == force.plan.service_id;
        same.then_some(()).ok_or_else(|| Refusal::Malformed(text.to_owned()))
    }

    /// The job over what is in force, which stays so until the job succeeds.
    fn record(&self, old: &Record, force: &InForce, change: &Change<'_>, shelf: &Shelf, now: Millis) -> Record {
        let operation = change.operation;
        let Legs { itinerary, deadline } = legs(operation, Some(&change.offer.plan), Some(old), shelf);
        let mut job = self.birth.job(operation, Lane::User, itinerary, deadline, now);
        job.takes_over(&old.job);
        old.hand_client_to(&mut job);
        job.wanted = Some(Wanted {
            plan: change.offer.plan.clone(),
            fingerprint: change.fingerprint.to_owned(),
            maintenance_version: change.offer.maintenance_version.clone(),
            maintenance_digest: Some(change.offer.maintenance_digest.clone()),
            context: self.context.clone().or_else(|| force.context.clone()),
            binding: None,
            later: Later::new(),
        });
        if operation == Operation::Update {
            job.sealed.insert(sealed::REQUEST.to_owned(), self.request.clone());
        }
        Record {
            phase: Phase::Admitted,
            job,
            before: Some(Past::of(&old.job, now)),
            ..old.clone()
        }
    }
}
