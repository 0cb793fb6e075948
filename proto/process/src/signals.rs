//! The wish to stop: from a signal, from the program itself, or from a test.

use std::future::Future;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The wish to stop, seen by everyone who holds a clone. It never goes away again.
///
/// Whoever sees it takes no new work, finishes or hands back what it has, and returns.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// Without signals: only [`cancel`](Self::cancel) begins the stop. For tests and for parts
    /// that live in a larger process.
    pub fn manual() -> Self {
        Self::default()
    }

    /// From now on SIGTERM and SIGINT no longer kill the process: the first one begins the drain,
    /// the second one, of either kind, exits at once with 128 plus the signal's number.
    ///
    /// Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the handlers can't be installed.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Self::default();
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(watch(shutdown.clone(), terminate, interrupt));
        Ok(shutdown)
    }

    /// Begins the stop. Repeating it changes nothing.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Whether the stop has begun.
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Ends when the stop begins (at once when it has begun).
    pub fn cancelled(&self) -> impl Future<Output = ()> + Send + 'static {
        self.token.clone().cancelled_owned()
    }

    /// The token itself, for `child_token()` and other tools of tokio-util.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }
}

async fn watch(shutdown: Shutdown, mut terminate: Signal, mut interrupt: Signal) {
    let first = next(&mut terminate, &mut interrupt).await;
    tracing::info!(signal = name(first), "draining; a second signal exits at once");
    shutdown.cancel();
    let second = next(&mut terminate, &mut interrupt).await;
    tracing::warn!(signal = name(second), "second signal: exiting without draining");
    std::process::exit(128 + second.as_raw_value());
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> SignalKind {
    tokio::select! {
        _ = terminate.recv() => SignalKind::terminate(),
        _ = interrupt.recv() => SignalKind::interrupt(),
    }
}

fn name(kind: SignalKind) -> &'static str {
    if kind == SignalKind::terminate() {
        "SIGTERM"
    } else {
        "SIGINT"
    }
}
