//! Accepting: decide, write by compare-and-set, ring, answer.
use crate::{
    admit::{Verdict, told},
    answer::{Answer, Refusal, Trouble},
    desk::{Desk, Found},
    settle,
};
use bytes::Bytes;
use chandler_bus::SureError;
use chandler_proto::{
    events,
    ids::{InstanceId, JobId, Millis},
    layout::{Key, instance_key},
    records::Record,
};
use std::{sync::Arc, time::Duration};
use tracing::Instrument as _;

/// What the bus takes in one message is 1 MiB; the rest is for headers.
const LARGEST_RECORD: usize = 960 * 1024;

/// Carries `decide` out on the record of `instance`. It may be asked several times: the record may change under us.
/// `job` is the id that its records carry. Once begun it goes on to its end, whether the platform waits or not.
pub(crate) async fn accept<D>(desk: &Arc<Desk>, instance: &InstanceId, job: JobId, decide: D) -> Answer
where
    D: Fn(Option<&Record>, Millis) -> Verdict + Send + Sync + 'static,
{
    let at_it = Accepting {
        key: instance_key(instance.as_str()),
        job,
        desk: desk.clone(),
    };
    let work = async move { at_it.run(&decide).await.unwrap_or_else(Answer::Trouble) };
    let done = desk.tasks.spawn(work.in_current_span()).await;
    done.unwrap_or(Answer::Trouble(Trouble::Defect))
}

struct Accepting {
    desk: Arc<Desk>,
    key: Key,
    job: JobId,
}

/// How one attempt ended.
enum Attempt {
    Over(Answer),
    /// Somebody else wrote first; this is there now.
    Again(Box<Found>),
}

impl Accepting {
    async fn run(&self, decide: &(impl Fn(Option<&Record>, Millis) -> Verdict + Sync)) -> Result<Answer, Trouble> {
        let end = self.desk.end_of(self.desk.limits.accept);
        let mut found = self.desk.find(&self.key, end).await?;
        loop {
            if found.record.is_none() {
                self.desk.check_complete(end).await?;
            }
            let attempt = match (decide(found.record.as_ref(), self.desk.now()), &found.record) {
                (Verdict::Say(answer), _) => return Ok(answer),
                (Verdict::Accept(next), _) => self.write(*next, &found, end).await?,
                (Verdict::Renew(next), _) => self.renew(&next, found.revision, end).await?,
                (Verdict::Same, Some(record)) => self.same(record, found.revision, end).await?,
                (Verdict::Same, None) => return Err(Trouble::Defect),
            };
            match attempt {
                Attempt::Over(answer) => return Ok(answer),
                Attempt::Again(_) if self.desk.left(end).is_zero() => return Err(Trouble::BusAway),
                Attempt::Again(now) => found = *now,
            }
        }
    }

    async fn write(&self, next: Record, over: &Found, end: Duration) -> Result<Attempt, Trouble> {
        let bytes = Bytes::from(next.bytes());
        if bytes.len() > LARGEST_RECORD {
            return Ok(Attempt::Over(
                Refusal::TooLarge(self.desk.limits.body_bytes.min(LARGEST_RECORD)).into(),
            ));
        }
        match self
            .desk
            .bus
            .write_sure(&self.key, bytes, over.revision, self.desk.left(end))
            .await
        {
            Ok(revision) => Ok(Attempt::Over(self.arrived(&next, revision).await)),
            Err(SureError::Conflict { found, revision }) => {
                self.conflict(Found::parse(found.as_ref(), revision)?).await
            }
            Err(SureError::NotSent(fault)) => {
                tracing::warn!(fault, "nothing could be accepted");
                Err(Trouble::BusAway)
            }
            Err(SureError::Unknown(fault)) => {
                tracing::warn!(fault, job = %self.job, "it is not known whether the job was accepted");
                settle::later(&self.desk, &self.key, next, over);
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
        match &now.record {
            Some(there) if there.job.id == self.job => Ok(Attempt::Over(self.arrived(there, now.revision).await)),
            Some(there) if there.before.as_ref().is_some_and(|before| before.job == self.job) => Err(Trouble::Replaced),
            Some(_) | None => Ok(Attempt::Again(Box::new(now))),
        }
    }

    async fn arrived(&self, record: &Record, revision: u64) -> Answer {
        tracing::info!(job = %self.job, revision, operation = record.job.operation.word(record.job.force), "accepted");
        self.desk.view.learn(record, revision);
        self.desk.ring(record, revision).await;
        self.desk.tell(events::ACCEPTED, record);
        told(record, revision)
    }

    /// What is gone stays gone; the write itself is the point.
    async fn renew(&self, next: &Record, over: u64, end: Duration) -> Result<Attempt, Trouble> {
        let written = self
            .desk
            .bus
            .write_sure(&self.key, next.bytes().into(), over, self.desk.left(end))
            .await;
        match written {
            Ok(revision) => {
                self.desk.view.learn(next, revision);
                Ok(Attempt::Over(Answer::Gone))
            }
            Err(SureError::Conflict { found, revision }) => {
                Ok(Attempt::Again(Box::new(Found::parse(found.as_ref(), revision)?)))
            }
            Err(SureError::NotSent(fault) | SureError::Unknown(fault) | SureError::Refused(fault)) => {
                tracing::warn!(fault, "a repeated deletion could not be confirmed");
                Err(Trouble::BusAway)
            }
        }
    }

    /// The operation runs already: the same answer as the first time. While nobody has written since its accept, the
    /// gateway that wrote it may not know that it did, and take it back; so it is written down first that somebody
    /// was told.
    async fn same(&self, record: &Record, revision: u64, end: Duration) -> Result<Attempt, Trouble> {
        let mut revision_now = revision;
        let mut known = record.clone();
        if record.job.accepted_revision.is_none() {
            known.job.accepted_revision = Some(revision);
            let written = self
                .desk
                .bus
                .write_sure(&self.key, known.bytes().into(), revision, self.desk.left(end))
                .await;
            revision_now = match written {
                Ok(revision) => revision,
                Err(SureError::Conflict { found, revision }) => {
                    return Ok(Attempt::Again(Box::new(Found::parse(found.as_ref(), revision)?)));
                }
                Err(SureError::NotSent(fault) | SureError::Unknown(fault) | SureError::Refused(fault)) => {
                    tracing::warn!(fault, "a repeated request could not be confirmed");
                    return Err(Trouble::BusAway);
                }
            };
            self.desk.view.learn(&known, revision_now);
        }
        self.desk.ring(&known, revision_now).await;
        Ok(Attempt::Over(told(&known, revision_now)))
    }
}
