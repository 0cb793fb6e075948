//! A run of an errand: on a lifecycle group's own VM, or beside the jobs of service groups.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{Problem, line};
use crate::bosh::catalog::ErrandScript;
use crate::bosh::deployment::{Deployment, Errand, Instance};
use crate::bosh::fault::TaskEffect;
use crate::bosh::plan::{Beat, Change, Plan, What};
use crate::bosh::task::Ending;
use crate::bosh::world::World;

impl World {
    pub(super) fn plan_errand(
        &mut self,
        task: u64,
        name: &str,
        job: &Errand,
        seconds: f64,
    ) -> Result<VecDeque<Beat>, Problem> {
        let deployment = self.find(name)?;
        let mut chosen = choose(deployment, job)?;
        if job.when_changed {
            chosen.retain(|i| {
                let config = super::vm::run_config(deployment, &i.id);
                let run = (job.name.clone(), i.id.clone(), config);
                !deployment.errand_runs.contains(&run)
            });
        }
        let script = self.errand_script(task, &job.name);
        let mut plan = Plan::default();
        let prepare = line("Preparing deployment", &[], 1, "Preparing deployment", 1);
        plan.push(What::Line(prepare.clone()));
        let packages = "Preparing package compilation";
        plan.stage(&line(packages, &[], 1, "Finding packages to compile", 1), 1.0);
        plan.push(What::Line(prepare.with(crate::bosh::events::Progress::Finished)));

        let missing: Vec<_> = chosen.iter().filter(|i| i.vm.is_none()).copied().collect();
        super::vm::create(&mut plan, &missing);
        for instance in &missing {
            let Some(group) = deployment.good.as_ref().and_then(|m| m.group(&instance.group)) else {
                continue;
            };
            let task = format!("{} (canary)", instance.label());
            let line = line("Updating instance", &[&group.name], 1, task, 1);
            super::deploy::update(&mut plan, group, &[instance], &[line]);
        }
        for (at, instance) in chosen.iter().enumerate() {
            let total = chosen.len();
            plan.stage(&line("Running errand", &[], total, instance.label(), at + 1), 4.0);
            let logs = format!("Fetching logs for {}", instance.label());
            plan.stage(&line(&logs, &[], 1, "Finding and packing log files", 1), 1.0);
            if script.exit_code == 0 {
                plan.change(Change::Ran(job.name.clone(), instance.id.clone()));
            }
            plan.push(What::Output(output(instance, &job.name, &script)));
        }
        if !job.keep_alive {
            for instance in &missing {
                plan.change(Change::Unplug(instance.id.clone()));
            }
        }
        let count = chosen.len();
        let (ok, bad, cancelled) = match script.exit_code {
            0 => (count, 0, 0),
            code if code > 128 => (0, 0, count),
            _ => (0, count, 0),
        };
        let result = match count {
            0 if job.when_changed => "skipped - no changes detected".to_owned(),
            _ => format!("{ok} succeeded, {bad} errored, {cancelled} canceled"),
        };
        Ok(plan.finish(Ending::Done, result, seconds))
    }

    fn errand_script(&self, task: u64, name: &str) -> ErrandScript {
        let effects = self.tasks.get(&task).map(|t| t.effects.as_slice()).unwrap_or_default();
        let ordered = effects.iter().find_map(|effect| match effect {
            TaskEffect::Errand {
                exit_code,
                stdout,
                stderr,
            } => Some(ErrandScript {
                exit_code: *exit_code,
                stdout: stdout.clone(),
                stderr: stderr.clone(),
            }),
            _ => None,
        });
        ordered
            .or_else(|| self.catalog.as_ref()?.errands.get(name).cloned())
            .unwrap_or_else(|| ErrandScript {
                exit_code: 0,
                stdout: format!("{name} stdout line\n"),
                stderr: String::new(),
            })
    }
}

/// The instances that an errand runs on.
fn choose<'a>(deployment: &'a Deployment, job: &Errand) -> Result<Vec<&'a Instance>, Problem> {
    let unknown = || (70_009, format!("Errand '{}' doesn't exist", job.name));
    let manifest = deployment.good.as_ref().ok_or_else(unknown)?;
    let own = manifest.group(&job.name).filter(|g| g.errand);
    let has = |group: &str| match own {
        Some(own) => own.name == group,
        None => manifest
            .group(group)
            .is_some_and(|g| g.jobs.iter().any(|release_job| release_job.name == job.name)),
    };
    let offered: Vec<_> = deployment.instances.iter().filter(|i| has(&i.group)).collect();
    if own.is_none() && !manifest.groups.iter().any(|g| has(&g.name)) {
        return Err(unknown());
    }
    if job.filters.is_empty() {
        return Ok(offered);
    }
    let chosen: Vec<_> = offered
        .into_iter()
        .filter(|i| job.filters.iter().any(|filter| selects(filter, i)))
        .collect();
    if chosen.is_empty() {
        let shown: Vec<_> = job.filters.iter().map(ruby).collect();
        let text = format!("No instances match selection criteria: [{}]", shown.join(", "));
        return Err((510_000, text));
    }
    Ok(chosen)
}

fn selects(filter: &Value, instance: &Instance) -> bool {
    let id = match &filter["id"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    let id = id.filter(|id| !id.is_empty());
    filter["group"] == instance.group.as_str()
        && id.is_none_or(|id| {
            id == instance.id || id == instance.index.to_string() || (id == "first" && instance.index == 0)
        })
}

/// A hash as old Ruby prints it.
fn ruby(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs: Vec<_> = map.iter().map(|(k, v)| format!("{k:?}=>{}", ruby(v))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

fn output(instance: &Instance, errand: &str, script: &ErrandScript) -> String {
    let line = json!({
        "instance": {"group": instance.group, "id": instance.id}, "errand_name": errand,
        "exit_code": script.exit_code, "stdout": script.stdout, "stderr": script.stderr,
        "logs": {
            "blobstore_id": uuid::Uuid::new_v4().to_string(),
            "sha1": "5f6567dcf3a148cf0fced843cc5f76808b7a15d9",
        },
    });
    format!("{line}\n")
}
