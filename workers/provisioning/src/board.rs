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

/// A list that could not be had counts as long as one that could: a Director that hangs is asked once per interval, not
/// by every waiting job one after the other.
struct Page {
    taken: Duration,
    tasks: Result<BTreeMap<u64, TaskState>, Fault>,
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
            return page.state(task);
        }
        let filter = TaskFilter {
            states: &TaskState::ACTIVE,
            ..TaskFilter::default()
        };
        let tasks = self.director.tasks(filter, call).await;
        let tasks = tasks.map(|tasks| tasks.into_iter().map(|t| (t.id, t.state)).collect());
        let taken = self.clock.monotonic();
        page.insert(Page { taken, tasks }).state(task)
    }
}

impl Page {
    fn state(&self, task: u64) -> Result<Option<TaskState>, Fault> {
        let tasks = self.tasks.as_ref().map_err(Clone::clone)?;
        Ok(tasks.get(&task).copied())
    }
}
