//! Have the Director delete the deployment.
use crate::room::Outside;
use chandler_clients::Fault;
use chandler_common::tasks::{
    leg::{self, View},
    table::Leg,
};
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{failure::Failure, job::Learnt};
use std::time::Duration;

/// See [`Step`].
pub(super) struct DeleteDeployment<'a>(pub &'a Outside);

/// What a delete leg writes.
pub(super) enum Act {
    /// `DELETE /task/:id`
    Cancel(u64),
    /// `DELETE /deployments/:d`, with `force=true` or without.
    Delete {
        /// Bad ends of single steps don't stop it.
        force: bool,
    },
}

impl Step for DeleteDeployment<'_> {
    type Seen = View;
    type Act = Act;
    type Ready = Act;

    async fn observe(&self, scene: &Scene) -> Result<View, Fault> {
        leg::observe(&self.0.tasks, scene, kind(scene)).await
    }

    fn decide(scene: &Scene, view: View) -> Decision<Act> {
        leg::decision(scene, &view, kind(scene), Act::Cancel, |force| {
            let note = if force {
                "forcing the deletion"
            } else {
                "deleting the deployment"
            };
            leg::start(Act::Delete { force }, note)
        })
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(Act, Learnt), Stop> {
        Ok((act, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, act: Act, limit: Duration) -> Result<Learnt, Stop> {
        let tasks = &self.0.tasks;
        match act {
            Act::Cancel(task) => Ok(tasks.cancel(task, scene, limit).await?),
            Act::Delete { force } => {
                let (name, context) = (scene.record.instance.deployment(), scene.job().context_id());
                let delete = tasks
                    .director
                    .delete_deployment(&name, force, &context, &scene.call, limit);
                Ok(leg::started(delete.await?))
            }
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.tasks.failure(scene, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}

/// In a record that is already Gone a late request brought it back: no one knows in which state it is.
fn kind(scene: &Scene) -> Leg {
    Leg::Delete {
        force: scene.job().force,
        ever_succeeded: scene.record.ever_succeeded(),
    }
}
