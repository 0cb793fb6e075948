//! The line that a person sees while a task runs.
use chandler_clients::{
    CallContext,
    bosh::{Director, progress::Progress},
};
use chandler_process::clock::Clock;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use tracing::debug;

/// So many logs are followed at once; beyond that the oldest is read anew from its beginning.
const FOLLOWED: usize = 2_000;

/// Follows the event logs of running tasks, each read at most once per interval.
pub struct Notes {
    director: Director,
    clock: Arc<dyn Clock>,
    interval: Duration,
    logs: Mutex<HashMap<u64, Log>>,
}

#[derive(Clone, Default)]
struct Log {
    read: Option<Duration>,
    next_byte: u64,
    progress: Progress,
}

impl Notes {
    /// Follows nothing yet.
    pub fn new(director: Director, clock: Arc<dyn Clock>, interval: Duration) -> Self {
        Notes {
            director,
            clock,
            interval,
            logs: Mutex::default(),
        }
    }

    /// What task `id` is doing, in words for people. A log that can't be read leaves the note as it was.
    pub async fn of(&self, id: u64, call: &CallContext) -> Option<String> {
        let now = self.clock.monotonic();
        let mut log = {
            let mut logs = self.logs.lock().await;
            let log = logs.entry(id).or_default();
            if log.read.is_some_and(|read| now.saturating_sub(read) < self.interval) {
                return log.progress.note();
            }
            log.read = Some(now); // whoever comes meanwhile has the line as it was
            log.clone()
        };
        match self.director.task_events(id, log.next_byte, call).await {
            Ok(events) => {
                log.next_byte = events.next_byte;
                events.lines.iter().for_each(|line| log.progress.apply(line));
            }
            Err(fault) => debug!(task = id, %fault, "an event log could not be read; the note stays"),
        }
        let note = log.progress.note();
        let mut logs = self.logs.lock().await;
        logs.insert(id, log);
        if logs.len() > FOLLOWED
            && let Some(oldest) = logs.iter().min_by_key(|(_, l)| l.read).map(|(id, _)| *id)
        {
            logs.remove(&oldest);
        }
        note
    }
}
