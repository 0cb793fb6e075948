//! Remove what the instance left behind besides its deployment: configs with its name, secrets of its manifest,
//! credentials of its bindings.
use super::remains::Remains;
use crate::room::Outside;
use chandler_clients::Fault;
use chandler_common::tasks::{leg, sight};
use chandler_engine::{
    fault::back_off,
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
};
use std::time::Duration;
use tokio::time::Instant;

/// So many are deleted by one act; what is left over is seen again.
const AT_ONCE: usize = 16;

/// See [`Step`].
pub(super) struct Tidy<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Left {
    /// A task of the deployment is active: no leg that deletes is done before it has ended.
    task: Option<u64>,
    remains: Remains,
    texts: Texts,
    poll: Duration,
}

/// What to delete, all of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// BOSH configs, by their types.
    Configs(Vec<String>),
    /// Secrets of the manifest, by their names in BOSH's CredHub.
    Secrets(Vec<String>),
    /// Credentials of bindings, by their names in the platform's CredHub.
    Credentials(Vec<String>),
}

impl Act {
    /// The next ones of what is there; configs first, as ODB does.
    fn of(remains: Remains) -> Option<Act> {
        let Remains {
            configs,
            secrets,
            credentials,
        } = remains;
        let some = |mut names: Vec<String>| {
            names.truncate(AT_ONCE);
            (!names.is_empty()).then_some(names)
        };
        let secrets = || some(secrets).map(Act::Secrets);
        let credentials = || some(credentials).map(Act::Credentials);
        some(configs).map(Act::Configs).or_else(secrets).or_else(credentials)
    }
    fn what(&self) -> &'static str {
        match self {
            Act::Configs(_) => "BOSH configs",
            Act::Secrets(_) => "secrets of the manifest",
            Act::Credentials(_) => "credentials of bindings",
        }
    }
}

impl Step for Tidy<'_> {
    type Seen = Left;
    type Act = Act;
    type Ready = Act;

    async fn observe(&self, scene: &Scene) -> Result<Left, Fault> {
        let remains = Remains::look(self.0, scene).await?;
        Ok(Left {
            task: sight::active_tasks(&self.0.tasks.director, scene)
                .await?
                .first()
                .map(|t| t.id),
            remains,
            texts: self.0.tasks.texts,
            poll: self.0.tasks.board.interval(),
        })
    }

    fn decide(scene: &Scene, left: Left) -> Decision<Act> {
        let Left {
            task,
            remains,
            texts,
            poll,
        } = left;
        let (there, facts) = (remains.count(), Facts::default());
        match (Act::of(remains), task) {
            (None, None) => Decision::Done(facts),
            (act, task) if scene.expired() => {
                let last = scene.job().last_fault.as_deref().unwrap_or("none");
                let what = act.map_or("an active task", |act| act.what());
                let cause = format!("the deadline passed with {what} left; the last fault: {last}");
                Decision::Fail(texts.failure(scene, task, &cause))
            }
            (None, Some(task)) => Decision::Wait {
                after: poll,
                note: Some(format!("waiting for BOSH task {task} of the same deployment")),
                facts,
            },
            // One that comes back, or that is listed and not deleted, is no reason to hurry.
            (Some(act), _)
                if scene.job().attempts as usize > 2 * there && scene.now.since(scene.job().touched_at) < poll =>
            {
                Decision::Wait {
                    after: back_off(scene.job().attempts),
                    note: Some(format!("waiting to remove {}", act.what())),
                    facts,
                }
            }
            (Some(act), _) => {
                let note = Some(format!("removing {}", act.what()));
                Decision::Act { act, facts, note }
            }
        }
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(Act, Learnt), Stop> {
        Ok((act, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, act: Act, limit: Duration) -> Result<Learnt, Stop> {
        let (until, call) = (Instant::now() + limit, &scene.call);
        let left = || until.saturating_duration_since(Instant::now());
        // Each is deleted by its name, and one that isn't there is fine. A client that found something is there.
        match (act, &self.0.bosh_credhub, &self.0.credhub) {
            (Act::Configs(kinds), _, _) => {
                let name = scene.record.instance.deployment();
                for kind in kinds {
                    self.0.tasks.director.delete_config(&kind, &name, call, left()).await?;
                }
            }
            (Act::Secrets(names), Some(credhub), _) | (Act::Credentials(names), _, Some(credhub)) => {
                for name in names {
                    credhub.delete(&name, call, left()).await?;
                }
            }
            (Act::Secrets(_), None, _) | (Act::Credentials(_), _, None) => {}
        }
        Ok(Learnt::default())
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.tasks.texts.failure(scene, None, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}

#[cfg(test)]
#[path = "tidy/tests.rs"]
mod tests;
