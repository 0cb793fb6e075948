//! The line that a person sees while a task runs.
use chandler_clients::{
    CallContext,
    bosh::{Director, progress::Progress},
};
use chandler_process::clock::Clock;
use chandler_proto::ids::Millis;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use tracing::debug;

/// So many logs are followed at once; beyond that the oldest is read anew from its beginning.
const FOLLOWED: usize = 2_000;

/// What a look into a log came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The line, if there is one.
    pub note: Option<String>,
    /// When the log was read, if it was: for the record, so that no other worker reads it in the same interval.
    pub read_at: Option<Millis>,
}

/// Follows the event logs of running tasks, each read at most once per interval, by whichever worker.
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

/// Whether to read a log now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// Nobody has read it lately.
    Now,
    /// This process has: its line is known.
    Known,
    /// Another one has: the line in the record stays.
    Elsewhere,
}

/// `read`: how long ago this process read it; `noted`: how long ago anybody did, by the record.
fn due(read: Option<Duration>, noted: Option<Duration>, interval: Duration) -> Due {
    let lately = |ago: Option<Duration>| ago.is_some_and(|ago| ago < interval);
    match (lately(read), lately(noted)) {
        (true, _) => Due::Known,
        (false, true) => Due::Elsewhere,
        (false, false) => Due::Now,
    }
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

    /// What task `id` is doing, in words for people. A log that can't be read leaves the note as it was, and so does one
    /// that another worker read a moment ago: `read_at`, by the record.
    pub async fn of(&self, id: u64, read_at: Option<Millis>, call: &CallContext) -> Look {
        let (now, wall) = (self.clock.monotonic(), Millis(self.clock.now_ms()));
        let mut log = {
            let mut logs = self.logs.lock().await;
            let log = logs.entry(id).or_default();
            let read = log.read.map(|read| now.saturating_sub(read));
            match due(read, read_at.map(|at| wall.since(at)), self.interval) {
                Due::Known => {
                    let note = log.progress.note();
                    return Look { note, read_at: None };
                }
                Due::Elsewhere => return Look::default(),
                Due::Now => {}
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
        let read_at = Some(wall);
        Look { note, read_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_when_nobody_read_it_within_the_interval() {
        let ago = |seconds: u64| Some(Duration::from_secs(seconds));
        for (read, noted, then) in [
            (None, None, Due::Now),
            (ago(30), None, Due::Now),
            (None, ago(30), Due::Now),
            (ago(31), ago(30), Due::Now),
            (ago(0), None, Due::Known),
            (ago(29), ago(29), Due::Known),
            (ago(29), ago(40), Due::Known), // the checkpoint that was to tell it didn't come through
            (None, ago(0), Due::Elsewhere),
            (ago(60), ago(29), Due::Elsewhere),
        ] {
            assert_eq!(due(read, noted, Duration::from_secs(30)), then, "{read:?}, {noted:?}");
        }
    }
}
