//! Admission: what to do with a request, given the records as they were read. Nothing here can do I/O.
mod binding;
mod instance;
mod legs;
mod managed;
mod quota;
mod recreate;
mod update;
mod upgrade;

pub(crate) use binding::{BEING_DELETED, Bind, Unbind, bind, is_live, take_back, unbind};
pub(crate) use instance::{Deprovision, Provision, check_maintenance, deprovision, provision};
pub(crate) use managed::Managed;
pub(crate) use quota::{Claim, Stake, admitted};
pub(crate) use recreate::recreate;
pub(crate) use update::{Update, update};
pub(crate) use upgrade::upgrade;

use crate::{
    answer::{Answer, Thing},
    schemas::Unfit,
};
use chandler_proto::{
    failure::Failure,
    ids::{BindingId, InstanceId, Millis},
    job::{Birth, State},
    layout::Lane,
    operation::Operation,
    records::{Past, Phase, Record, SCHEMA},
};
use std::time::Duration;

/// The records by which a request is decided, as the leader has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    /// The record that is to change.
    pub(crate) record: Option<&'a Record>,
    /// Others that it looks at, in the order in which they were asked for.
    pub(crate) beside: &'a [Option<Record>],
    /// When.
    pub(crate) now: Millis,
}

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Write this over what was read, ring, and answer by [`told`].
    Accept(Box<Record>),
    /// Write this over what was read: it is undecided. Then count, and decide it.
    Propose(Box<Record>),
    /// The record as read holds the very operation, undecided: decide it.
    Decide,
    /// The record as read holds the very operation already, and it is running.
    Same,
    /// The record as read is what was asked for: tell of it.
    There,
    /// Write this over what was read, and answer that it is gone. It brings no job.
    Renew(Box<Record>),
    /// Write this over what was read: it brings no job, and is what was asked for.
    Write(Box<Record>),
    /// Only answer.
    Say(Answer),
    /// Do nothing.
    Leave,
}

impl Verdict {
    /// A job begins only with parameters that fit; whatever else is told, is told all the same.
    fn if_fit(self, fits: &Result<(), Unfit>) -> Verdict {
        match (self, fits) {
            (Verdict::Accept(_) | Verdict::Propose(_), Err(unfit)) => Verdict::Say(unfit.clone().into()),
            (verdict, _) => verdict,
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
        Answer::Gone(Thing::of(record))
    } else if record.job.operation.changes() {
        Answer::Changing {
            operation: record.job.operation_string(revision),
            dashboard_url: record.in_force.as_ref().and_then(|it| it.dashboard_url.clone()),
        }
    } else {
        Answer::Accepted(record.job.operation_string(revision))
    }
}

/// The record, read at `revision`, with a note that somebody else is told of its job; `None` when nothing has to be noted.
/// While nobody has written since its accept, the gateway that wrote it may not know that it did, and take it back; and a
/// bind that is waited for is taken back when its request ends first. A worker may be in the middle of an act: it goes on
/// over what was noted, as long as the rest is as it wrote it.
pub(crate) fn noted(record: &Record, revision: u64) -> Option<Record> {
    let mut noted = record.clone();
    noted.job.accepted_revision = record.job.accepted_revision.or(Some(revision));
    // Nobody takes an unbind back.
    noted.job.synchronous = record.job.synchronous && record.job.operation.deletes();
    (noted != *record).then_some(noted)
}

/// Whose mark a DELETE leaves where nothing is.
struct Named<'a> {
    instance: &'a InstanceId,
    binding: Option<&'a BindingId>,
    force: bool,
}

/// Nothing is there, or a PUT that nobody decided. The record makes sure that a PUT which is still on its way finds its
/// place taken.
fn stray(birth: &Birth, named: Named<'_>, undecided: Option<&Record>, now: Millis) -> Record {
    let operation = match named.binding {
        None => Operation::Deprovision,
        Some(_) => Operation::Unbind,
    };
    let mut job = birth.job(operation, Lane::User, Vec::new(), Duration::ZERO, now);
    job.force = named.force;
    if let Some(old) = undecided {
        job.takes_over(&old.job);
    }
    job.state = State::Succeeded { at: now };
    Record {
        schema: SCHEMA,
        instance: named.instance.clone(),
        binding: named.binding.cloned(),
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

/// The record after a PUT that nobody was told of was taken back, where there was nothing before.
pub(crate) fn never_mind(record: &Record, now: Millis) -> Record {
    nothing(ended(record, unconfirmed(), now), now)
}

fn nothing(mut gone: Record, now: Millis) -> Record {
    gone.phase = Phase::Gone {
        at: now,
        look_at: None,
        stray: true,
    };
    gone.in_force = None;
    gone.job.wanted = None;
    gone.job.itinerary.clear();
    gone
}

/// The record after a request that nobody ever decided was given up.
pub(crate) fn given_up(record: &Record, now: Millis) -> Record {
    withdrawn(record, unconfirmed(), now)
}

/// The record after a request was refused for which it was counted.
pub(crate) fn refused(record: &Record, text: &str, now: Millis) -> Record {
    withdrawn(record, Failure::new(text, text), now)
}

/// What is changed is as it was before. A PUT over nothing is gone. Where a failed one had left something, it is still
/// there for a DELETE, or for the same PUT once more.
fn withdrawn(record: &Record, why: Failure, now: Millis) -> Record {
    if let Some(displaced) = &record.job.undecided {
        let mut back = record.clone();
        back.before = displaced.before.clone();
        back.job = displaced.job.clone();
        return back;
    }
    if over_nothing(record) {
        return nothing(ended(record, why, now), now);
    }
    Record {
        phase: Phase::Admitted,
        ..ended(record, why, now)
    }
}

fn unconfirmed() -> Failure {
    Failure::new(
        "The service broker could not confirm the request in time and took it back.",
        "taken back: its accept could not be confirmed, or was never decided",
    )
}

fn ended(record: &Record, why: Failure, now: Millis) -> Record {
    let mut ended = record.clone();
    ended.job.state = State::Failed { at: now, failure: why };
    ended.job.sealed.clear();
    ended.job.touched_at = now;
    ended
}

#[cfg(test)]
mod tests;
