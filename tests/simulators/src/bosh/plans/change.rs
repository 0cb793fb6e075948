//! Start, stop, restart, recreate.

use std::collections::VecDeque;

use super::{Problem, line};
use crate::bosh::deployment::Change as Wanted;
use crate::bosh::plan::{Beat, Change, Plan};
use crate::bosh::task::Ending;
use crate::bosh::world::World;

impl World {
    pub(super) fn plan_change(&mut self, name: &str, wanted: &Wanted, seconds: f64) -> Result<VecDeque<Beat>, Problem> {
        let deployment = self.find(name)?;
        let mut plan = Plan::default();
        plan.stage(&line("Preparing deployment", &[], 1, "Preparing deployment", 1), 1.0);
        plan.stage(&line("Preparing deployment", &[], 1, "Rendering templates", 2), 1.0);
        let packages = "Preparing package compilation";
        plan.stage(&line(packages, &[], 1, "Finding packages to compile", 1), 1.0);
        let groups = deployment.good.iter().flat_map(|m| &m.groups).filter(|g| !g.errand);
        for group in groups.filter(|g| wanted.group.as_ref().is_none_or(|w| *w == g.name)) {
            let chosen: Vec<_> = deployment
                .instances
                .iter()
                .filter(|i| i.group == group.name)
                .filter(|i| {
                    let id = wanted.id.as_ref();
                    id.is_none_or(|id| *id == i.id || *id == i.index.to_string())
                })
                .collect();
            for (at, instance) in chosen.iter().enumerate() {
                let task = format!("{}{}", instance.label(), if at == 0 { " (canary)" } else { "" });
                let line = line("Updating instance", &[&group.name], chosen.len(), task, at + 1);
                super::deploy::update(&mut plan, group, &[instance], &[line]);
                let id = || instance.id.clone();
                match wanted.state.as_str() {
                    "stopped" => plan.change(Change::State(id(), "stopped")),
                    "detached" => {
                        plan.change(Change::Unplug(id()));
                        plan.change(Change::State(id(), "detached"));
                    }
                    state => {
                        if state == "recreate" || instance.vm.is_none() {
                            plan.change(Change::Vm(id()));
                        }
                        plan.change(Change::State(id(), "started"));
                    }
                }
            }
        }
        Ok(plan.finish(Ending::Done, format!("/deployments/{name}"), seconds))
    }
}
