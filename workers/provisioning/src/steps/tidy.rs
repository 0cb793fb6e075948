//! Remove what the instance left behind at the Director besides its deployment: configs with its name.
use super::director;
use crate::{room::Outside, sight, texts::Texts};
use chandler_clients::Fault;
use chandler_engine::{
    fault::back_off,
    step::{Decision, Scene, Step, Stop},
};
use chandler_proto::{failure::Failure, job::Facts};
use std::time::Duration;

/// See [`Step`].
pub(super) struct Tidy<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Left {
    /// A task of the deployment is active: no leg that deletes is done before it has ended.
    task: Option<u64>,
    /// The types of the configs.
    types: Vec<String>,
    texts: Texts,
    poll: Duration,
}

impl Step for Tidy<'_> {
    type Seen = Left;
    /// The type of the config to delete.
    type Act = String;
    type Ready = String;

    async fn observe(&self, scene: &Scene) -> Result<Left, Fault> {
        let outside = &self.0.director;
        let types = if self.0.config.broker.disable_bosh_configs {
            vec![]
        } else {
            let name = scene.record.instance.deployment();
            outside.config_types(&name, &scene.call).await?
        };
        Ok(Left {
            task: sight::active_tasks(outside, scene).await?.first().map(|t| t.id),
            types,
            texts: self.0.texts,
            poll: self.0.board.interval(),
        })
    }

    fn decide(scene: &Scene, mut left: Left) -> Decision<String> {
        let there = left.types.len();
        match (left.types.pop(), left.task) {
            (None, None) => Decision::Done(Facts::default()),
            _ if scene.expired() => {
                let last = scene.job().last_fault.as_deref().unwrap_or("none");
                let cause = format!("the deadline passed with {there} BOSH configs left; the last fault: {last}");
                Decision::Fail(left.texts.failure(scene, left.task, &cause))
            }
            (None, Some(task)) => Decision::Wait {
                after: left.poll,
                note: Some(format!("waiting for BOSH task {task} of the same deployment")),
            },
            // One that comes back, or that the Director lists and doesn't delete, is no reason to hurry.
            (Some(_), _)
                if scene.job().attempts as usize > 2 * there && scene.now.since(scene.job().touched_at) < left.poll =>
            {
                Decision::Wait {
                    after: back_off(scene.job().attempts),
                    note: Some("waiting to remove BOSH configs".into()),
                }
            }
            (Some(act), _) => Decision::Act {
                act,
                facts: Facts::default(),
                note: Some("removing BOSH configs".into()),
            },
        }
    }

    async fn prepare(&self, _: &Scene, act: String) -> Result<(String, Facts), Stop> {
        Ok((act, Facts::default()))
    }

    async fn act(&self, scene: &Scene, kind: String, limit: Duration) -> Result<Facts, Fault> {
        let name = scene.record.instance.deployment();
        self.0.director.delete_config(&kind, &name, &scene.call, limit).await?;
        Ok(Facts::default())
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.texts.failure(scene, None, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        director::whom(fault)
    }
}
