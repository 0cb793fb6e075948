//! Long after a deprovision: is something there again that a late request brought back?
use super::{client, remains::Remains};
use crate::room::Outside;
use chandler_clients::Fault;
use chandler_common::tasks::{leg, sight};
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
};
use std::{convert::Infallible, time::Duration};

/// See [`Step`]. It never acts: it sends the job round once more.
pub(super) struct LastLook<'a>(pub &'a Outside);

impl Step for LastLook<'_> {
    type Seen = bool;
    type Act = Infallible;
    type Ready = Infallible;

    async fn observe(&self, scene: &Scene) -> Result<bool, Fault> {
        // Tasks first: one that ends between the two looks has left its deployment by then.
        if !sight::active_tasks(&self.0.tasks.director, scene).await?.is_empty() {
            return Ok(true);
        }
        let name = scene.record.instance.deployment();
        let exists = self.0.tasks.director.deployment(&name, &scene.call).await?.is_some();
        let exists = exists || Remains::look(self.0, scene).await?.count() > 0;
        Ok(exists || client::is_there_again(self.0, scene).await?)
    }

    fn decide(_: &Scene, something: bool) -> Decision<Infallible> {
        if something {
            Decision::Again
        } else {
            Decision::Done(Facts::default())
        }
    }

    async fn prepare(&self, _: &Scene, act: Infallible) -> Result<(Infallible, Learnt), Stop> {
        match act {}
    }
    async fn act(&self, _: &Scene, ready: Infallible, _: Duration) -> Result<Learnt, Stop> {
        match ready {}
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.tasks.texts.failure(scene, None, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}
