//! Who is told where turns are, and who stands in for other workers.
use crate::world::World;
use chandler_clients::Fault;
use chandler_engine::{
    probe::{Crashed, Point, Probe},
    step::{Decision, Scene, Step, Stop},
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
    step::{ProvisioningStep, Step as Leg},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Whatever another worker does at a leg: here it is done at once.
pub(crate) struct StandIn<'a>(pub(crate) &'a World);

/// Writes down the lines for people, as they stand while a turn acts.
pub(crate) struct Watches<'a, P>(pub(crate) &'a World, pub(crate) &'a P);

/// Something that happens once, where a turn passes this point for the first time.
pub(crate) struct Once<F>(Point, AtomicUsize, F);

impl<P: Probe> Probe for Watches<'_, P> {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        if point == Point::Checkpointed {
            let note = self.0.load().await.0.job.note;
            self.0.notes.lock().unwrap().extend(note);
        }
        self.1.at(point).await
    }
}

impl<F> Once<F> {
    pub(crate) fn at(point: Point, what: F) -> Self {
        Once(point, AtomicUsize::new(0), what)
    }
}

impl<F, T> Probe for Once<F>
where
    F: Fn() -> T + Sync,
    T: Future<Output = ()> + Send,
{
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        if point == self.0 && self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            (self.2)().await;
        }
        Ok(())
    }
}

impl Step for StandIn<'_> {
    type Seen = Facts;
    type Act = ();
    type Ready = ();

    async fn observe(&self, scene: &Scene) -> Result<Facts, Fault> {
        let mut facts = Facts::default();
        match scene.job().step() {
            Some(Leg::Provisioning(ProvisioningStep::Deploy)) => {
                let handed = self.0.for_adapter(&scene.record);
                self.0.handed.lock().unwrap().push(handed);
            }
            Some(Leg::Provisioning(ProvisioningStep::Dashboard)) => {
                facts.dashboard_url = self.0.dashboard.lock().unwrap().clone();
            }
            Some(_) | None => {}
        }
        Ok(facts)
    }
    fn decide(_: &Scene, seen: Facts) -> Decision<()> {
        Decision::Done(seen)
    }
    async fn prepare(&self, _: &Scene, (): ()) -> Result<((), Learnt), Stop> {
        unreachable!("it never acts")
    }
    async fn act(&self, _: &Scene, (): (), _: Duration) -> Result<Learnt, Stop> {
        unreachable!("it never acts")
    }
    fn failure(&self, _: &Scene, _: &Fault) -> Failure {
        unreachable!("it meets no fault")
    }
    fn waits_for(&self, _: &Fault) -> &'static str {
        unreachable!("it waits for nobody")
    }
}
