//! A platform that can't poll: its request waits for the end of the job.
use crate::{
    accept::{Case, Outcome, accept},
    admit::{self, Seen, Verdict},
    answer::{Answer, Thing, Trouble},
    desk::Desk,
};
use chandler_proto::{
    ids::JobId,
    job::{Job, State},
    layout::Key,
    operation::Operation,
    records::{Past, Record},
};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::sync::oneshot;
use tracing::Instrument as _;
use uuid::Uuid;

/// Between two attempts to take a bind back, and two looks at what the view shows otherwise.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two looks while the view is late and may miss the end.
const READ_THROUGH: Duration = Duration::from_secs(3);

/// A request that waits.
pub(crate) struct Waiting {
    pub(crate) desk: Arc<Desk>,
    /// The binding's record.
    pub(crate) key: Key,
    /// The id of the job if this very request brings it.
    pub(crate) job: JobId,
    /// Until when, by the monotonic clock.
    pub(crate) end: Duration,
}

/// Why it doesn't wait any more.
enum Over {
    /// The answer is known.
    Answered(Answer),
    /// It took too long.
    TooLong,
    /// Nobody is there to be told.
    HungUp,
}

/// Until when a request that began then may wait, if it waits from now on.
pub(crate) fn end(desk: &Desk, began: Duration) -> Duration {
    began + desk.limits.answer
}

/// What the platform gets of a binding that is there.
pub(crate) fn bound(desk: &Desk, record: &Record, created: bool) -> Result<Answer, Trouble> {
    let answer = record
        .in_force
        .as_ref()
        .and_then(|force| force.binding.as_ref()?.answer.as_ref());
    let sealed = answer.ok_or_else(|| {
        tracing::error!(key = record.key(), "the record of a binding has no answer in it");
        Trouble::Unusable
    })?;
    let json = desk.open(record, sealed)?;
    Ok(Answer::Binding { created, json })
}

impl Waiting {
    /// A bind of which nobody could be told is taken back: it gives way to an unbind.
    pub(crate) async fn for_bind<D>(self, case: Case, decide: D) -> Answer
    where
        D: Fn(Seen<'_>) -> Verdict + Send + Sync + 'static,
    {
        // Its other half is dropped together with the request.
        let (_there, hung_up) = oneshot::channel::<()>();
        let tasks = self.desk.tasks.clone();
        let work = async move {
            let (job, over) = match accept(&self.desk, case, decide).await {
                Outcome::Said(answer) => return answer,
                Outcome::Left => return Trouble::Defect.into(),
                Outcome::There(record) => return bound(&self.desk, &record, false).unwrap_or_else(Answer::Trouble),
                Outcome::Job(record, _) => {
                    let hung_up = async { drop(hung_up.await) };
                    (record.job.id, self.until_over(record.job.id, hung_up).await)
                }
            };
            match over {
                Over::Answered(answer) => answer,
                // Somebody else's job: whoever was told of it goes on to poll or to wait.
                Over::TooLong | Over::HungUp if job != self.job => Trouble::OutOfTime.into(),
                Over::TooLong => self.taken_back(false).await,
                Over::HungUp => self.taken_back(true).await,
            }
        };
        let done = tasks.spawn(work.in_current_span()).await;
        done.unwrap_or(Trouble::Defect.into())
    }

    /// An unbind goes on, whoever waits for it.
    pub(crate) async fn for_unbind<D>(self, case: Case, decide: D) -> Answer
    where
        D: Fn(Seen<'_>) -> Verdict + Send + Sync + 'static,
    {
        let over = match accept(&self.desk, case, decide).await {
            Outcome::Job(record, _) if !record.gone() => self.until_over(record.job.id, pending()).await,
            other @ (Outcome::Said(_) | Outcome::Job(..) | Outcome::There(_) | Outcome::Left) => return other.told(),
        };
        match over {
            Over::Answered(answer) => answer,
            Over::TooLong | Over::HungUp => Trouble::UnbindTooSlow.into(),
        }
    }

    async fn until_over(&self, job: JobId, hung_up: impl Future<Output = ()>) -> Over {
        let desk = &self.desk;
        let end = self.end.min(desk.end_of(desk.limits.wait));
        let ended = async {
            loop {
                tokio::select! {
                    () = desk.view.end_of_job(&self.key, job) => {}
                    () = self.late_view() => {}
                }
                // Final answers are those of the leader. When it can't be asked the wait goes on.
                if let Ok(Some(answer)) = self.look(job).await {
                    return answer;
                }
                desk.clock.sleep(PAUSE).await;
            }
        };
        tokio::select! {
            biased;
            () = hung_up => Over::HungUp,
            answer = ended => Over::Answered(answer),
            () = desk.clock.sleep(desk.left(end)) => self.at_the_end(job).await,
        }
    }

    /// Ends when the view is late.
    async fn late_view(&self) {
        loop {
            self.desk.clock.sleep(READ_THROUGH).await;
            if !self.desk.view.is_fresh() {
                return;
            }
        }
    }

    /// What has ended is never called too slow: the view may have missed it.
    async fn at_the_end(&self, job: JobId) -> Over {
        let limits = &self.desk.limits;
        // The answer has to be on its way before the request's own end.
        let left = limits.request.saturating_sub(limits.answer) / 2;
        match tokio::time::timeout(left, self.look(job)).await {
            Ok(Ok(Some(answer))) => Over::Answered(answer),
            Ok(Ok(None) | Err(_)) | Err(_) => Over::TooLong,
        }
    }

    /// What has come of the job by a leader read; `None` while it runs.
    async fn look(&self, job: JobId) -> Result<Option<Answer>, Trouble> {
        let desk = &self.desk;
        let found = desk.find(&self.key, desk.end_of(desk.limits.read)).await?;
        let Some(record) = &found.record else {
            return Ok(Some(Trouble::Replaced.into()));
        };
        if record.job.id == job {
            return Ok(match &record.job.state {
                State::Running => None,
                State::Failed { failure, .. } => Some(Answer::Failed(Box::new(failure.clone()))),
                State::Succeeded { .. } => Some(self.succeeded(record)),
            });
        }
        // Another job took its place, and whatever it had come to doesn't hold any more, but a deletion.
        Ok(Some(match &record.before {
            Some(Past {
                job: before,
                operation: Operation::Unbind,
                state: State::Succeeded { .. },
            }) if *before == job => Answer::Unbound,
            // Whoever asked for the deletion sees to what there was.
            Some(Past {
                job: before,
                operation: Operation::Bind,
                ..
            }) if *before == job && record.job.operation.deletes() => admit::BEING_DELETED.into(),
            Some(_) | None => Trouble::Replaced.into(),
        }))
    }

    fn succeeded(&self, record: &Record) -> Answer {
        let Job {
            operation, id, facts, ..
        } = &record.job;
        match operation {
            Operation::Bind => bound(&self.desk, record, *id == self.job).unwrap_or_else(Answer::Trouble),
            Operation::Unbind if facts.was_gone == Some(true) => Answer::Gone(Thing::Binding),
            Operation::Unbind => Answer::Unbound,
            Operation::Provision
            | Operation::Deprovision
            | Operation::Update
            | Operation::Upgrade
            | Operation::Recreate => Trouble::Unusable.into(),
        }
    }

    /// Puts an unbind in the place of the bind, unless somebody else was told of it. Goes on until it is known what came
    /// of it: who waited has left, or is about to.
    async fn taken_back(&self, even_ended: bool) -> Answer {
        let desk = &self.desk;
        let by = JobId(Uuid::now_v7());
        // The bind ends by then anyway.
        let end = desk.end_of(desk.limits.bindings.deadline);
        loop {
            match self.try_to_take_back(by, even_ended).await {
                Outcome::Job(record, _) => {
                    tracing::info!(job = %self.job, by = %record.job.id, "a bind that nobody could be told of is taken back");
                    return Trouble::BindTooSlow.into();
                }
                Outcome::Left | Outcome::There(_) => {
                    let looked = self.look(self.job).await.ok().flatten();
                    return looked.unwrap_or(Trouble::OutOfTime.into());
                }
                Outcome::Said(answer) => {
                    tracing::warn!(job = %self.job, ?answer, "a bind could not be taken back");
                    if desk.shutdown.is_cancelled() || desk.left(end).is_zero() {
                        return Trouble::OutOfTime.into();
                    }
                    desk.clock.sleep(PAUSE).await;
                }
            }
        }
    }

    async fn try_to_take_back(&self, by: JobId, even_ended: bool) -> Outcome {
        let case = Case {
            key: self.key.clone(),
            job: by,
            beside: Vec::new(),
        };
        let (job, shelf) = (self.job, self.desk.clone());
        let decide = move |seen: Seen<'_>| admit::take_back(job, even_ended, by, &shelf.shelf, seen.record, seen.now);
        accept(&self.desk, case, decide).await
    }
}
