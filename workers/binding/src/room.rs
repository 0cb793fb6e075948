//! What the steps of this worker need, and the way in for the engine.
use crate::{settings::Settings, steps};
use chandler_clients::{bosh::Director, credhub::CredHub};
use chandler_common::offered::Adapters;
use chandler_engine::{
    others::Others,
    probe::{Crashed, Probe},
    run::Room,
    step::Scene,
    store::Store,
    texts::Texts,
    turn::{Answer, Turn},
};
use chandler_proto::{seal::Sealer, step::Worker};
use std::{sync::Arc, time::Duration};

/// What a platform that waits in its request gives the adapter.
const SYNCHRONOUS: Duration = Duration::from_secs(50);
/// The least that an act gets, however near the deadline is.
const LEAST: Duration = Duration::from_secs(20);

/// The outside world and the configuration, as the steps see them.
pub struct Outside {
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
    /// The texts of failures.
    pub texts: Texts,
    /// Records of other things.
    pub others: Others,
    adapter_limit: Duration,
}

impl Outside {
    /// Puts it together. `store` is the bus that the turns are taken on.
    pub fn new(settings: Settings, store: &Store) -> Self {
        let Settings {
            config,
            sealer,
            director,
            adapters,
            credhub,
            bosh_credhub,
            monitors: _,
        } = settings;
        Outside {
            sealer,
            director,
            adapters,
            credhub,
            bosh_credhub,
            texts: Texts {
                expose: config.broker.expose_operational_errors,
            },
            others: Others::new(store.clone()),
            adapter_limit: Duration::from_secs(config.chandler.workers.adapter_seconds),
        }
    }

    /// How long an act with a run of the adapter may take: 50 s when a request waits for it, and not much beyond the
    /// job's deadline. `besides` is for what follows the run in the same act.
    pub fn adapter_limit(&self, scene: &Scene, besides: Duration) -> Duration {
        limit(scene, self.adapter_limit + besides)
    }
}

fn limit(scene: &Scene, whole: Duration) -> Duration {
    let whole = if scene.job().synchronous {
        whole.min(SYNCHRONOUS)
    } else {
        whole
    };
    whole.min(scene.job().deadline.since(scene.now).max(LEAST))
}

impl Room for Outside {
    const WORKER: Worker = Worker::Binding;

    async fn take<P: Probe>(&self, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
        steps::take(self, turn).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes;
    use chandler_proto::operation::Operation;

    #[test]
    fn an_act_ends_before_the_platform_has_given_up() {
        let seconds = Duration::from_secs;
        let mut scene = scenes::scene(Operation::Bind);
        assert_eq!(limit(&scene, seconds(300)), seconds(300));
        scene.record.job.synchronous = true;
        assert_eq!(limit(&scene, seconds(300)), seconds(50));
        assert_eq!(limit(&scene, seconds(10)), seconds(10));
        scene.record.job.synchronous = false;
        scene.now = scene.job().deadline.plus(Duration::ZERO);
        assert_eq!(
            limit(&scene, seconds(300)),
            LEAST,
            "at the deadline there is still time for a short one"
        );
        scene.record.job.deadline = scene.now.plus(seconds(100));
        assert_eq!(limit(&scene, seconds(300)), seconds(100));
    }
}
