//! What deploy and delete share: they look alike and wait alike.
use crate::{
    room::Outside,
    sight::{self, Seen},
    table::{Row, Sight},
    texts::Texts,
};
use chandler_clients::Fault;
use chandler_engine::step::{Decision, Scene};
use chandler_proto::job::Facts;
use std::time::Duration;

/// The sight, the line for people, and what `decide` needs of the configuration.
pub(super) struct View {
    pub seen: Seen,
    pub note: Option<String>,
    pub texts: Texts,
    pub poll: Duration,
}

/// Looks at the Director and, while a task runs, into its log.
pub(super) async fn observe(outside: &Outside, scene: &Scene, deletes: bool) -> Result<View, Fault> {
    let seen = sight::look(&outside.director, &outside.board, scene, deletes).await?;
    let note = match running(&seen.sight) {
        Some(task) => outside.notes.of(task, &scene.call).await,
        None => None,
    };
    Ok(View {
        seen,
        note,
        texts: outside.texts,
        poll: outside.board.interval(),
    })
}

fn running(sight: &Sight) -> Option<u64> {
    sight
        .own
        .iter()
        .find(|t| t.end == crate::table::End::Active)
        .map(|t| t.id)
}

/// What a row of the table means for the engine; `start` makes the act that starts the task.
pub(super) fn decision<A>(
    scene: &Scene,
    view: &View,
    row: Row,
    cancel: impl FnOnce(u64) -> A,
    start: impl FnOnce(bool) -> (A, String),
) -> Decision<A> {
    let wait = |after, note| Decision::Wait { after, note };
    match row {
        Row::Cancel(task) => {
            let note = Some(format!("cancelling BOSH task {task}"));
            Decision::Act {
                act: cancel(task),
                facts: Facts::default(),
                note,
            }
        }
        Row::WaitForTask(task) => {
            let ours = view.seen.sight.own.iter().any(|t| t.id == task);
            let other = || format!("waiting for BOSH task {task} of the same deployment");
            wait(view.poll, if ours { view.note.clone() } else { Some(other()) })
        }
        Row::WaitForLock(holder) => wait(
            view.poll,
            Some(format!("waiting for the deployment's lock, held by {holder}")),
        ),
        Row::BackOff(after) => wait(after, Some("waiting to try again".into())),
        Row::Start { force } => {
            let (act, note) = start(force);
            Decision::Act {
                act,
                facts: Facts::default(),
                note: Some(note),
            }
        }
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
            Decision::Fail(
                view.texts
                    .failure(scene, task, "the operation's deadline passed before it was done"),
            )
        }
    }
}
