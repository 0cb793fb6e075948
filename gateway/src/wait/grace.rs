//! A platform that can poll: its answer waits a short while, as a job that ends meanwhile needs no poll. Cloud Controller, which
//! always polls, does so once at once and then after a minute; and it takes a 202 to an unbind for "not yet" when it
//! deletes an instance.
use super::Waiting;
use crate::{
    accept::Outcome,
    answer::{Answer, Thing},
};
use chandler_proto::ids::JobId;

impl Waiting {
    /// What a platform is told of what was accepted: what the job has come to, if it ends well and soon; else what to poll.
    /// A failure is told to polls alone, which come at once: no platform takes that for an orphan. Nothing hangs on
    /// this wait; who leaves meanwhile changes nothing.
    pub(crate) async fn told_soon(&self, outcome: Outcome) -> Answer {
        let ended = match &outcome {
            Outcome::Job(record, _) if !record.gone() => self.ended_well(record.job.id).await,
            Outcome::Job(..) | Outcome::Said(_) | Outcome::There(_) | Outcome::Left => None,
        };
        ended.unwrap_or_else(|| outcome.told())
    }

    async fn ended_well(&self, job: JobId) -> Option<Answer> {
        let desk = &self.desk;
        if desk.limits.grace.is_zero() {
            return None;
        }
        let end = self.end.min(desk.end_of(desk.limits.grace));
        let ended = tokio::select! {
            biased;
            // Whoever takes over answers the polls.
            () = desk.shutdown.cancelled() => None,
            answer = self.outcome_of(job) => Some(answer),
            () = desk.clock.sleep(desk.left(end)) => None,
        };
        ended.filter(is_good)
    }
}

/// The binding is there, or gone, as was asked for.
fn is_good(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Binding { .. } | Answer::Unbound | Answer::Gone(Thing::Binding)
    )
}
