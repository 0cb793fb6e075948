//! What the legs share that need the deployment for themselves: they look alike and wait alike.
use super::{
    Tasks,
    notes::Look,
    sight::{self, Seen, WAITS_FOR_LOCK, WAITS_FOR_TASK},
    table::{self, Leg, Row, Sight, Time},
};
use crate::offered;
use chandler_clients::{Fault, manifest_secrets};
use chandler_engine::{
    step::{Decision, Scene},
    texts::Texts,
};
use chandler_proto::job::{Facts, Learnt};
use std::time::Duration;

/// The sight, the line for people, and what `decide` needs of the configuration.
pub struct View {
    /// For the table.
    pub seen: Seen,
    /// What a running task's log says.
    pub look: Look,
    /// The texts of failures.
    pub texts: Texts,
    /// How long to wait for what runs.
    pub poll: Duration,
}

/// Looks at the Director and, while a task runs, into its log.
///
/// # Errors
/// The Director's [`Fault`].
pub async fn observe(tasks: &Tasks, scene: &Scene, leg: Leg) -> Result<View, Fault> {
    let seen = sight::look(&tasks.director, &tasks.board, scene, leg).await?;
    let look = match running(&seen.sight) {
        // Its log says nothing that its name doesn't.
        Some(_) if leg == Leg::Errand => Look::default(),
        Some(task) => tasks.notes.of(task, scene.job().facts.log_read_at, &scene.call).await,
        None => Look::default(),
    };
    Ok(View {
        seen,
        look,
        texts: tasks.texts,
        poll: tasks.board.interval(),
    })
}

/// The own task whose log says something.
fn running(sight: &Sight) -> Option<u64> {
    sight.own.iter().find(|t| t.processing).map(|t| t.id)
}

/// The line for people while `task` is active.
fn waiting(scene: &Scene, view: &View, task: u64) -> String {
    match view.seen.sight.own.iter().find(|t| t.id == task) {
        None => format!("{WAITS_FOR_TASK} {task} of the same deployment"),
        Some(own) if own.processing => {
            let plain = || format!("BOSH task {task} is running");
            let kept = || {
                scene
                    .job()
                    .note
                    .clone()
                    .filter(|_| scene.job().facts.log_read_at.is_some())
            };
            view.look.note.clone().or_else(kept).unwrap_or_else(plain)
        }
        Some(own) if own.cancelling => format!("BOSH task {task} is being cancelled"),
        Some(_) => format!("BOSH task {task} is queued"),
    }
}

/// What the table says of the leg.
pub fn row(scene: &Scene, view: &View, leg: Leg) -> Row {
    table::decide(leg, &view.seen.sight, scene.now, time(scene))
}

/// The act that starts the task, with its line for people.
pub fn start<A>(act: A, note: &str) -> Decision<A> {
    Decision::Act {
        act,
        facts: Facts::default(),
        note: Some(note.into()),
    }
}

/// What an act has learnt that had the Director start this task; `None` when the Director had nothing to do.
pub fn started(bosh_task: Option<u64>) -> Learnt {
    Learnt::from(Facts {
        bosh_task,
        ..Facts::default()
    })
}

/// How much time the job has left.
fn time(scene: &Scene) -> Time {
    match (scene.expired(), scene.given_up()) {
        (_, true) => Time::GivenUp,
        (true, false) => Time::Expired,
        (false, false) => Time::Within,
    }
}

/// What the table says of the leg, as the engine wants it; `start` says what follows when nothing is in the way.
pub fn decision<A>(
    scene: &Scene,
    view: &View,
    leg: Leg,
    cancel: impl FnOnce(u64) -> A,
    start: impl FnOnce(bool) -> Decision<A>,
) -> Decision<A> {
    let facts = Facts {
        log_read_at: view.look.read_at,
        ..Facts::default()
    };
    let wait = |after, note| Decision::Wait { after, note, facts };
    match row(scene, view, leg) {
        Row::Cancel(task) => {
            let note = Some(format!("cancelling BOSH task {task}"));
            Decision::Act {
                act: cancel(task),
                facts: Facts::default(),
                note,
            }
        }
        Row::WaitForTask(task) => wait(view.poll, Some(waiting(scene, view, task))),
        Row::WaitForLock(holder) => wait(view.poll, Some(format!("{WAITS_FOR_LOCK}, held by {holder}"))),
        Row::BackOff(after) => wait(after, Some("waiting to try again".into())),
        Row::Start { force } => start(force),
        Row::Done => Decision::Done(Facts::default()),
        Row::Failed(task) => {
            let cause = view
                .seen
                .error
                .as_deref()
                .unwrap_or("the task ended badly without a message");
            Decision::Fail(view.texts.failure(scene, Some(task), cause))
        }
        Row::TimedOut => {
            let task = view.seen.sight.own.first().map(|t| t.id);
            let last = scene.job().last_fault.as_deref().unwrap_or("none");
            let cause = format!("the operation's deadline passed before it was done; the last fault: {last}");
            Decision::Fail(view.texts.failure(scene, task, &cause))
        }
    }
}

/// Whom a call that went wrong was for.
pub fn whom(fault: &Fault) -> &'static str {
    let of = |whom: &str| fault.call.ends_with(&format!(" of {whom}"));
    if offered::is_missing(fault) {
        offered::WHOM
    } else if of("the service adapter") {
        "the service adapter"
    } else if fault.call.ends_with(manifest_secrets::BOSH) {
        "BOSH CredHub"
    } else if of("CredHub") {
        "CredHub"
    } else if of("the UAA") {
        "the UAA"
    } else {
        "the BOSH Director"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chandler_clients::FaultKind;

    #[test]
    fn whom_a_job_waits_for_stands_at_the_end_of_the_call() {
        for (call, wanted) in [
            ("generate-manifest of the service adapter", "the service adapter"),
            ("the plans of the configuration", offered::WHOM),
            ("POST /oauth/token of the UAA", "the UAA"),
            ("PUT /api/v1/data of CredHub", "CredHub"),
            ("GET /api/v1/data of BOSH CredHub", "BOSH CredHub"),
            ("GET /configs of the Director", "the BOSH Director"),
        ] {
            assert_eq!(whom(&Fault::new(FaultKind::Unknown, call, "")), wanted, "{call}");
        }
    }
}
