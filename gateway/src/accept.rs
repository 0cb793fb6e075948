//! Accepting: decide, write by compare-and-set, ring, answer.
mod undecided;

use self::undecided::{Undecided, said};
use crate::{
    admit::{Seen, Verdict, noted, told},
    answer::{Answer, Refusal, Thing, Trouble},
    desk::{Desk, Found},
    settle,
};
use bytes::Bytes;
use chandler_bus::SureError;
use chandler_proto::{events, ids::JobId, job::State, layout::Key, operation::Operation, records::Record};
use std::{sync::Arc, time::Duration};
use tracing::Instrument as _;

/// What the bus takes in one message is 1 MiB; the rest is for headers.
const LARGEST_RECORD: usize = 960 * 1024;

/// What is to be decided about.
pub(crate) struct Case {
    /// The record that is to change.
    pub(crate) key: Key,
    /// The id that the new job carries.
    pub(crate) job: JobId,
    /// Records that the decision looks at, too.
    pub(crate) beside: Vec<Key>,
}

/// How it ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// This is the answer.
    Said(Answer),
    /// The record at a revision of its own write or later: it holds the new job, or the very same operation.
    Job(Box<Record>, u64),
    /// The record is what was asked for.
    There(Box<Record>),
    /// There was nothing to do.
    Left,
}

impl Outcome {
    /// What a platform is told that doesn't wait for the end.
    pub(crate) fn told(self) -> Answer {
        match self {
            Outcome::Said(answer) => answer,
            Outcome::Job(record, revision) => told(&record, revision),
            Outcome::There(_) | Outcome::Left => Trouble::Defect.into(),
        }
    }
}

/// Carries `decide` out. It may be asked several times: the records may change under us. Once begun it goes on to its
/// end, whether the platform waits or not.
pub(crate) async fn accept<D>(desk: &Arc<Desk>, case: Case, decide: D) -> Outcome
where
    D: Fn(Seen<'_>) -> Verdict + Send + Sync + 'static,
{
    let at_it = Accepting {
        key: case.key,
        job: case.job,
        beside: case.beside,
        desk: desk.clone(),
    };
    let work = async move { at_it.run(&decide).await };
    let done = desk.tasks.spawn(work.in_current_span()).await;
    done.unwrap_or(Err(Trouble::Defect))
        .unwrap_or_else(|trouble| Outcome::Said(trouble.into()))
}

struct Accepting {
    desk: Arc<Desk>,
    key: Key,
    job: JobId,
    beside: Vec<Key>,
}

/// How one attempt ended.
enum Attempt {
    Over(Outcome),
    /// Somebody else wrote first; this is there now.
    Again(Box<Found>),
}

impl Accepting {
    async fn run(&self, decide: &(impl Fn(Seen<'_>) -> Verdict + Sync)) -> Result<Outcome, Trouble> {
        let end = self.desk.end_of(self.desk.limits.accept);
        let mut found = self.desk.find(&self.key, end).await?;
        loop {
            let mut beside = Vec::with_capacity(self.beside.len());
            for key in &self.beside {
                beside.push(self.desk.find(key, end).await?.record);
            }
            if found.record.is_none() || beside.iter().any(Option::is_none) {
                self.desk.check_complete(end).await?;
            }
            let seen = Seen {
                record: found.record.as_ref(),
                beside: &beside,
                now: self.desk.now(),
            };
            let attempt = match (decide(seen), &found.record) {
                (Verdict::Say(answer), _) => return Ok(Outcome::Said(answer)),
                (Verdict::Leave, _) => return Ok(Outcome::Left),
                (Verdict::Accept(next), _) => self.write(*next, &found, end).await?,
                (Verdict::Propose(next), _) => self.propose(*next, &found, end).await?,
                (Verdict::Decide, Some(record)) => {
                    let undecided = Undecided {
                        record: record.clone(),
                        revision: found.revision,
                        own: None,
                    };
                    self.decide(undecided, end).await?
                }
                (Verdict::Renew(next), _) => self.renew(&next, found.revision, end).await?,
                (Verdict::Write(next), _) if next.bytes().len() > LARGEST_RECORD => {
                    let refusal = Refusal::TooLarge(self.desk.limits.body_bytes.min(LARGEST_RECORD));
                    return Ok(Outcome::Said(refusal.into()));
                }
                (Verdict::Write(next), _) => match self.rewrite(&next, found.revision, end).await? {
                    Ok(_) => Attempt::Over(Outcome::There(next)),
                    Err(now) => Attempt::Again(now),
                },
                (Verdict::Same, Some(record)) => match self.noted(record, found.revision, end).await? {
                    Noted::At(record, revision) => {
                        self.desk.ring(&record, revision).await;
                        Attempt::Over(Outcome::Job(record, revision))
                    }
                    Noted::Changed(now) => Attempt::Again(now),
                },
                (Verdict::There, Some(record)) => match self.noted(record, found.revision, end).await? {
                    Noted::At(record, _) => Attempt::Over(Outcome::There(record)),
                    Noted::Changed(now) => Attempt::Again(now),
                },
                (Verdict::Decide | Verdict::Same | Verdict::There, None) => return Err(Trouble::Defect),
            };
            match attempt {
                Attempt::Over(outcome) => return Ok(outcome),
                Attempt::Again(_) if self.desk.left(end).is_zero() => return Err(Trouble::BusAway),
                Attempt::Again(now) => found = *now,
            }
        }
    }

    async fn write(&self, next: Record, over: &Found, end: Duration) -> Result<Attempt, Trouble> {
        match self.put(&next, over, end).await? {
            Written::At(revision) => Ok(Attempt::Over(self.arrived(next, revision).await)),
            Written::Conflict(now) => self.conflict(*now).await,
            Written::TooLarge(refusal) => Ok(Attempt::Over(Outcome::Said(refusal.into()))),
        }
    }

    /// Writes what brings a job of this request.
    async fn put(&self, next: &Record, over: &Found, end: Duration) -> Result<Written, Trouble> {
        let bytes = Bytes::from(next.bytes());
        if bytes.len() > LARGEST_RECORD {
            let refusal = Refusal::TooLarge(self.desk.limits.body_bytes.min(LARGEST_RECORD));
            return Ok(Written::TooLarge(refusal));
        }
        let left = self.desk.left(end);
        match self.desk.bus.write_sure(&self.key, bytes, over.revision, left).await {
            Ok(revision) => Ok(Written::At(revision)),
            Err(SureError::Conflict { found, revision }) => {
                Ok(Written::Conflict(Box::new(Found::parse(found.as_ref(), revision)?)))
            }
            Err(SureError::NotSent(fault)) => {
                tracing::warn!(fault, "nothing could be accepted");
                Err(Trouble::BusAway)
            }
            Err(SureError::Unknown(fault)) => {
                tracing::warn!(fault, job = %self.job, "it is not known whether the job was accepted");
                settle::later(&self.desk, &self.key, next.clone(), over.record.clone(), over.revision);
                Err(Trouble::Uncertain)
            }
            Err(SureError::Refused(fault)) => {
                tracing::error!(fault, "the bus refuses a record");
                Err(Trouble::Unusable)
            }
        }
    }

    /// Own job id, as the present or the replaced job, means that the write arrived.
    async fn conflict(&self, now: Found) -> Result<Attempt, Trouble> {
        match now.record {
            Some(there) if there.job.id == self.job && !there.is_undecided() => {
                Ok(Attempt::Over(match &there.job.state {
                    // Somebody else decided it so, or gave it up.
                    State::Failed { failure, .. } if there.gone() && there.job.operation == Operation::Provision => {
                        said(there.job.operation, failure.for_user.clone())
                    }
                    State::Running | State::Succeeded { .. } | State::Failed { .. } => {
                        self.arrived(there, now.revision).await
                    }
                }))
            }
            Some(ref there) if there.before.as_ref().is_some_and(|before| before.job == self.job) => {
                Err(Trouble::Replaced)
            }
            Some(_) | None => Ok(Attempt::Again(Box::new(now))),
        }
    }

    async fn arrived(&self, record: Record, revision: u64) -> Outcome {
        tracing::info!(job = %record.job.id, revision, operation = record.job.operation.word(record.job.force), "accepted");
        self.desk.view.learn(&record, revision);
        self.desk.ring(&record, revision).await;
        self.desk.tell(events::ACCEPTED, &record);
        Outcome::Job(Box::new(record), revision)
    }

    /// What is gone stays gone; the write itself is the point.
    async fn renew(&self, next: &Record, over: u64, end: Duration) -> Result<Attempt, Trouble> {
        match self.rewrite(next, over, end).await? {
            Ok(_) => Ok(Attempt::Over(Outcome::Said(Answer::Gone(Thing::of(next))))),
            Err(now) => Ok(Attempt::Again(now)),
        }
    }

    /// Somebody else is told of what is there already; see [`noted`].
    async fn noted(&self, record: &Record, revision: u64, end: Duration) -> Result<Noted, Trouble> {
        let Some(known) = noted(record, revision) else {
            return Ok(Noted::At(Box::new(record.clone()), revision));
        };
        Ok(match self.rewrite(&known, revision, end).await? {
            Ok(revision) => Noted::At(Box::new(known), revision),
            Err(now) => Noted::Changed(now),
        })
    }

    /// Writes what brings no job. `Err` inside: somebody else wrote first.
    async fn rewrite(&self, record: &Record, over: u64, end: Duration) -> Result<Result<u64, Box<Found>>, Trouble> {
        let (bytes, left) = (Bytes::from(record.bytes()), self.desk.left(end));
        match self.desk.bus.write_sure(&self.key, bytes, over, left).await {
            Ok(revision) => {
                self.desk.view.learn(record, revision);
                Ok(Ok(revision))
            }
            Err(SureError::Conflict { found, revision }) => Ok(Err(Box::new(Found::parse(found.as_ref(), revision)?))),
            Err(SureError::Unknown(fault)) => {
                tracing::warn!(fault, "it is not known whether a record was written");
                Err(Trouble::Uncertain)
            }
            Err(SureError::NotSent(fault) | SureError::Refused(fault)) => {
                tracing::warn!(fault, "what brings no job could not be written");
                Err(Trouble::BusAway)
            }
        }
    }
}

/// What came of a write that brings a job.
enum Written {
    At(u64),
    Conflict(Box<Found>),
    TooLarge(Refusal),
}

/// Whether it could be written down that somebody was told.
enum Noted {
    At(Box<Record>, u64),
    Changed(Box<Found>),
}
