//! A deploy: prepare, create missing VMs, delete unneeded instances, update group by group.

use std::collections::VecDeque;

use super::{Problem, line};
use crate::bosh::deployment::{Deploy, Instance};
use crate::bosh::events::Progress;
use crate::bosh::manifest::Group;
use crate::bosh::plan::{Beat, Change, Plan, What, fail_at};
use crate::bosh::task::Ending;
use crate::bosh::world::World;

/// The steps of an instance's update, with the progress that the events show.
pub(super) const STATUSES: [(u8, &str); 9] = [
    (5, "executing pre-stop"),
    (10, "executing drain"),
    (30, "stopping jobs"),
    (40, "executing post-stop"),
    (50, "installing packages"),
    (60, "configuring jobs"),
    (70, "executing pre-start"),
    (90, "starting jobs"),
    (100, "executing post-start"),
];

impl World {
    pub(super) fn plan_deploy(&mut self, name: &str, job: &Deploy, seconds: f64) -> Result<VecDeque<Beat>, Problem> {
        let manifest = &job.manifest;
        let (_, stemcells) = self.resolve(manifest)?;
        let deployment = self.find(name)?;
        let mut plan = Plan::default();
        let (mut wanted, unneeded) = wanted(&deployment.instances, &manifest.groups, |group| {
            let at = manifest.stemcells.iter().position(|s| s.alias == group.stemcell)?;
            stemcells.get(at).cloned()
        });

        let dead = wanted.iter().find_map(|i| i.no_agent("get_state"));
        if job.fix {
            for instance in &mut wanted {
                instance.vm.take_if(|vm| vm.dead);
            }
        }
        plan.stage(&line("Preparing deployment", &[], 1, "Preparing deployment", 1), 1.0);
        let variables = self.variables(name, &manifest.wishes);
        if !job.dry_run {
            plan.change(Change::Rows(wanted.clone()));
            if let Ok(variables) = &variables {
                plan.change(Change::Variables(variables.clone()));
            }
        }
        plan.stage(&line("Preparing deployment", &[], 1, "Rendering templates", 2), 1.0);
        let packages = "Preparing package compilation";
        plan.stage(&line(packages, &[], 1, "Finding packages to compile", 1), 1.0);
        if !job.dry_run {
            let missing: Vec<_> = wanted.iter().filter(|i| i.expects_vm && i.vm.is_none()).collect();
            super::vm::create(&mut plan, &missing);
            delete_unneeded(&mut plan, &unneeded);
            for group in &manifest.groups {
                let stale: Vec<_> = wanted
                    .iter()
                    .filter(|i| i.group == group.name && i.expects_vm)
                    .filter(|i| job.recreate || i.vm.is_none() || i.config != group.config)
                    .collect();
                update_group(&mut plan, group, &stale);
            }
            plan.change(Change::Persist(Box::new(manifest.clone())));
        }
        let mut beats = plan.finish(Ending::Done, format!("/deployments/{name}"), seconds);
        if let Some(message) = dead
            && !job.fix
        {
            fail_at(&mut beats, "Preparing deployment", 450_002, &message);
        }
        if let Err((code, message)) = &variables {
            fail_at(&mut beats, "Preparing deployment", *code, message);
        }
        if let Some(stage) = &manifest.script.fail_at_stage {
            super::fail::fail(&mut beats, stage, manifest.script.message.clone(), None);
        }
        Ok(beats)
    }
}

/// The instances that a manifest asks for (kept or new) and those that it doesn't any more.
fn wanted(
    present: &[Instance],
    groups: &[Group],
    stemcell: impl Fn(&Group) -> Option<(String, String)>,
) -> (Vec<Instance>, Vec<Instance>) {
    let mut wanted = Vec::new();
    for group in groups {
        for index in 0..group.instances {
            let old = present.iter().find(|i| i.group == group.name && i.index == index);
            let mut instance = old.cloned().unwrap_or_else(|| Instance::new(group, index));
            instance.expects_vm = !group.errand && instance.state != "detached";
            instance.stemcell = stemcell(group);
            instance.vm_type.clone_from(&group.vm_type);
            wanted.push(instance);
        }
    }
    let unneeded = present
        .iter()
        .filter(|i| !wanted.iter().any(|w| w.id == i.id))
        .cloned()
        .collect();
    (wanted, unneeded)
}

fn delete_unneeded(plan: &mut Plan, unneeded: &[Instance]) {
    for (at, instance) in unneeded.iter().enumerate() {
        let stage = "Deleting unneeded instances";
        plan.stage(&line(stage, &[], unneeded.len(), instance.label(), at + 1), 2.0);
        plan.change(Change::Gone(instance.id.clone()));
    }
}

/// Canaries first, then the rest, never more than `max_in_flight` at once.
fn update_group(plan: &mut Plan, group: &Group, stale: &[&Instance]) {
    let canaries = group.canaries.min(stale.len());
    let (first, rest) = stale.split_at(canaries);
    let mut index = 0;
    for (batch, canary) in first
        .chunks(group.max_in_flight)
        .map(|b| (b, true))
        .chain(rest.chunks(group.max_in_flight).map(|b| (b, false)))
    {
        let lines: Vec<_> = batch
            .iter()
            .map(|instance| {
                index += 1;
                let suffix = if canary { " (canary)" } else { "" };
                let task = format!("{}{suffix}", instance.label());
                line("Updating instance", &[&group.name], stale.len(), task, index)
            })
            .collect();
        update(plan, group, batch, &lines);
    }
}

/// Updates a batch of instances side by side.
pub(super) fn update(plan: &mut Plan, group: &Group, batch: &[&Instance], lines: &[crate::bosh::events::Line]) {
    let all = |plan: &mut Plan, state: &Progress| {
        for line in lines {
            plan.push(What::Line(line.with(state.clone())));
        }
    };
    all(plan, &Progress::Started);
    for (progress, status) in STATUSES {
        plan.pass(1.0);
        all(plan, &Progress::At(progress, status));
    }
    for (instance, line) in batch.iter().zip(lines) {
        plan.push(What::Line(line.with(Progress::Finished)));
        plan.change(Change::Running(instance.id.clone(), group.config.clone()));
    }
}
