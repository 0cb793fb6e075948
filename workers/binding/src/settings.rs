//! What the binding worker takes from the configuration.
use crate::room::Outside;
use chandler_clients::{bosh::Director, credhub::CredHub, nats_monitor::NatsMonitor};
use chandler_common::{access::Access, checks, offered::Adapters, program};
use chandler_engine::store::Store;
use chandler_process::Clock;
use chandler_proto::{
    config::{Config, Findings},
    seal::Sealer,
};
use std::{sync::Arc, time::Duration};

/// What the slow reads before an act may take in all: deployment, VMs, variables, their values, CredHub.
const READS: Duration = Duration::from_secs(4 * 30 + 60);
/// So many acts, each with its reads, may be in one turn.
const ACTS: u32 = 4;
/// What an act may take besides the adapter.
const BESIDES: Duration = Duration::from_secs(20);

/// Clients and switches, made once at start.
pub struct Settings {
    /// The whole configuration.
    pub config: Config,
    /// Opens what the gateway sealed, and seals answers.
    pub sealer: Arc<Sealer>,
    /// The Director.
    pub director: Director,
    /// The service authors' executables.
    pub adapters: Adapters,
    /// The platform's CredHub; `None` when secure bindings are off.
    pub credhub: Option<CredHub>,
    /// BOSH's CredHub; `None` when secure manifests are off.
    pub bosh_credhub: Option<CredHub>,
    /// The bus's servers, to be looked at.
    pub monitors: Vec<NatsMonitor>,
}

impl program::Settings for Settings {
    type Room = Outside;

    fn of(config: &Config) -> Result<Self, Findings> {
        let mut access = Access::new(config);
        let (sealer, director) = (access.sealer(), access.director());
        let (credhub, bosh_credhub) = (access.credhub(), access.bosh_credhub());
        let (adapters, monitors) = (access.adapters(), access.monitors());
        let resolves = config.broker.enable_secure_manifests;
        let made = || {
            Some(Settings {
                config: config.clone(),
                sealer: sealer?,
                director: director?,
                adapters: adapters?,
                credhub: credhub?,
                bosh_credhub: bosh_credhub?.filter(|_| resolves),
                monitors: monitors?,
            })
        };
        access.finish(made())
    }

    fn config(&self) -> &Config {
        &self.config
    }

    /// As many runs of the adapter as a turn may have, each with what is read before it.
    fn turn_limit(&self) -> Duration {
        let adapter = Duration::from_secs(self.config.chandler.workers.adapter_seconds);
        (adapter + BESIDES + READS) * ACTS
    }

    fn outside(&self) -> checks::Outside {
        checks::Outside::new(&self.config)
            .monitors(&self.monitors)
            .adapters(&self.config.catalog)
            .director(&self.director)
            .credhub(self.credhub.as_ref())
            .bosh_credhub(self.bosh_credhub.as_ref())
    }

    fn room(self, store: &Store, _: &Arc<dyn Clock>) -> Outside {
        Outside::new(self, store)
    }
}
