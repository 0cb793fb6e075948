//! The rooms of all workers, inside the test.
use chandler_bus::Wake;
use chandler_clients::CallContext;
use chandler_engine::{
    probe::{Crashed, Probe},
    run::Room,
    store::Store,
    turn::{self, Answer, Call, Opened},
};
use chandler_process::{Clock, ManualClock};
use chandler_proto::{config::Config, step::Worker};
use std::sync::Arc;

/// Both workers as they are shipped, on one clock.
pub(super) struct Rooms {
    store: Store,
    clock: Arc<dyn Clock>,
    provisioning: chandler_provisioning::room::Outside,
    binding: chandler_binding::room::Outside,
}

impl Rooms {
    pub(super) fn new(config: &Config, store: &Store, clock: &ManualClock) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let provisioning = chandler_provisioning::settings::Settings::of(config).unwrap_or_else(|why| panic!("{why}"));
        let binding = chandler_binding::settings::Settings::of(config).unwrap_or_else(|why| panic!("{why}"));
        Rooms {
            provisioning: chandler_provisioning::room::Outside::new(provisioning, store, &clock),
            binding: chandler_binding::room::Outside::new(binding, store),
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
        if wake.worker == Worker::Binding.name() {
            Box::pin(self.binding.take(*turn)).await
        } else {
            assert_eq!(wake.worker, Worker::Provisioning.name());
            Box::pin(self.provisioning.take(*turn)).await
        }
    }
}
