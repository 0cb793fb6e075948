//! Looks at the Director for the decision table.
use crate::{
    board::Board,
    table::{End, Own, Sight},
};
use chandler_clients::{
    Fault,
    bosh::{Director, Task, TaskFilter, TaskState},
};
use chandler_engine::step::Scene;
use chandler_proto::ids::Millis;

/// What the Director's lock errors begin with.
const NO_LOCK: &str = "Failed to acquire lock";

/// What a task-starting leg sees.
#[derive(Clone, Debug)]
pub struct Seen {
    /// For the table.
    pub sight: Sight,
    /// The whole error message of the newest own task, if it ended badly. For operators.
    pub error: Option<String>,
}

/// Looks. While the task that the record knows is on the board, this costs the Director nothing.
///
/// # Errors
/// The Director's [`Fault`].
pub async fn look(director: &Director, board: &Board, scene: &Scene, deletes: bool) -> Result<Seen, Fault> {
    if let (Some(id), false) = (scene.job().facts.bosh_task, scene.expired())
        && let Some(state) = board.active(id, &scene.call).await?
    {
        let own = Own {
            id,
            end: End::Active,
            ended: None,
            cancelling: state == TaskState::Cancelling,
        };
        let sight = Sight {
            own: vec![own],
            replaced: vec![],
            active: Some(id),
            locked: None,
            exists: true,
        };
        return Ok(Seen { sight, error: None });
    }
    let (name, context) = (scene.record.instance.deployment(), scene.job().context_id());
    let by_context = TaskFilter {
        context_id: Some(&context),
        ..TaskFilter::default()
    };
    let own = director.tasks(by_context, &scene.call).await?;
    let active = active_tasks(director, scene).await?;
    let exists = !deletes || director.deployment(&name, &scene.call).await?.is_some();
    let locked = if active.is_empty() {
        lock_holder(director, scene).await?
    } else {
        None
    };
    let replaced = active
        .iter()
        .filter(|t| of_an_earlier_job(t, scene) && t.state != TaskState::Cancelling);
    let replaced = replaced.map(|t| t.id).collect();
    let mut seen = Seen {
        sight: Sight {
            own: vec![],
            replaced,
            active: active.first().map(|t| t.id),
            locked,
            exists,
        },
        error: None,
    };
    for task in &own {
        let newest = seen.sight.own.is_empty();
        let (end, error) = end_of(director, task, newest, scene).await?;
        let ended = task
            .timestamp
            .and_then(|s| u64::try_from(s).ok())
            .map(|s| Millis(s.saturating_mul(1000)));
        seen.sight.own.push(Own {
            id: task.id,
            end,
            ended,
            cancelling: task.state == TaskState::Cancelling,
        });
        seen.error = seen.error.or(error);
    }
    Ok(seen)
}

/// The active tasks of the instance's deployment, newest first.
///
/// # Errors
/// The Director's [`Fault`].
pub async fn active_tasks(director: &Director, scene: &Scene) -> Result<Vec<Task>, Fault> {
    let name = scene.record.instance.deployment();
    let filter = TaskFilter {
        deployment: Some(&name),
        states: &TaskState::ACTIVE,
        ..TaskFilter::default()
    };
    director.tasks(filter, &scene.call).await
}

/// Who holds the deployment's lock. A client that may not see locks sees none: its tasks wait for the lock instead.
async fn lock_holder(director: &Director, scene: &Scene) -> Result<Option<String>, Fault> {
    let name = scene.record.instance.deployment();
    let locks = director.locks(&scene.call).await?.unwrap_or_default();
    let held = locks.into_iter().find(|l| l.is_of_deployment(&name));
    Ok(held.map(|l| {
        l.task_id
            .map_or_else(|| "another task".into(), |id| format!("task {id}"))
    }))
}

/// Whether a job of ours started it that isn't the present one: its context id is `<uuid>.<leg>`.
fn of_an_earlier_job(task: &Task, scene: &Scene) -> bool {
    let Some((job, leg)) = task.context_id.rsplit_once('.') else {
        return false;
    };
    let ours = leg.parse::<usize>().is_ok() && uuid::Uuid::try_parse(job).is_ok();
    ours && job != scene.job().id.to_string()
}

/// How an own task stands. The whole error message costs a call and is only read of the newest.
async fn end_of(director: &Director, task: &Task, newest: bool, scene: &Scene) -> Result<(End, Option<String>), Fault> {
    Ok(match task.state {
        // A state that we don't know may still become anything: waiting harms less than acting twice.
        TaskState::Queued | TaskState::Processing | TaskState::Cancelling | TaskState::Other => (End::Active, None),
        TaskState::Done => (End::Done, None),
        TaskState::Timeout => (
            End::Fault,
            Some("the Director's worker for the task is gone (state timeout)".into()),
        ),
        TaskState::Cancelled => (End::Cancelled, Some("somebody cancelled the task".into())),
        TaskState::Error => {
            let short = task.result.clone();
            let whole = if newest {
                director.task_error(task.id, &scene.call).await?.map(|e| e.message)
            } else {
                None
            };
            match whole.or(short) {
                None => (
                    End::Fault,
                    Some("the Director's process for the task died (error without a result)".into()),
                ),
                Some(text) if text.starts_with(NO_LOCK) => (End::NoLock, Some(text)),
                Some(text) => (End::Failed, Some(text)),
            }
        }
    })
}
