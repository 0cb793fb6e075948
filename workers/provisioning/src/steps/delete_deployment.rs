//! Have the Director delete the deployment.
use super::director::{self, View};
use crate::{room::Outside, table::Leg};
use chandler_clients::Fault;
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
};
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
        director::observe(self.0, scene, true).await
    }

    fn decide(scene: &Scene, view: View) -> Decision<Act> {
        // In a record that is already Gone a late request brought it back: no one knows in which state it is.
        let ever_succeeded = scene.record.ever_succeeded();
        let leg = Leg::Delete {
            force: scene.job().force,
            ever_succeeded,
        };
        director::decision(scene, &view, leg, Act::Cancel, |force| {
            let note = if force {
                "forcing the deletion"
            } else {
                "deleting the deployment"
            };
            director::start(Act::Delete { force }, note)
        })
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(Act, Learnt), Stop> {
        Ok((act, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, act: Act, limit: Duration) -> Result<Learnt, Stop> {
        let (outside, context) = (&self.0.director, scene.job().context_id());
        let bosh_task = match act {
            Act::Cancel(task) => outside.cancel_task(task, &scene.call, limit).await.map(|()| None)?,
            Act::Delete { force } => {
                let name = scene.record.instance.deployment();
                outside
                    .delete_deployment(&name, force, &context, &scene.call, limit)
                    .await?
            }
        };
        Ok(Learnt::from(Facts {
            bosh_task,
            ..Facts::default()
        }))
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0
            .texts
            .failure(scene, scene.job().facts.bosh_task, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        director::whom(fault)
    }
}
