//! What the uaa-clients worker takes from the configuration.
use crate::room::Outside;
use chandler_clients::{cloud_controller::CloudController, nats_monitor::NatsMonitor, uaa::OauthClients};
use chandler_common::{
    access::{Access, CALL},
    checks, program,
};
use chandler_engine::store::Store;
use chandler_process::Clock;
use chandler_proto::{
    config::{Config, Findings},
    seal::Sealer,
};
use std::{sync::Arc, time::Duration};

/// Clients, made once at start.
pub struct Settings {
    /// The whole configuration.
    pub config: Config,
    /// Opens what the gateway sealed, and seals secrets of clients.
    pub sealer: Arc<Sealer>,
    /// The clients at Cloud Foundry's UAA; `None` when we have no client credentials there: no instance gets one.
    pub clients: Option<OauthClients>,
    /// Cloud Controller, to be looked at; `None` when nobody asks it.
    pub cloud_controller: Option<CloudController>,
    /// The bus's servers, to be looked at.
    pub monitors: Vec<NatsMonitor>,
}

impl program::Settings for Settings {
    type Room = Outside;

    fn of(config: &Config) -> Result<Self, Findings> {
        let mut access = Access::new(config);
        let (sealer, clients) = (access.sealer(), access.uaa_clients());
        let (cloud_controller, monitors) = (access.cloud_controller_if_asked(), access.monitors());
        let made = || {
            Some(Settings {
                config: config.clone(),
                sealer: sealer?,
                clients: clients?,
                cloud_controller: cloud_controller?,
                monitors: monitors?,
            })
        };
        access.finish(made())
    }

    fn config(&self) -> &Config {
        &self.config
    }

    /// Some calls to the UAA.
    fn turn_limit(&self) -> Duration {
        CALL * 8
    }

    fn outside(&self) -> checks::Outside {
        checks::Outside::new(&self.config)
            .monitors(&self.monitors)
            .uaa(self.clients.as_ref())
            .cloud_controller(self.cloud_controller.as_ref())
    }

    fn room(self, _: &Store, _: &Arc<dyn Clock>) -> Outside {
        Outside::new(self)
    }
}
