//! Have the Director run an errand of the plan, once.
mod tell;
#[cfg(test)]
mod tests;
mod there;

use crate::room::Outside;
use chandler_clients::{
    Fault,
    bosh::{ErrandPlace, ErrandRun, NO_DEPLOYMENT, redact},
};
use chandler_common::tasks::{
    leg,
    table::{Leg, Row},
};
use chandler_engine::step::{Decision, Scene, Step, Stop};
use chandler_proto::{
    catalog::{Errand, ErrandInstance},
    failure::Failure,
    job::{Facts, Learnt},
};
use std::time::Duration;
use there::There;

/// See [`Step`].
pub(super) struct RunErrand<'a> {
    pub(super) outside: &'a Outside,
    pub(super) errand: Errand,
    pub(super) when: When,
}

/// When it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// After each deployment: what fails it fails the job.
    AfterDeploy,
    /// Before the deployment is deleted: without one there is nothing to run it on, and a forced deletion goes on
    /// without it.
    BeforeDelete,
}

/// What is seen.
pub(super) enum Seen {
    /// Nothing is to run here, or not any more.
    Over,
    /// What the Director has.
    There(Box<There>),
}

/// What the leg writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// `DELETE /task/:id`
    Cancel(u64),
    /// `POST /deployments/:d/errands/:e/runs`
    Run,
}

impl Step for RunErrand<'_> {
    type Seen = Seen;
    type Act = Act;
    type Ready = Act;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        // What a late request brought back is deleted as it is: nobody has used it.
        if self.when == When::BeforeDelete && scene.record.gone() || scene.job().facts.gave_up.is_some() {
            return Ok(Seen::Over);
        }
        let (errand, optional) = (self.errand.name.clone(), self.optional(scene));
        let mut view = leg::observe(&self.outside.tasks, scene, Leg::Errand).await?;
        view.look.note = Some(running(&errand));
        let mut there = There {
            view,
            errand,
            optional,
            deployed: true,
        };
        match there.row(scene) {
            // Only now: whatever may still make or change the deployment has ended, or was cancelled.
            Row::Start { .. } => there.deployed = self.deployed(scene).await?,
            Row::Done | Row::Failed(_) | Row::TimedOut => tell::ended(scene, &there),
            Row::Cancel(_) | Row::WaitForTask(_) | Row::WaitForLock(_) | Row::BackOff(_) => {}
        }
        Ok(Seen::There(Box::new(there)))
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<Act> {
        let there = match seen {
            Seen::Over => return Decision::Done(Facts::default()),
            Seen::There(there) => there,
        };
        match there.row(scene) {
            Row::Failed(_) if there.optional => Decision::Done(Facts::default()),
            Row::Failed(task) => there.fails(scene, Some(task), &there.bad_end()),
            Row::TimedOut => there.fails(scene, there.task(scene), &there.too_late(scene)),
            Row::Start { .. } if !there.deployed => Decision::Done(Facts::default()),
            Row::Cancel(_)
            | Row::WaitForTask(_)
            | Row::WaitForLock(_)
            | Row::BackOff(_)
            | Row::Start { .. }
            | Row::Done => leg::decision(scene, &there.view, Leg::Errand, Act::Cancel, |_| {
                leg::start(Act::Run, &running(&there.errand))
            }),
        }
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(Act, Learnt), Stop> {
        Ok((act, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, act: Act, limit: Duration) -> Result<Learnt, Stop> {
        Ok(match act {
            Act::Cancel(task) => self.outside.tasks.cancel(task, scene, limit).await?,
            Act::Run => self.run(scene, limit).await?.into(),
        })
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        let cause = cause(&self.errand.name, &fault.to_string());
        self.outside.tasks.failure(scene, &cause)
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        leg::whom(fault)
    }
}

impl RunErrand<'_> {
    /// Whether the job goes on when the errand can't be run, or fails.
    fn optional(&self, scene: &Scene) -> bool {
        match self.when {
            When::AfterDeploy => false,
            When::BeforeDelete => scene.job().force,
        }
    }

    /// Whether there is something that the errand can run on.
    async fn deployed(&self, scene: &Scene) -> Result<bool, Fault> {
        match self.when {
            // It has just been deployed. If it isn't there all the same, the Director's refusal says so.
            When::AfterDeploy => Ok(true),
            When::BeforeDelete => {
                let name = scene.record.instance.deployment();
                let deployment = self.outside.tasks.director.deployment(&name, &scene.call).await?;
                Ok(deployment.is_some_and(|it| it.manifest.is_some()))
            }
        }
    }

    /// Starts it.
    async fn run(&self, scene: &Scene, limit: Duration) -> Result<Facts, Fault> {
        let instances: Vec<_> = self.errand.instances.iter().map(place).collect();
        let errand = ErrandRun {
            name: &self.errand.name,
            instances: &instances,
            keep_alive: false,
            when_changed: false,
        };
        let (name, context) = (scene.record.instance.deployment(), scene.job().context_id());
        let director = &self.outside.tasks.director;
        match director.run_errand(&name, &errand, &context, &scene.call, limit).await {
            Ok(task) => Ok(Facts {
                bosh_task: Some(task),
                ..Facts::default()
            }),
            // It has gone since we looked: the next look says what that means.
            Err(fault) if self.when == When::BeforeDelete && fault.code() == Some(NO_DEPLOYMENT) => {
                Ok(Facts::default())
            }
            // A Director that is away isn't a refusal: it is waited for, forced or not.
            Err(fault) if self.optional(scene) && fault.is_permanent() => {
                tell::refused(scene, &self.errand.name, &fault);
                Ok(Facts {
                    gave_up: Some(redact::for_operator(&cause(&self.errand.name, &fault.to_string()))),
                    ..Facts::default()
                })
            }
            Err(fault) => Err(fault),
        }
    }
}

fn place(it: &ErrandInstance) -> ErrandPlace<'_> {
    let ErrandInstance { group, id } = it;
    ErrandPlace {
        group,
        id: id.as_deref(),
    }
}

/// The line for people.
fn running(errand: &str) -> String {
    format!("running errand {errand}")
}

fn cause(errand: &str, why: &str) -> String {
    format!("errand {errand}: {why}")
}
