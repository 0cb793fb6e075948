//! `/tasks`: list, show, cancel.

use http::StatusCode;
use serde_json::Value;

use crate::bosh::access::Power;
use crate::bosh::answer::Answer;
use crate::bosh::routes::Call;
use crate::bosh::task::{Task, TaskKind};
use crate::bosh::world::World;

pub(in crate::bosh) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let request = call.request;
    let states: Option<Vec<&str>> = request
        .query("state")
        .filter(|s| !s.is_empty())
        .map(|s| s.split(',').collect());
    let hidden_too = request.query("verbose").is_some_and(|v| v == "2");
    // Values below 1 and words act as 1, as recorded.
    let limit = request
        .query("limit")
        .map_or(usize::MAX, |limit| limit.parse::<usize>().unwrap_or(1).max(1));
    let wanted = |task: &&Task| {
        states.as_ref().is_none_or(|s| s.contains(&task.state.as_str()))
            && request.query("context_id").is_none_or(|c| task.context_id == c)
            && request.query("deployment").is_none_or(|d| task.deployment == d)
            && call.access.sees(&task.teams)
            && (hidden_too || task.kind() != TaskKind::Instances)
    };
    let rows = world.tasks.values().rev().filter(wanted).take(limit).map(Task::shown);
    Answer::json(&Value::Array(rows.collect()))
}

/// The task that the path names, if there is one.
pub(in crate::bosh) fn find<'w>(world: &'w World, id: &str) -> Option<&'w Task> {
    world.tasks.get(&id.parse().ok()?)
}

pub(in crate::bosh) fn show(world: &mut World, call: &Call<'_>) -> Answer {
    match find(world, call.arg(0)) {
        Some(task) if call.access.sees(&task.teams) => Answer::json(&task.shown()),
        Some(task) => {
            let refused = call.access.wanted(Power::Read, &task.teams).join(", ");
            let text = format!("One of the following scopes is required to access this task: {refused}");
            Answer::error(StatusCode::UNAUTHORIZED, 600_000, text)
        }
        None => Answer::no_task(call.arg(0)),
    }
}

pub(in crate::bosh) fn cancel(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.arg(0);
    match id.parse().ok().and_then(|id| world.cancel(id)) {
        None => Answer::no_task(id),
        Some(Ok(())) => Answer::no_content(),
        Some(Err(state)) => Answer::html(
            StatusCode::BAD_REQUEST,
            format!("Cannot cancel task {id}: invalid state ({})", state.as_str()),
        ),
    }
}
