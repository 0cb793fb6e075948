//! A word now and then, while somebody waits.

use super::Desk;
use crate::say::complain;
use std::time::Duration;
use tokio::time::{Instant, interval_at};

/// Between two words.
const WORD: Duration = Duration::from_secs(3);

/// What `work` comes to; while it takes its time, stderr says so.
pub(super) async fn spoken<T>(desk: &Desk, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    let begun = Instant::now();
    let mut words = interval_at(begun + WORD, WORD);
    loop {
        tokio::select! {
            end = &mut work => return end,
            _ = words.tick() => {
                let job = desk.seen.get().map(|state| {
                    format!(" (its job is {state}); it may take {} s", desk.wait.as_secs())
                });
                complain(format_args!(
                    "waiting for Cloud Controller for {} s{}",
                    begun.elapsed().as_secs(),
                    job.unwrap_or_default()
                ));
            }
        }
    }
}
