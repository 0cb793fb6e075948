//! What is seen of an errand, and how its ends are told.
use super::{Act, cause};
use chandler_common::tasks::{
    leg::{self, View},
    table::{End, Leg, Row},
};
use chandler_engine::step::{Decision, Scene};

/// The Director's side of it.
pub(in crate::steps) struct There {
    pub(super) view: View,
    /// The errand's name.
    pub(super) errand: String,
    /// A bad end of it doesn't end the job.
    pub(super) optional: bool,
    /// There is something that it can run on. Only looked at when it is about to start.
    pub(super) deployed: bool,
}

impl There {
    /// What follows: the table, and one row more. A task that the Director has forgotten may have run: then it isn't started again.
    pub(super) fn row(&self, scene: &Scene) -> Row {
        match leg::row(scene, &self.view, Leg::Errand) {
            Row::Start { force } => match self.forgotten(scene) {
                Some(task) => Row::Failed(task),
                None => Row::Start { force },
            },
            row => row,
        }
    }

    /// The task that the record knows, and the Director doesn't any more.
    fn forgotten(&self, scene: &Scene) -> Option<u64> {
        let known = scene.job().facts.bosh_task?;
        self.view.seen.sight.own.is_empty().then_some(known)
    }

    /// The errand's task that did something, or may have.
    fn ran(&self) -> Option<(u64, End)> {
        let own = &self.view.seen.sight.own;
        own.iter().find(|t| t.end != End::NoLock).map(|t| (t.id, t.end))
    }

    /// The task to name in texts.
    pub(super) fn task(&self, scene: &Scene) -> Option<u64> {
        self.ran().map(|(task, _)| task).or(scene.job().facts.bosh_task)
    }

    /// Why the errand counts as failed.
    pub(super) fn bad_end(&self) -> String {
        let seen = &self.view.seen;
        let why = match (&seen.error, self.ran()) {
            (Some(why), _) => why,
            (None, Some(_)) => "the task ended badly without a message",
            (None, None) => "the Director doesn't know its task any more, so nobody knows whether it ran",
        };
        // The output itself is not kept with the job: it may hold anything.
        let output = if seen.results.is_empty() {
            ""
        } else {
            "\nIts output is in the worker's log."
        };
        format!("{why}{output}")
    }

    /// What the deadline passed on.
    pub(super) fn too_late(&self, scene: &Scene) -> String {
        let last = scene.job().last_fault.as_deref().unwrap_or("none");
        let how = match self.ran() {
            None => "before it ran".to_owned(),
            // By us, most likely.
            Some((_, End::Cancelled)) => "while it ran, and its task was cancelled".to_owned(),
            Some((_, End::Active)) => "while it ran, and its task doesn't stop".to_owned(),
            Some((_, End::Done | End::Fault | End::Failed | End::NoLock)) => {
                format!("while it ran: {}", self.bad_end())
            }
        };
        format!("the operation's deadline passed {how}; the last fault: {last}")
    }

    pub(super) fn fails(&self, scene: &Scene, task: Option<u64>, why: &str) -> Decision<Act> {
        let cause = cause(&self.errand, why);
        Decision::Fail(self.view.texts.failure(scene, task, &cause))
    }
}
