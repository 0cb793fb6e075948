//! What only a restart changes.
use chandler_proto::config::{Bus, Config};

/// As the process runs with it.
pub(super) struct Restart {
    drain: u64,
    bus: Bus,
    concurrency: usize,
}

impl Restart {
    /// Of a configuration.
    pub(super) fn of(config: &Config) -> Self {
        Restart {
            drain: config.broker.shutdown_timeout_in_seconds,
            // How many copies there should be is only told by a check, and where servers are monitored is only asked by one.
            bus: Bus {
                replicas: 0,
                monitor_urls: Vec::new(),
                ..config.chandler.bus.clone()
            },
            concurrency: config.chandler.workers.concurrency,
        }
    }

    /// The keys in which another configuration differs.
    pub(super) fn differs(&self, other: &Restart) -> Vec<&'static str> {
        [
            ("broker.shutdown_timeout_in_seconds", self.drain != other.drain),
            ("chandler.bus", self.bus != other.bus),
            ("chandler.workers.concurrency", self.concurrency != other.concurrency),
        ]
        .into_iter()
        .filter_map(|(key, differs)| differs.then_some(key))
        .collect()
    }
}
