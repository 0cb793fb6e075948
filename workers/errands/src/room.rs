//! What the steps of this worker need, and the way in for the engine.
use crate::{settings::Settings, steps};
use chandler_common::tasks::Tasks;
use chandler_engine::{
    probe::{Crashed, Probe},
    run::Room,
    texts::Texts,
    turn::{Answer, Turn},
};
use chandler_process::Clock;
use chandler_proto::step::Worker;
use std::{sync::Arc, time::Duration};

/// The outside world, as the steps see it.
pub struct Outside {
    /// The Director.
    pub tasks: Tasks,
}

impl Outside {
    /// Puts it together.
    pub fn new(settings: Settings, clock: &Arc<dyn Clock>) -> Self {
        let Settings {
            config,
            director,
            monitors: _,
        } = settings;
        let texts = Texts {
            expose: config.broker.expose_operational_errors,
        };
        let workers = config.chandler.workers;
        let seconds = Duration::from_secs;
        Outside {
            tasks: Tasks::new(
                director,
                texts,
                clock,
                seconds(workers.poll_seconds),
                seconds(workers.note_seconds),
            ),
        }
    }
}

impl Room for Outside {
    const WORKER: Worker = Worker::Errands;

    async fn take<P: Probe>(&self, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
        steps::take(self, turn).await
    }
}
