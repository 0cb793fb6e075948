//! What reloads came to, for dashboards and alerts.
use chandler_process::Registry;
use chandler_process::metrics::prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};
use chandler_proto::ids::Millis;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    what: &'static str,
    outcome: &'static str,
}

pub(super) struct Counts {
    reloads: Family<Labels, Counter>,
    not_after: Gauge,
}

/// What was read again.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Configuration,
    Certificate,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            What::Configuration => "configuration",
            What::Certificate => "certificate",
        }
    }
}

impl Counts {
    pub(super) fn new(registry: &Registry, https: bool) -> Self {
        let (reloads, not_after) = (Family::default(), Gauge::default());
        let help = "Configurations and certificates read while the gateway ran";
        registry.register("gateway_reloads", help, Family::clone(&reloads));
        if https {
            let help = "When the certificate ends, seconds since 1970";
            registry.register("gateway_certificate_not_after_seconds", help, Gauge::clone(&not_after));
        }
        let counts = Counts { reloads, not_after };
        for what in [What::Configuration, What::Certificate] {
            for taken in [true, false] {
                counts.labelled(what, taken);
            }
        }
        counts
    }

    /// Something was read: it is in force now, or it is refused.
    pub(super) fn read(&self, what: What, taken: bool) {
        self.labelled(what, taken).inc();
    }

    pub(super) fn not_after(&self, end: Millis) {
        self.not_after.set(i64::try_from(end.0 / 1000).unwrap_or(i64::MAX));
    }

    /// Shown from now on, as 0 if nothing was counted: an alert needs something to rise from.
    fn labelled(&self, what: What, taken: bool) -> Counter {
        let (what, outcome) = (what.word(), if taken { "taken" } else { "refused" });
        self.reloads.get_or_create_owned(&Labels { what, outcome })
    }
}
