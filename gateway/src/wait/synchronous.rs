//! A platform that can't poll: its request waits for the end of the job.
use super::{PAUSE, Waiting, bound};
use crate::{
    accept::{Case, Outcome, accept},
    admit::{self, Seen, Verdict},
    answer::{Answer, Trouble},
};
use chandler_proto::ids::JobId;
use std::future::pending;
use tokio::sync::oneshot;
use tracing::Instrument as _;
use uuid::Uuid;

/// Why it doesn't wait any more.
enum Over {
    /// The answer is known.
    Answered(Answer),
    /// It took too long.
    TooLong,
    /// Nobody is there to be told.
    HungUp,
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
        tokio::select! {
            biased;
            () = hung_up => Over::HungUp,
            answer = self.outcome_of(job) => Over::Answered(answer),
            () = desk.clock.sleep(desk.left(end)) => self.at_the_end(job).await,
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
