//! `GET /tasks`.

use reqwest::StatusCode;

use super::{Director, Task, TaskState};
use crate::{CallContext, Fault};

/// Which tasks are wanted; what is left empty doesn't restrict.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskFilter<'a> {
    /// Those that a request with this context id started.
    pub context_id: Option<&'a str>,
    /// Those of this deployment.
    pub deployment: Option<&'a str>,
    /// Those in one of these states ([`TaskState::ACTIVE`]); none means any.
    pub states: &'a [TaskState],
    /// At most so many, the newest.
    pub limit: Option<u32>,
}

impl TaskFilter<'_> {
    fn admits(&self, task: &Task) -> bool {
        self.context_id.is_none_or(|id| task.context_id == id)
            && self
                .deployment
                .is_none_or(|name| task.deployment.as_deref() == Some(name))
            && (self.states.is_empty() || self.states.contains(&task.state))
    }
}

impl Director {
    /// The tasks that match, the newest first, of all types.
    ///
    /// What the Director sends is filtered once more: it looks for states before it finds out, in the same call, that a task's
    /// worker is gone, and a parameter that it doesn't know it ignores.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn tasks(&self, filter: TaskFilter<'_>, call: &CallContext) -> Result<Vec<Task>, Fault> {
        // A state that we can't name can't be asked for; the second look below finds it.
        let states = if filter.states.contains(&TaskState::Other) {
            &[]
        } else {
            filter.states
        };
        let states = states.iter().map(|state| state.as_str()).collect::<Vec<_>>().join(",");
        let limit = filter.limit.map(|limit| limit.to_string());
        let mut query = vec![("verbose", "2")];
        if !states.is_empty() {
            query.push(("state", &states));
        }
        query.extend(filter.context_id.map(|id| ("context_id", id)));
        query.extend(filter.deployment.map(|name| ("deployment", name)));
        query.extend(limit.as_deref().map(|limit| ("limit", limit)));
        let answer = self.get(&["tasks"], &query, call).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.fault());
        }
        let mut tasks: Vec<Task> = answer.json()?;
        tasks.retain(|task| filter.admits(task));
        tasks.sort_by_key(|task| std::cmp::Reverse(task.id));
        Ok(tasks)
    }
}
