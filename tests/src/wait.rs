//! Waits for a condition, never for time.
use std::{future::Future, time::Duration};
use tokio::time::{Instant, sleep};

/// Asks `what` until it says something. Panics, with `say`, after `limit`.
pub async fn until<T, F>(say: &str, limit: Duration, mut what: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let end = Instant::now() + limit;
    loop {
        if let Some(seen) = what().await {
            return seen;
        }
        assert!(Instant::now() < end, "waited {limit:?} in vain: {say}");
        sleep(Duration::from_millis(20)).await;
    }
}
