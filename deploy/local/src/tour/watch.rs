//! Polling an operation to its end.

use super::platform::{Platform, Poll};
use super::show::Show;
use anyhow::bail;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two polls. Cloud Foundry waits longer; here somebody looks on.
const PAUSE: Duration = Duration::from_millis(300);

/// How an operation went, as the platform saw it.
#[derive(Debug)]
pub(super) struct Seen {
    /// The last poll.
    pub(super) end: Poll,
    /// The descriptions while it ran, each once.
    pub(super) notes: Vec<String>,
}

/// Polls until the operation is over, or until `enough` says so; shows each change.
pub(super) async fn watch(
    platform: &Platform,
    title: &str,
    id: &str,
    operation: &str,
    limit: Duration,
    enough: impl Fn(&Seen) -> bool,
) -> anyhow::Result<Seen> {
    let show = Show::begin(title);
    let end = Instant::now() + limit;
    let mut seen = Seen {
        end: Poll::InProgress(String::new()),
        notes: Vec::new(),
    };
    let mut last = None;
    loop {
        let poll = platform.poll(id, operation).await?;
        if last.as_ref() != Some(&poll) {
            match &poll {
                Poll::InProgress(text) => show.changed("in progress", text),
                Poll::Succeeded(text) => show.changed("succeeded", text),
                Poll::Failed(text) => show.changed("failed", text),
                Poll::Gone => show.changed("gone", ""),
            }
            last = Some(poll.clone());
        }
        seen.end = poll.clone();
        match poll {
            Poll::InProgress(text) => {
                if !seen.notes.contains(&text) {
                    seen.notes.push(text);
                }
            }
            Poll::Succeeded(_) | Poll::Failed(_) | Poll::Gone => return Ok(seen),
        }
        if enough(&seen) {
            return Ok(seen);
        }
        if Instant::now() >= end {
            bail!("{title} isn't over after {} s; it says {:?}", limit.as_secs(), seen.end);
        }
        sleep(PAUSE).await;
    }
}
