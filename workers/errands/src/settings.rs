//! What the errands worker takes from the configuration.
use crate::room::Outside;
use chandler_clients::{bosh::Director, nats_monitor::NatsMonitor};
use chandler_common::{
    access::{Access, CALL},
    checks, program,
};
use chandler_engine::store::Store;
use chandler_process::Clock;
use chandler_proto::config::{Config, Findings};
use std::{sync::Arc, time::Duration};

/// Clients, made once at start.
pub struct Settings {
    /// The whole configuration.
    pub config: Config,
    /// The Director.
    pub director: Director,
    /// The bus's servers, to be looked at.
    pub monitors: Vec<NatsMonitor>,
}

impl program::Settings for Settings {
    type Room = Outside;

    fn of(config: &Config) -> Result<Self, Findings> {
        let mut access = Access::new(config);
        let made = access.director().zip(access.monitors());
        let made = made.map(|(director, monitors)| Settings {
            config: config.clone(),
            director,
            monitors,
        });
        access.finish(made)
    }

    fn config(&self) -> &Config {
        &self.config
    }

    /// Some calls to the Director; the errand itself runs between turns.
    fn turn_limit(&self) -> Duration {
        CALL * 8
    }

    fn outside(&self) -> checks::Outside {
        checks::Outside::new(&self.config)
            .monitors(&self.monitors)
            .director(&self.director)
    }

    fn room(self, _: &Store, clock: &Arc<dyn Clock>) -> Outside {
        Outside::new(self, clock)
    }
}
