//! What the provisioning worker takes from the configuration.
use crate::{room::Outside, schemas};
use chandler_clients::{
    bosh::Director, credhub::CredHub, manifest_secrets, nats_monitor::NatsMonitor, uaa::OauthClients,
};
use chandler_common::{
    access::{Access, CALL},
    beside::{Ground, Work},
    checks,
    offered::Adapters,
    program,
};
use chandler_engine::store::Store;
use chandler_process::Clock;
use chandler_proto::{
    config::{Config, Findings},
    records::MOST_MAYBE,
    seal::Sealer,
};
use std::{sync::Arc, time::Duration};

/// Clients, made once at start.
pub struct Settings {
    /// The whole configuration, for plans.
    pub config: Config,
    /// Opens what the gateway sealed.
    pub sealer: Arc<Sealer>,
    /// The Director.
    pub director: Director,
    /// The platform's CredHub; `None` without secure bindings.
    pub credhub: Option<CredHub>,
    /// BOSH's CredHub; `None` without secure manifests.
    pub bosh_credhub: Option<CredHub>,
    /// The UAA clients of instances, which are only looked at here; `None` without credentials for them.
    pub uaa_clients: Option<OauthClients>,
    /// The service authors' executables.
    pub adapters: Adapters,
    /// The bus's servers, to be looked at.
    pub monitors: Vec<NatsMonitor>,
}

impl program::Settings for Settings {
    type Room = Outside;

    fn of(config: &Config) -> Result<Self, Findings> {
        let mut access = Access::new(config);
        let (sealer, director) = (access.sealer(), access.director());
        let (credhub, bosh_credhub) = (access.credhub(), access.bosh_credhub());
        let (uaa_clients, adapters) = (access.uaa_clients(), access.adapters());
        let monitors = access.monitors();
        let made = || {
            Some(Settings {
                config: config.clone(),
                sealer: sealer?,
                director: director?,
                credhub: credhub?,
                bosh_credhub: bosh_credhub?,
                uaa_clients: uaa_clients?,
                adapters: adapters?,
                monitors: monitors?,
            })
        };
        access.finish(made())
    }

    fn config(&self) -> &Config {
        &self.config
    }

    /// The runs of the adapter that a check for pending changes may need (twice for each plan), the secrets of a manifest and some calls.
    fn turn_limit(&self) -> Duration {
        let runs = u32::try_from(2 * (1 + MOST_MAYBE)).unwrap_or(u32::MAX);
        Duration::from_secs(self.config.chandler.workers.adapter_seconds) * runs + manifest_secrets::LIMIT + CALL * 8
    }

    fn outside(&self) -> checks::Outside {
        checks::Outside::new(&self.config)
            .monitors(&self.monitors)
            .adapters(&self.config.catalog)
            .director(&self.director)
            .credhub(self.credhub.as_ref())
            .bosh_credhub(self.bosh_credhub.as_ref())
            .uaa(self.uaa_clients.as_ref())
    }

    fn beside(&self, ground: &Ground) -> Option<Work> {
        Some(schemas::work(self, ground))
    }

    fn room(self, store: &Store, clock: &Arc<dyn Clock>) -> Outside {
        Outside::new(self, store, clock)
    }
}
