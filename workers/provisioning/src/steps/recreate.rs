//! Have the Director make every VM of the deployment anew.
use super::previous::not_found;
use crate::room::Outside;
use chandler_clients::{Fault, bosh::NO_DEPLOYMENT};
use chandler_common::tasks::{
    leg::{self, View},
    table::Leg,
};
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{failure::Failure, job::Learnt};
use std::time::Duration;

/// See [`Step`].
pub(super) struct Recreate<'a>(pub &'a Outside);

/// What a recreate leg writes.
pub(super) enum Act {
    /// `DELETE /task/:id`
    Cancel(u64),
    /// `PUT /deployments/:d/jobs/*?state=recreate`
    Recreate,
}

impl Step for Recreate<'_> {
    type Seen = View;
    type Act = Act;
    type Ready = Act;

    async fn observe(&self, scene: &Scene) -> Result<View, Fault> {
        leg::observe(&self.0.tasks, scene, Leg::Deploy).await
    }

    fn decide(scene: &Scene, view: View) -> Decision<Act> {
        leg::decision(scene, &view, Leg::Deploy, Act::Cancel, |_| {
            leg::start(Act::Recreate, "recreating the VMs")
        })
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(Act, Learnt), Stop> {
        Ok((act, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, act: Act, limit: Duration) -> Result<Learnt, Stop> {
        let tasks = &self.0.tasks;
        match act {
            Act::Cancel(task) => Ok(tasks.cancel(task, scene, limit).await?),
            Act::Recreate => {
                let (name, context) = (scene.record.instance.deployment(), scene.job().context_id());
                let recreate = tasks.director.recreate(&name, &context, &scene.call, limit);
                Ok(leg::started(Some(recreate.await?)))
            }
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        let tasks = &self.0.tasks;
        // Only the Director's own word counts for it: a 404 may be a proxy's.
        if fault.code() == Some(NO_DEPLOYMENT) {
            let why = not_found(&scene.record.instance.deployment());
            let cause = format!("{why}: {fault}");
            return tasks.texts.told(scene, &why, &cause);
        }
        tasks.failure(scene, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}
