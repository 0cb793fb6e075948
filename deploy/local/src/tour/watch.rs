//! Polling an operation to its end.

use super::osb::Poll;
use super::platform::Underway;
use super::show::Show;
use anyhow::bail;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two polls. Cloud Foundry waits longer; here somebody looks on.
pub(super) const PAUSE: Duration = Duration::from_millis(300);

/// How an operation went, as the platform saw it.
#[derive(Debug)]
pub(super) struct Seen {
    /// The last poll.
    pub(super) end: Poll,
    /// What was printed while it ran, in order.
    pub(super) notes: Vec<String>,
    /// How long it was watched.
    pub(super) took: Duration,
}

/// Polls until the operation is over, or until `enough` says so; shows each change.
pub(super) async fn watch(
    title: &str,
    underway: &Underway<'_>,
    limit: Duration,
    enough: impl Fn(&Seen) -> bool,
) -> anyhow::Result<Seen> {
    let show = Show::begin(title);
    let began = Instant::now();
    let end = began + limit;
    let mut seen = Seen {
        end: Poll::InProgress(String::new()),
        notes: Vec::new(),
        took: Duration::ZERO,
    };
    let mut last = None;
    loop {
        let poll = underway.poll().await?;
        // Whoever knows nothing yet, or just now, has nothing to show.
        let silent = matches!(&poll, Poll::InProgress(text) if text.is_empty());
        if !silent && last.as_ref() != Some(&poll) {
            match &poll {
                Poll::InProgress(text) => {
                    show.changed("in progress", text);
                    seen.notes.push(text.clone());
                }
                Poll::Succeeded(text) => show.changed("succeeded", text),
                Poll::Failed(text) => show.changed("failed", text),
                Poll::Gone => show.changed("gone", ""),
            }
            last = Some(poll.clone());
        }
        seen.end = poll.clone();
        seen.took = began.elapsed();
        match poll {
            Poll::InProgress(_) => {}
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
