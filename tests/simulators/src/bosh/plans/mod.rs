//! What each kind of task does, a file each.

mod change;
mod check;
mod delete;
mod deploy;
mod errand;
pub(super) mod fail;
mod instances;
mod vm;

use std::collections::VecDeque;

use super::deployment::{Deployment, Job};
use super::events::{Line, Progress};
use super::fault::TaskEffect;
use super::plan::{Beat, What};
use super::task::Ending;
use super::world::World;

/// An error before anything was done.
pub(super) type Problem = (u32, String);

impl World {
    /// The beats of a task that begins now, and the seconds that they are spread over.
    pub(super) fn plan(&mut self, id: u64) -> (VecDeque<Beat>, f64) {
        let Some(task) = self.tasks.get(&id) else {
            return (VecDeque::new(), 0.0);
        };
        let (name, job, teams) = (task.deployment.clone(), task.job.clone(), task.teams.clone());
        let taken = task.effects.iter().find_map(|effect| match effect {
            TaskEffect::Take { seconds } => Some(*seconds),
            _ => None,
        });
        let base = self.options.task_seconds;
        let scripted = self.script_seconds(&name, &job).unwrap_or(base);
        let length = taken.unwrap_or(match &job {
            Job::Deploy(_) => scripted,
            Job::Delete { .. } | Job::Errand(_) => scripted / 3.0,
            Job::Change(_) => scripted / 2.0,
            Job::Instances { .. } => 0.0,
        });
        let planned = match &job {
            Job::Deploy(job) => {
                // A deletion may have taken the row away since the request.
                let made = Deployment {
                    teams,
                    ..Deployment::default()
                };
                self.deployments.entry(name.clone()).or_insert(made);
                self.plan_deploy(&name, job, length)
            }
            Job::Delete { force } => self.plan_delete(&name, *force, length),
            Job::Errand(job) => self.plan_errand(id, &name, job, length),
            Job::Change(job) => self.plan_change(&name, job, length),
            Job::Instances { vms_only } => self.plan_instances(&name, *vms_only),
        };
        let beats = planned.unwrap_or_else(|(code, message)| {
            let what = What::Finish(Ending::Error { code, message }, String::new());
            [Beat { at: 0.0, what }].into()
        });
        (beats, length)
    }

    /// `properties.simulator.task_seconds` of the manifest that this task deploys, or of the last good one.
    fn script_seconds(&self, name: &str, job: &Job) -> Option<f64> {
        match job {
            Job::Deploy(deploy) => deploy.manifest.script.task_seconds,
            Job::Delete { .. } | Job::Errand(_) | Job::Change(_) | Job::Instances { .. } => {
                self.deployments.get(name)?.good.as_ref()?.script.task_seconds
            }
        }
    }

    fn find(&self, name: &str) -> Result<&Deployment, Problem> {
        self.deployments
            .get(name)
            .ok_or_else(|| (70_000, format!("Deployment '{name}' doesn't exist")))
    }
}

/// A line's frame; its state is filled in by `Plan::stage`.
fn line(stage: &str, tags: &[&str], total: usize, task: impl Into<String>, index: usize) -> Line {
    Line {
        stage: stage.to_owned(),
        tags: tags.iter().map(|t| (*t).to_owned()).collect(),
        total,
        task: task.into(),
        index,
        state: Progress::Started,
    }
}
