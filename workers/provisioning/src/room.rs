//! What the steps of this worker need, and the way in for the engine.
use crate::{settings::Settings, steps};
use chandler_clients::{credhub::CredHub, uaa::OauthClients};
use chandler_common::{offered::Adapters, tasks::Tasks};
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
    /// The Director, and the texts of failures.
    pub tasks: Tasks,
    /// The platform's CredHub, where credentials of bindings are; `None` without secure bindings.
    pub credhub: Option<CredHub>,
    /// BOSH's, where secrets of manifests are; `None` without secure manifests.
    pub bosh_credhub: Option<CredHub>,
    /// The UAA clients of instances; `None` without credentials for them.
    pub uaa_clients: Option<OauthClients>,
    /// The service authors' executables.
    pub adapters: Adapters,
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
            uaa_clients,
            adapters,
            monitors: _,
        } = settings;
        let texts = Texts {
            expose: config.broker.expose_operational_errors,
        };
        let workers = config.chandler.workers;
        let (poll, notes) = (
            Duration::from_secs(workers.poll_seconds),
            Duration::from_secs(workers.note_seconds),
        );
        Outside {
            tasks: Tasks::new(director, texts, clock, poll, notes),
            config,
            sealer,
            credhub,
            bosh_credhub,
            uaa_clients,
            adapters,
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
