//! What only a restart changes.
use chandler_proto::config::{Bus, Config, Seal};

/// As the process runs with it.
pub(crate) struct Restart {
    port: u16,
    drain: u64,
    https: bool,
    bus: Bus,
    seal: Option<Seal>,
}

impl Restart {
    /// Of a configuration.
    pub(crate) fn of(config: &Config) -> Self {
        Restart {
            port: config.broker.port,
            drain: config.broker.shutdown_timeout_in_seconds,
            https: config.broker.tls.is_some(),
            // How many copies there should be is only told by a notice, and where servers are monitored is for workers.
            bus: Bus {
                replicas: 0,
                monitor_urls: Vec::new(),
                ..config.chandler.bus.clone()
            },
            seal: config.chandler.seal.clone(),
        }
    }

    /// Whether connections are taken by HTTPS.
    pub(super) fn is_https(&self) -> bool {
        self.https
    }

    /// The keys in which another configuration differs.
    pub(super) fn differs(&self, other: &Restart) -> Vec<&'static str> {
        [
            ("broker.port", self.port != other.port),
            ("broker.shutdown_timeout_in_seconds", self.drain != other.drain),
            ("broker.tls", self.https != other.https),
            ("chandler.bus", self.bus != other.bus),
            ("chandler.seal", self.seal != other.seal),
        ]
        .into_iter()
        .filter_map(|(key, differs)| differs.then_some(key))
        .collect()
    }
}
