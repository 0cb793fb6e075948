//! One registry per process, shared by everyone who counts something.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Unit};

use crate::clock::Clock;

pub use prometheus_client;

/// What every metric's name begins with.
pub const PREFIX: &str = "chandler";

/// The content type of [`Registry::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process-wide registry; clones share it. Names get the prefix `chandler_`.
#[derive(Debug, Clone)]
pub struct Registry {
    inner: Arc<Mutex<prometheus_client::registry::Registry>>,
}

impl Registry {
    /// A registry that already has `chandler_build_info{process,version}` and
    /// `chandler_process_start_time_seconds` (seconds since 1970).
    pub fn new(process: &str, clock: &dyn Clock) -> Self {
        let mut registry = prometheus_client::registry::Registry::with_prefix(PREFIX);
        let build = Info::new(vec![
            ("process".to_owned(), process.to_owned()),
            ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ]);
        registry.register("build", "What is running", build);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a double holds milliseconds until the year 287396"
        )]
        let started = ConstGauge::new(clock.now_ms() as f64 / 1000.0);
        registry.register_with_unit(
            "process_start_time",
            "When the process started, since 1970",
            Unit::Seconds,
            started,
        );
        Self {
            inner: Arc::new(Mutex::new(registry)),
        }
    }

    /// Registers a metric as `chandler_<name>` (a counter is shown as `chandler_<name>_total`).
    /// `help` is a sentence without the full stop. Metrics are cheap clones: keep one to count.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.lock().register(name, help, metric);
    }

    /// The registry itself, for what [`register`](Self::register) can't do: units, collectors,
    /// sub-registries. Don't keep it long: a scrape waits.
    pub fn with<T>(&self, f: impl FnOnce(&mut prometheus_client::registry::Registry) -> T) -> T {
        f(&mut self.lock())
    }

    /// All metrics as text ([`CONTENT_TYPE`]), which Prometheus reads.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a String can't fail; a collector that does loses only its own part.
        if prometheus_client::encoding::text::encode(&mut text, &self.lock()).is_err() {
            tracing::warn!("a metric could not be written");
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, prometheus_client::registry::Registry> {
        // A panic in a registration leaves at worst one metric out.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
