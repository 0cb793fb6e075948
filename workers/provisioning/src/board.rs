//! One list of the Director's running tasks for all jobs that wait.
use chandler_clients::{
    CallContext, Fault,
    bosh::{Director, TaskFilter, TaskState},
};
use chandler_process::clock::Clock;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// The running tasks as of at most one interval ago. Not a memory: whoever doesn't find a task here looks itself.
pub struct Board {
    director: Director,
    clock: Arc<dyn Clock>,
    interval: Duration,
    page: Mutex<Option<Page>>,
}

struct Page {
    taken: Duration,
    tasks: BTreeMap<u64, TaskState>,
}

impl Board {
    /// An empty board, refreshed when it is asked and older than `interval`.
    pub fn new(director: Director, clock: Arc<dyn Clock>, interval: Duration) -> Self {
        Board {
            director,
            clock,
            interval,
            page: Mutex::new(None),
        }
    }

    /// How often the list is asked for.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// The state of `task` if it was running when the list was taken. Many may ask at once: one of them fetches,
    /// the others wait for it.
    ///
    /// # Errors
    /// The Director's [`Fault`].
    pub async fn active(&self, task: u64, call: &CallContext) -> Result<Option<TaskState>, Fault> {
        let mut page = self.page.lock().await;
        let now = self.clock.monotonic();
        if let Some(page) = page.as_ref().filter(|p| now.saturating_sub(p.taken) < self.interval) {
            return Ok(page.tasks.get(&task).copied());
        }
        let filter = TaskFilter {
            states: &TaskState::ACTIVE,
            ..TaskFilter::default()
        };
        let tasks = self.director.tasks(filter, call).await?;
        let tasks: BTreeMap<_, _> = tasks.into_iter().map(|t| (t.id, t.state)).collect();
        let state = tasks.get(&task).copied();
        *page = Some(Page { taken: now, tasks });
        Ok(state)
    }
}
