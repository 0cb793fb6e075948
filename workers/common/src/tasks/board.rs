//! One list of the Director's running tasks, and one of its locks, for all jobs that wait.
use chandler_clients::{
    CallContext, Fault,
    bosh::{Director, Lock, Task, TaskFilter, TaskState},
};
use chandler_process::clock::Clock;
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// What was running as of at most one interval ago. Not a memory: whoever doesn't find what it waits for looks itself.
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
    running: Result<Arc<Running>, Fault>,
}

/// What the Director was doing.
pub struct Running {
    tasks: Vec<Task>,
    locks: Vec<Lock>,
}

impl Running {
    /// The state of a task that was running.
    pub fn state(&self, task: u64) -> Option<TaskState> {
        self.tasks.iter().find(|t| t.id == task).map(|t| t.state)
    }
    /// The newest task of a deployment that was running.
    pub fn of(&self, deployment: &str) -> Option<&Task> {
        self.tasks.iter().find(|t| t.deployment.as_deref() == Some(deployment))
    }
    /// The lock of a deployment.
    pub fn lock_of(&self, deployment: &str) -> Option<&Lock> {
        self.locks.iter().find(|l| l.is_of_deployment(deployment))
    }
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

    /// What was running when the lists were taken. Many may ask at once: one of them fetches, the others wait for it.
    ///
    /// # Errors
    /// The Director's [`Fault`].
    pub async fn running(&self, call: &CallContext) -> Result<Arc<Running>, Fault> {
        let mut page = self.page.lock().await;
        let now = self.clock.monotonic();
        if let Some(page) = page.as_ref().filter(|p| now.saturating_sub(p.taken) < self.interval) {
            return page.running.clone();
        }
        let running = self.fetch(call).await.map(Arc::new);
        let taken = self.clock.monotonic();
        page.insert(Page { taken, running }).running.clone()
    }

    async fn fetch(&self, call: &CallContext) -> Result<Running, Fault> {
        let filter = TaskFilter {
            states: &TaskState::ACTIVE,
            ..TaskFilter::default()
        };
        let tasks = self.director.tasks(filter, call).await?;
        let locks = self.director.locks(call).await?.unwrap_or_default();
        Ok(Running { tasks, locks })
    }
}
