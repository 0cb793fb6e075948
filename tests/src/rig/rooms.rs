//! The rooms of all workers, inside the test.
use chandler_bus::Wake;
use chandler_clients::CallContext;
use chandler_common::program::Settings;
use chandler_engine::{
    probe::{Crashed, Probe},
    run::Room,
    store::Store,
    turn::{self, Answer, Call, Opened},
};
use chandler_process::{Clock, ManualClock};
use chandler_proto::{config::Config, step::Worker};
use std::sync::Arc;

/// All workers as they are shipped, on one clock.
pub(super) struct Rooms {
    store: Store,
    clock: Arc<dyn Clock>,
    provisioning: chandler_provisioning::room::Outside,
    binding: chandler_binding::room::Outside,
    errands: chandler_errands::room::Outside,
    uaa_clients: chandler_uaa_clients::room::Outside,
}

/// The room of a worker, by its settings.
fn room<S: Settings>(config: &Config, store: &Store, clock: &Arc<dyn Clock>) -> S::Room {
    let settings = S::of(config).unwrap_or_else(|why| panic!("{why}"));
    settings.room(store, clock)
}

impl Rooms {
    pub(super) fn new(config: &Config, store: &Store, clock: &ManualClock) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        Rooms {
            provisioning: room::<chandler_provisioning::settings::Settings>(config, store, &clock),
            binding: room::<chandler_binding::settings::Settings>(config, store, &clock),
            errands: room::<chandler_errands::settings::Settings>(config, store, &clock),
            uaa_clients: room::<chandler_uaa_clients::settings::Settings>(config, store, &clock),
            store: store.clone(),
            clock,
        }
    }

    /// One turn, in the room of the worker that the wake is for. On the heap: the stories around it are deep.
    pub(super) async fn take(&self, wake: &Wake, delivery: u64, probe: &impl Probe) -> Result<Answer, Crashed> {
        let call = Call {
            key: wake.key.clone(),
            job: wake.job.clone(),
            leg: wake.leg,
            revision: wake.revision,
            delivery,
        };
        let turn = match turn::open(&self.store, &self.clock, probe, &call, CallContext::default()).await? {
            Opened::Answer(answer) => return Ok(answer),
            Opened::Turn(turn) => turn,
        };
        let worker = Worker::ALL.iter().find(|worker| worker.name() == wake.worker);
        match worker.expect("a wake for a worker") {
            Worker::Provisioning => Box::pin(self.provisioning.take(*turn)).await,
            Worker::Binding => Box::pin(self.binding.take(*turn)).await,
            Worker::Errands => Box::pin(self.errands.take(*turn)).await,
            Worker::UaaClients => Box::pin(self.uaa_clients.take(*turn)).await,
        }
    }
}
