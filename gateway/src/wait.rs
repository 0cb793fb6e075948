//! Requests of bindings that wait for the end of their job: what those of a platform that can't poll (`synchronous`) and
//! those of one that can (`grace`) have in common.
mod grace;
mod synchronous;

use crate::{
    admit,
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
use std::{sync::Arc, time::Duration};

/// Between two attempts, and two looks at what the view shows otherwise.
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
    /// What has come of the job, as soon as it has ended.
    async fn outcome_of(&self, job: JobId) -> Answer {
        let desk = &self.desk;
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
}
