//! VMs come and go, and all other changes of a deployment.

use super::line;
use crate::bosh::deployment::{Deployment, Instance, Vm};
use crate::bosh::events::Progress;
use crate::bosh::plan::{Change, Plan, What};
use crate::bosh::world::World;

/// The stage that creates VMs, all at once.
pub(super) fn create(plan: &mut Plan, missing: &[&Instance]) {
    let stage = "Creating missing vms";
    let lines: Vec<_> = missing
        .iter()
        .enumerate()
        .map(|(at, i)| line(stage, &[], missing.len(), i.label(), at + 1))
        .collect();
    for line in &lines {
        plan.push(What::Line(line.clone()));
    }
    if !lines.is_empty() {
        plan.pass(6.0);
    }
    for (instance, line) in missing.iter().zip(&lines) {
        plan.push(What::Line(line.with(Progress::Finished)));
        plan.change(Change::Vm(instance.id.clone()));
    }
}

impl World {
    /// Carries out one change of a task's deployment.
    pub(in crate::bosh) fn change(&mut self, task: u64, at: f64, change: Change) {
        let Some(name) = self.tasks.get(&task).map(|t| t.deployment.clone()) else {
            return;
        };
        match change {
            Change::Destroy => {
                self.deployments.remove(&name);
                self.links.forget(&name);
            }
            Change::Persist(manifest) => {
                let versions = self.resolve(&manifest).unwrap_or_default();
                for az in manifest.groups.iter().flat_map(|g| &g.azs) {
                    self.zone(az);
                }
                let kinds = self.catalog.as_ref().map(|c| &c.links);
                self.links.deployed(&manifest, at, |link| {
                    kinds
                        .and_then(|k| k.get(link))
                        .map_or_else(|| link.to_owned(), Clone::clone)
                });
                if let Some(deployment) = self.deployments.get_mut(&name) {
                    (deployment.releases, deployment.stemcells) = versions;
                    deployment.good = Some(*manifest);
                }
            }
            Change::Variables(variables) => {
                if let Some(deployment) = self.deployments.get_mut(&name) {
                    deployment.variables = variables;
                }
            }
            Change::Rows(wanted) => {
                if let Some(deployment) = self.deployments.get_mut(&name) {
                    upsert(deployment, wanted);
                }
            }
            Change::Vm(id) => {
                let vm = self.new_vm(at);
                self.instance(&name, &id, |i| i.vm = Some(vm));
            }
            Change::Running(id, config) => self.instance(&name, &id, |i| {
                i.config = config;
                if let Some(vm) = &mut i.vm {
                    vm.job_state = if i.state == "started" { "running" } else { "stopped" };
                }
            }),
            Change::State(id, state) => self.instance(&name, &id, |i| {
                i.state = state;
                i.expects_vm = state != "detached";
                if let Some(vm) = &mut i.vm {
                    vm.job_state = if state == "started" { "running" } else { "stopped" };
                }
            }),
            Change::JobsStopped(id) => self.instance(&name, &id, |i| {
                if let Some(vm) = &mut i.vm {
                    vm.job_state = "stopped";
                }
            }),
            Change::Ran(errand, id) => {
                if let Some(deployment) = self.deployments.get_mut(&name) {
                    let config = run_config(deployment, &id);
                    deployment.errand_runs.insert((errand, id, config));
                }
            }
            Change::Unplug(id) => self.instance(&name, &id, |i| i.vm = None),
            Change::Gone(id) => {
                if let Some(deployment) = self.deployments.get_mut(&name) {
                    deployment.instances.retain(|i| i.id != id);
                }
            }
        }
    }

    fn instance(&mut self, deployment: &str, id: &str, act: impl FnOnce(&mut Instance)) {
        let row = self.deployments.get_mut(deployment);
        if let Some(row) = row.and_then(|d| d.instances.iter_mut().find(|i| i.id == id)) {
            act(row);
        }
    }

    fn new_vm(&mut self, at: f64) -> Vm {
        let ip = self.next_ip;
        self.next_ip += 1;
        Vm {
            cid: (11_000 + ip).to_string(),
            agent_id: uuid::Uuid::new_v4().to_string(),
            created_at: crate::common::clock::rfc3339(at),
            ip: format!("10.244.{}.{}", ip / 250, ip % 250),
            job_state: "stopped",
            dead: false,
        }
    }
}

fn upsert(deployment: &mut Deployment, wanted: Vec<Instance>) {
    for instance in wanted {
        match deployment.instances.iter_mut().find(|i| i.id == instance.id) {
            Some(row) => *row = instance,
            None => deployment.instances.push(instance),
        }
    }
}

/// What an errand's run depends on: the configuration of its instance's group.
pub(super) fn run_config(deployment: &Deployment, id: &str) -> String {
    let group = deployment.instances.iter().find(|i| i.id == id).map(|i| &i.group);
    let found = group.and_then(|name| deployment.good.as_ref()?.group(name));
    found.map(|g| g.config.clone()).unwrap_or_default()
}
