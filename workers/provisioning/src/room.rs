//! What the steps of this worker need, and the way in for the engine.
use crate::{board::Board, notes::Notes, settings::Settings, steps};
use chandler_clients::{adapter::Adapter, bosh::Director, credhub::CredHub};
use chandler_engine::{
    others::Others,
    probe::{Crashed, Probe},
    run::Room,
    store::Store,
    texts::Texts,
    turn::{Answer, Turn},
};
use chandler_process::Clock;
use chandler_proto::{config::Config, seal::Sealer, step::Worker};
use std::{sync::Arc, time::Duration};

/// The outside world and the configuration, as the steps see them.
pub struct Outside {
    /// The whole configuration, for plans.
    pub config: Config,
    /// Opens what the gateway sealed.
    pub sealer: Arc<Sealer>,
    /// The Director.
    pub director: Director,
    /// The platform's CredHub, where credentials of bindings are; `None` without secure bindings.
    pub credhub: Option<CredHub>,
    /// BOSH's, where secrets of manifests are; `None` without secure manifests.
    pub bosh_credhub: Option<CredHub>,
    /// The service author's executable.
    pub adapter: Adapter,
    /// The Director's running tasks.
    pub board: Board,
    /// The lines that people see.
    pub notes: Notes,
    /// The texts of failures.
    pub texts: Texts,
    /// Records of other things.
    pub others: Others,
}

impl Outside {
    /// Puts it together.
    pub fn new(settings: Settings, store: &Store, clock: &Arc<dyn Clock>) -> Self {
        let Settings {
            config,
            sealer,
            director,
            credhub,
            bosh_credhub,
            adapter,
            poll,
            notes,
        } = settings;
        let board = Board::new(director.clone(), clock.clone(), poll);
        let notes = Notes::new(director.clone(), clock.clone(), notes);
        let texts = Texts {
            expose: config.broker.expose_operational_errors,
        };
        Outside {
            config,
            sealer,
            director,
            credhub,
            bosh_credhub,
            adapter,
            board,
            notes,
            texts,
            others: Others::new(store.clone()),
        }
    }
}

impl Outside {
    /// How long one run of the adapter may take.
    pub fn adapter_limit(&self) -> Duration {
        Duration::from_secs(self.config.chandler.workers.adapter_seconds)
    }
}

impl Room for Outside {
    const WORKER: Worker = Worker::Provisioning;

    async fn take<P: Probe>(&self, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
        steps::take(self, turn).await
    }
}
