//! Looks at the Director for the decision table.
use super::{
    board::Board,
    table::{End, Leg, Own, Sight},
};
use chandler_clients::{
    Fault, FaultKind,
    bosh::{Director, ErrandResult, Lock, Task, TaskFilter, TaskState},
};
use chandler_engine::step::Scene;
use chandler_proto::ids::Millis;

/// What begins the error of a task that ran into the deployment's lock. Other locks (of a release, of a compilation)
/// are met when the task has begun already: those are failures.
const NO_LOCK: &str = "Failed to acquire lock for lock:deployment:";

/// How the notes of jobs begin that wait for what isn't theirs.
pub const WAITS_FOR_TASK: &str = "waiting for BOSH task";
/// See [`WAITS_FOR_TASK`].
pub const WAITS_FOR_LOCK: &str = "waiting for the deployment's lock";

/// What a task-starting leg sees.
#[derive(Clone, Debug)]
pub struct Seen {
    /// For the table.
    pub sight: Sight,
    /// The whole error message of the newest own task, if it ended badly. For operators.
    pub error: Option<String>,
    /// How errands that ended went, one for each instance that they ran on. For operators.
    pub results: Vec<ErrandResult>,
}

impl Seen {
    /// Without a word of how tasks ended.
    pub fn of(sight: Sight) -> Self {
        Seen {
            sight,
            error: None,
            results: vec![],
        }
    }
}

/// Looks. While the task that the record knows is on the board, this costs the Director nothing.
///
/// # Errors
/// The Director's [`Fault`].
pub async fn look(director: &Director, board: &Board, scene: &Scene, leg: Leg) -> Result<Seen, Fault> {
    if let Some(sight) = still_waiting(board, scene).await? {
        return Ok(Seen::of(sight));
    }
    let (name, context) = (scene.record.instance.deployment(), scene.job().context_id());
    let by_context = TaskFilter {
        context_id: Some(&context),
        ..TaskFilter::default()
    };
    let of_the_leg = director.tasks(by_context, &scene.call).await?;
    let active = active_tasks(director, scene).await?;
    let exists = !leg.deletes() || director.deployment(&name, &scene.call).await?.is_some();
    let locked = if active.is_empty() {
        lock_holder(director, scene).await?
    } else {
        None
    };
    let replaced = active
        .iter()
        .filter(|t| of_an_earlier_job(t, scene) && t.state != TaskState::Cancelling);
    let replaced = replaced.map(|t| t.id).collect();
    let mut seen = Seen::of(Sight {
        own: vec![],
        replaced,
        active: active.first().map(|t| t.id),
        locked,
        exists,
        touched: scene.job().touched_at,
    });
    for task in &of_the_leg {
        // The newest that did something: one that met a lock says nothing of the others.
        let newest = seen.sight.own.iter().all(|own| own.end == End::NoLock);
        let (mut end, mut error) = end_of(director, task, newest, scene).await?;
        if (end, leg) == (End::Done, Leg::Errand) {
            let results = results_of(director, task, scene).await?;
            (end, error) = end_of_errand(&results);
            seen.results.extend(results.unwrap_or_default());
        }
        let ended = task
            .timestamp
            .and_then(|s| u64::try_from(s).ok())
            .map(|s| Millis(s.saturating_mul(1000)));
        seen.sight.own.push(own(task.id, end, task.state, ended));
        seen.error = seen.error.or(error.filter(|_| end != End::NoLock));
    }
    Ok(seen)
}

fn own(id: u64, end: End, state: TaskState, ended: Option<Millis>) -> Own {
    let (cancelling, processing) = (state == TaskState::Cancelling, state == TaskState::Processing);
    Own {
        id,
        end,
        ended,
        cancelling,
        processing,
    }
}

/// The same as at the last whole look, as far as the board shows: the job waits for its task, for somebody's task, or for
/// the lock. The board may be one interval behind, so it is only good for waiting on.
async fn still_waiting(board: &Board, scene: &Scene) -> Result<Option<Sight>, Fault> {
    let job = scene.job();
    let name = scene.record.instance.deployment();
    let waits = |what: &str| job.note.as_deref().is_some_and(|note| note.starts_with(what));
    if scene.expired() || job.facts.bosh_task.is_none() && !waits(WAITS_FOR_TASK) && !waits(WAITS_FOR_LOCK) {
        return Ok(None);
    }
    let running = board.running(&scene.call).await?;
    let mut sight = Sight {
        own: vec![],
        replaced: vec![],
        active: None,
        locked: None,
        exists: true,
        touched: job.touched_at,
    };
    if let Some((id, state)) = job.facts.bosh_task.and_then(|id| Some((id, running.state(id)?))) {
        (sight.own, sight.active) = (vec![own(id, End::Active, state, None)], Some(id));
    } else if let Some(task) = running.of(&name).filter(|_| waits(WAITS_FOR_TASK)) {
        if of_an_earlier_job(task, scene) && task.state != TaskState::Cancelling {
            return Ok(None);
        }
        sight.active = Some(task.id);
    } else if let Some(lock) = running
        .lock_of(&name)
        .filter(|_| waits(WAITS_FOR_LOCK) && running.of(&name).is_none())
    {
        sight.locked = Some(holder(lock));
    } else {
        return Ok(None);
    }
    Ok(Some(sight))
}

fn holder(lock: &Lock) -> String {
    lock.task_id
        .map_or_else(|| "another task".into(), |id| format!("task {id}"))
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
    Ok(held.as_ref().map(holder))
}

/// Whether a job of ours started it that isn't the present one: its context id is `<uuid>.<leg>` or `<uuid>.<leg>.<round>`.
fn of_an_earlier_job(task: &Task, scene: &Scene) -> bool {
    let Some((job, rest)) = task.context_id.split_once('.') else {
        return false;
    };
    let ours = uuid::Uuid::try_parse(job).is_ok() && rest.split('.').all(|n| n.parse::<u32>().is_ok());
    ours && job != scene.job().id.to_string()
}

/// The results of an errand that BOSH calls done, or why there are none.
async fn results_of(
    director: &Director,
    task: &Task,
    scene: &Scene,
) -> Result<Result<Vec<ErrandResult>, String>, Fault> {
    match director.errand_results(task.id, &scene.call).await {
        Ok(Some(results)) if !results.is_empty() => Ok(Ok(results)),
        Ok(Some(_) | None) => Ok(Err("the task is done, and its result isn't there".into())),
        // It is what the errand left, not a page of somebody on the way: it stays so.
        Err(fault) if fault.kind == FaultKind::Garbled => {
            Ok(Err(format!("the task is done, and its result can't be read: {fault}")))
        }
        Err(fault) => Err(fault),
    }
}

/// An errand that BOSH calls done went well when it did so on every instance, and somebody can say so.
fn end_of_errand(results: &Result<Vec<ErrandResult>, String>) -> (End, Option<String>) {
    let results = match results {
        Ok(results) => results,
        Err(why) => return (End::Failed, Some(why.clone())),
    };
    let bad: Vec<String> = results
        .iter()
        .filter(|it| !it.succeeded())
        .map(ToString::to_string)
        .collect();
    match bad.is_empty() {
        true => (End::Done, None),
        false => (End::Failed, Some(bad.join("; "))),
    }
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
            // A job that waits for a lock may leave many of these: the beginning says it all.
            if short.as_deref().is_some_and(|text| text.starts_with(NO_LOCK)) {
                return Ok((End::NoLock, short));
            }
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
