//! Admission: what to do with a request, given the record as it was read. Nothing here can do I/O.
use crate::{
    answer::{Answer, Refusal},
    shelf::Shelf,
};
use chandler_proto::{
    failure::Failure,
    ids::{InstanceId, JobId, Millis},
    itinerary::itinerary,
    job::{Facts, Job, Later, State},
    layout::Lane,
    operation::Operation,
    records::{NO_PUT_AFTER_GONE, Past, Phase, Record, SCHEMA, Wanted},
    seal::Sealed,
};
use std::{collections::BTreeMap, time::Duration};

/// The name under which the adapter's request parameters are sealed in a job.
pub const SEALED_REQUEST: &str = "request";

/// What every job of this request is born with. It stays the same when the decision has to be made again.
#[derive(Clone, Debug)]
pub(crate) struct Birth {
    pub(crate) job: JobId,
    pub(crate) traceparent: Option<String>,
    pub(crate) tracestate: Option<String>,
    pub(crate) originating_identity: Option<String>,
    pub(crate) request_identity: Option<String>,
}

/// A PUT that is well-formed.
#[derive(Debug)]
pub(crate) struct Provision {
    pub(crate) instance: InstanceId,
    pub(crate) birth: Birth,
    /// The platform can wait.
    pub(crate) asynchronous: bool,
    pub(crate) wanted: Wanted,
    /// The adapter's request parameters.
    pub(crate) request: Sealed,
    /// How long it may take.
    pub(crate) deadline: Duration,
}

/// A DELETE that is well-formed, of a platform that can wait.
#[derive(Debug)]
pub(crate) struct Deprovision {
    pub(crate) instance: InstanceId,
    pub(crate) birth: Birth,
    /// Bad ends on the way don't stop it.
    pub(crate) force: bool,
}

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Write this over what was read, ring, and answer by [`told`].
    Accept(Box<Record>),
    /// The record as read holds the very operation already, and it is running.
    Same,
    /// Write this over what was read, and answer that it is gone. It brings no job.
    Renew(Box<Record>),
    /// Only answer.
    Say(Answer),
}

/// Whether the request's maintenance version is that of the catalog.
pub(crate) fn check_maintenance(sent: Option<&str>, catalog: Option<&str>) -> Result<(), Refusal> {
    match (sent, catalog) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Refusal::MaintenanceUnknown),
        (Some(sent), Some(known)) if sent == known => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::MaintenanceDiffers),
    }
}

const BEING_DELETED: Refusal = Refusal::Concurrency("The service instance is being deleted. Please try again later.");
const JUST_DELETED: Refusal =
    Refusal::Concurrency("A service instance with this id was deleted a moment ago. Please try again in some minutes.");
const HALF_DELETED: Refusal =
    Refusal::Concurrency("The deletion of the service instance failed and has to be repeated first.");
const UNDECIDED: Refusal =
    Refusal::Concurrency("Another request for the service instance is being decided. Please try again in a moment.");

/// PUT, over the record as read (`None` for nothing).
pub(crate) fn provision(ask: &Provision, record: Option<&Record>, now: Millis) -> Verdict {
    let verdict = match record {
        None => Verdict::Accept(Box::new(ask.record(None, now))),
        Some(record) => over(ask, record, now),
    };
    match verdict {
        // AMB-1: what is finished is told to a platform that can't wait, too.
        Verdict::Say(Answer::Provisioned { .. }) => verdict,
        Verdict::Accept(_) | Verdict::Same | Verdict::Renew(_) | Verdict::Say(_) if !ask.asynchronous => {
            Verdict::Say(Refusal::AsyncRequired.into())
        }
        Verdict::Accept(_) | Verdict::Same | Verdict::Renew(_) | Verdict::Say(_) => verdict,
    }
}

fn over(ask: &Provision, record: &Record, now: Millis) -> Verdict {
    let refuse = |refusal: Refusal| Verdict::Say(refusal.into());
    let equal = record.fingerprint() == Some(ask.wanted.fingerprint.as_str());
    match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, State::Running) => refuse(BEING_DELETED),
        (Phase::Gone { look_at: Some(_), .. }, _, _) => refuse(JUST_DELETED),
        (Phase::Gone { at, .. }, _, _) if now.since(*at) < NO_PUT_AFTER_GONE => refuse(JUST_DELETED),
        (Phase::Gone { .. }, _, _) => Verdict::Accept(Box::new(ask.record(Some(record), now))),
        (Phase::Admitted, Operation::Deprovision, State::Running) => refuse(BEING_DELETED),
        (Phase::Pending | Phase::Admitted, _, _) if !equal => refuse(Refusal::Conflict),
        (Phase::Pending, _, _) => refuse(UNDECIDED),
        (Phase::Admitted, Operation::Provision, State::Running) => Verdict::Same,
        (Phase::Admitted, Operation::Provision, State::Failed { .. }) => {
            Verdict::Accept(Box::new(ask.record(Some(record), now)))
        }
        (Phase::Admitted, Operation::Provision, State::Succeeded { .. }) => Verdict::Say(Answer::Provisioned {
            dashboard_url: record.in_force.as_ref().and_then(|it| it.dashboard_url.clone()),
        }),
        // What is in force says nothing about what the deletion left of it.
        (Phase::Admitted, Operation::Deprovision, State::Succeeded { .. } | State::Failed { .. }) => {
            refuse(HALF_DELETED)
        }
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
        (Phase::Pending | Phase::Admitted, _, _) => {
            let deadline = shelf.instance_deadline(record.plan());
            Verdict::Accept(Box::new(ask.record(record, deadline, now)))
        }
    }
}

/// What is gone, gone as of now: a PUT that is still on its way finds its revision passed, and its id closed for as long
/// as it may live.
fn renewed(record: &Record, now: Millis) -> Record {
    let mut renewed = record.clone();
    if let Phase::Gone { at, .. } = &mut renewed.phase {
        *at = now;
    }
    renewed
}

/// Whether there was nothing, or what was there is gone, when the present job was written.
fn over_nothing(record: &Record) -> bool {
    record.in_force.is_none()
        && record.before.as_ref().is_none_or(|past| match past.state {
            State::Succeeded { .. } => past.operation.deletes(),
            State::Running | State::Failed { .. } => false,
        })
}

/// What the platform is told of a record with its own job in it, which was accepted at `revision` at the latest.
pub(crate) fn told(record: &Record, revision: u64) -> Answer {
    if record.gone() {
        Answer::Gone
    } else {
        Answer::Accepted(record.job.operation_string(revision))
    }
}

impl Birth {
    fn job(&self, operation: Operation, deadline: Duration, now: Millis) -> Job {
        Job {
            id: self.job,
            operation,
            force: false,
            lane: Lane::User,
            itinerary: itinerary(operation),
            leg: 0,
            attempts: 0,
            accepted_at: now,
            accepted_revision: None,
            deadline: now.plus(deadline),
            wanted: None,
            facts: Facts::default(),
            sealed: BTreeMap::new(),
            note: None,
            act_until: None,
            traceparent: self.traceparent.clone(),
            tracestate: self.tracestate.clone(),
            originating_identity: self.originating_identity.clone(),
            request_identity: self.request_identity.clone(),
            turns: 0,
            faults: 0,
            prepare_faults: 0,
            last_fault: None,
            round: 0,
            written_by: None,
            touched_at: now,
            state: State::Running,
            later: Later::new(),
        }
    }
}

impl Provision {
    /// A new provision, over nothing, over what is gone, or over one that failed.
    fn record(&self, old: Option<&Record>, now: Millis) -> Record {
        let mut job = self.birth.job(Operation::Provision, self.deadline, now);
        job.wanted = Some(self.wanted.clone());
        job.sealed.insert(SEALED_REQUEST.to_owned(), self.request.clone());
        job.act_until = old.and_then(|old| old.job.act_until);
        let again = old.filter(|old| !old.gone());
        Record {
            schema: SCHEMA,
            instance: self.instance.clone(),
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
    fn record(&self, old: &Record, deadline: Duration, now: Millis) -> Record {
        let mut job = self.birth.job(Operation::Deprovision, deadline, now);
        job.force = self.force;
        job.act_until = old.job.act_until;
        // What was to be is all that is known of an instance that never was.
        job.wanted = old.job.wanted.clone().filter(|_| old.in_force.is_none());
        Record {
            schema: SCHEMA,
            instance: self.instance.clone(),
            phase: Phase::Admitted,
            in_force: old.in_force.clone(),
            job,
            before: Some(Past::of(&old.job, now)),
            created_at: old.created_at,
            later: old.later.clone(),
        }
    }

    /// Nothing is there, or a provision that nobody decided. The record makes sure that a PUT which is still on its way
    /// finds its place taken.
    fn stray(&self, undecided: Option<&Record>, now: Millis) -> Record {
        let mut job = self.birth.job(Operation::Deprovision, Duration::ZERO, now);
        job.force = self.force;
        job.itinerary.clear();
        job.act_until = undecided.and_then(|old| old.job.act_until);
        job.state = State::Succeeded { at: now };
        Record {
            schema: SCHEMA,
            instance: self.instance.clone(),
            phase: Phase::Gone {
                at: now,
                look_at: None,
                stray: true,
            },
            in_force: None,
            job,
            before: undecided.map(|old| Past::of(&old.job, now)),
            created_at: undecided.map_or(now, |old| old.created_at),
            later: undecided.map(|old| old.later.clone()).unwrap_or_default(),
        }
    }
}

/// The record after a provision that nobody was told of was taken back, where there was nothing before.
pub(crate) fn never_mind(record: &Record, now: Millis) -> Record {
    let text = "The service broker could not confirm the request in time and took it back.";
    let mut gone = record.clone();
    gone.phase = Phase::Gone {
        at: now,
        look_at: None,
        stray: true,
    };
    gone.in_force = None;
    gone.job.state = State::Failed {
        at: now,
        failure: Failure::new(
            text,
            "taken back: its accept could not be confirmed, or was never decided",
        ),
    };
    gone.job.itinerary.clear();
    gone.job.wanted = None;
    gone.job.sealed.clear();
    gone.job.touched_at = now;
    gone
}

#[cfg(test)]
mod tests;
