//! Time as an argument: the wall clock, a monotonic clock, and sleeping.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// A boxed future that a clock hands out; it ends when the time has come.
pub type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// The only source of time in Chandler, so that tests can move it.
pub trait Clock: Debug + Send + Sync {
    /// The wall clock, in milliseconds since 1970-01-01T00:00:00Z. May jump, forwards or backwards.
    fn now_ms(&self) -> u64;

    /// The time since an arbitrary moment in the life of this clock. Never goes backwards; use it
    /// for durations and limits.
    fn monotonic(&self) -> Duration;

    /// Ends `duration` after this call (not after the first poll), by the monotonic clock.
    fn sleep(&self, duration: Duration) -> BoxFuture;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

/// A clock that stands still until a test moves it. Clones share the same time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    time: watch::Sender<Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    wall_ms: u64,
    monotonic: Duration,
}

impl SystemClock {
    /// A clock whose monotonic time begins now.
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now_ms(&self) -> u64 {
        // Before 1970 or beyond 584 million years is a broken machine; 0 and MAX keep it orderly.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture {
        // Made here, so that the deadline counts from the call.
        let sleep = tokio::time::sleep(duration);
        Box::pin(sleep)
    }
}

impl ManualClock {
    /// A clock that shows `wall_ms` and the monotonic time zero.
    pub fn new(wall_ms: u64) -> Self {
        let (time, _) = watch::channel(Reading {
            wall_ms,
            monotonic: Duration::ZERO,
        });
        Self { time }
    }

    /// Sets the wall clock, also backwards, as an administrator or NTP would. The monotonic time
    /// and sleepers don't notice.
    pub fn set(&self, wall_ms: u64) {
        self.time.send_modify(|reading| reading.wall_ms = wall_ms);
    }

    /// Lets time pass on both clocks and wakes each sleeper whose time has come.
    pub fn advance(&self, duration: Duration) {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.time.send_modify(|reading| {
            reading.wall_ms = reading.wall_ms.saturating_add(ms);
            reading.monotonic = reading.monotonic.saturating_add(duration);
        });
    }

    /// How many sleeps are held at this moment: a test waits for it before it advances.
    pub fn sleepers(&self) -> usize {
        self.time.receiver_count()
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.time.borrow().wall_ms
    }

    fn monotonic(&self) -> Duration {
        self.time.borrow().monotonic
    }

    fn sleep(&self, duration: Duration) -> BoxFuture {
        let until = self.monotonic().saturating_add(duration);
        let mut time = self.time.subscribe();
        Box::pin(async move {
            // An error means that the clock is gone: time then stands still for ever.
            if time.wait_for(|reading| reading.monotonic >= until).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
