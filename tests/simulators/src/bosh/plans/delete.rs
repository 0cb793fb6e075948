//! A deletion: instances, then artifacts, then the deployment.

use std::collections::VecDeque;

use super::{Problem, line};
use crate::bosh::options::DirectorRelease;
use crate::bosh::plan::{Beat, Change, Plan, fail_at};
use crate::bosh::task::Ending;
use crate::bosh::world::World;

impl World {
    pub(super) fn plan_delete(&mut self, name: &str, force: bool, seconds: f64) -> Result<VecDeque<Beat>, Problem> {
        let instances = &self.find(name)?.instances;
        let mut plan = Plan::default();
        for (at, instance) in instances.iter().enumerate() {
            let total = instances.len();
            let line = line("Deleting instances", &[], total, instance.label(), at + 1);
            plan.stage_with(&line, 3.0, Change::JobsStopped(instance.id.clone()));
            plan.change(Change::Gone(instance.id.clone()));
        }
        let artifacts = "Removing deployment artifacts";
        plan.stage(&line(artifacts, &[], 3, "Detaching stemcells", 1), 1.0);
        plan.stage(&line(artifacts, &[], 3, "Detaching releases", 2), 1.0);
        let last: &[&str] = match self.options.release {
            DirectorRelease::Old => &["Destroying deployment"],
            DirectorRelease::Newest => &["Deleting dynamic disks", "Destroying deployment"],
        };
        for (at, step) in last.iter().enumerate() {
            plan.stage(&line("Deleting properties", &[], 0, *step, at + 1), 1.0);
        }
        plan.change(Change::Destroy);
        let mut beats = plan.finish(Ending::Done, format!("/deployments/{name}"), seconds);
        let dead = instances
            .iter()
            .find_map(|i| Some((i.label(), i.no_agent("run_script")?)));
        if let Some((label, message)) = dead
            && !force
        {
            fail_at(&mut beats, &label, 450_002, &message);
        }
        Ok(beats)
    }
}
