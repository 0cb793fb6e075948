//! What reloads came to, for dashboards and alerts.
use chandler_process::Registry;
use prometheus_client::metrics::{counter::Counter, family::Family};

/// `chandler_worker_reloads_total{outcome="taken|refused"}`.
pub(super) struct Counts(Family<[(&'static str, &'static str); 1], Counter>);

impl Counts {
    /// Shown from now on, as 0: an alert needs something to rise from.
    pub(super) fn new(registry: &Registry) -> Self {
        let counts = Counts(Family::default());
        let help = "Configurations read while the worker ran";
        registry.register("worker_reloads", help, counts.0.clone());
        for taken in [true, false] {
            counts.of(taken);
        }
        counts
    }

    /// A configuration was read: it is in force now, or it is refused.
    pub(super) fn read(&self, taken: bool) {
        self.of(taken).inc();
    }

    fn of(&self, taken: bool) -> Counter {
        let outcome = if taken { "taken" } else { "refused" };
        self.0.get_or_create_owned(&[("outcome", outcome)])
    }
}
