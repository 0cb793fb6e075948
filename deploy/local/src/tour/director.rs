//! The other side: what the simulated Director was made to do.

use super::compare::{self, Task, Told, deployment};
use super::log;
use super::witness::get;
use crate::say;
use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, Deserialize)]
struct Deployment {
    name: String,
    vms: usize,
    manifest: Option<String>,
}

/// How many VMs an instance has.
pub(super) async fn vms(control: &str, instance: &str) -> anyhow::Result<usize> {
    let deployments: Vec<Deployment> = get(control, "deployments").await?;
    let found = deployments.iter().find(|it| it.name == deployment(instance));
    Ok(found.with_context(|| format!("the Director has no {instance}"))?.vms)
}

/// The version of the first stemcell in an instance's manifest, if that is JSON, as the example adapter writes it.
pub(super) async fn stemcell(control: &str, instance: &str) -> anyhow::Result<Option<String>> {
    let deployments: Vec<Deployment> = get(control, "deployments").await?;
    let found = deployments.into_iter().find(|it| it.name == deployment(instance));
    let manifest = found.and_then(|it| it.manifest).unwrap_or_default();
    let manifest: Value = serde_json::from_str(&manifest).unwrap_or_default();
    Ok(manifest["stemcells"][0]["version"].as_str().map(str::to_owned))
}

/// How many VMs the newest recreate of an instance has made anew.
pub(super) async fn recreated(control: &str, instance: &str) -> anyhow::Result<usize> {
    let tasks: Vec<Task> = get(control, "tasks").await?;
    let name = deployment(instance);
    let mut own = tasks.iter().filter(|it| it.deployment == name && it.kind == "change");
    let task = own.next_back().with_context(|| format!("no recreate of {instance}"))?;
    Ok(log::finished(&task.events, "Updating instance"))
}

/// Waits until the Director works on the instance.
pub(super) async fn wait_for_task(control: &str, instance: &str, limit: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + limit;
    loop {
        let tasks: Vec<Task> = get(control, "tasks").await?;
        let name = deployment(instance);
        if tasks
            .iter()
            .any(|task| task.deployment == name && task.state == "processing")
        {
            return Ok(());
        }
        ensure!(Instant::now() < end, "the Director was never asked for {instance}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Compares what was printed with the Director's own list.
///
/// # Errors
/// All that differs, each with the line that was printed or the task that wasn't.
pub(super) async fn compare(control: &str, told: &[Told]) -> anyhow::Result<()> {
    say::head("The same, as the Director tells it");
    let tasks: Vec<Task> = get(control, "tasks").await?;
    for told in told {
        let (staged, all) = compare::counted(told);
        say::line(format_args!(
            "  {}: {staged} of {all} notes named a stage",
            told.instance
        ));
        for task in compare::of(told, &tasks) {
            let (id, state) = (task.id, &task.state);
            // Another change of VMs isn't asked for here.
            let what = match task.kind.as_str() {
                "change" => "recreate".to_owned(),
                _ => task.what(),
            };
            // How many VMs an errand ran on is nowhere else.
            let ran = task
                .result
                .as_deref()
                .filter(|_| task.kind == "errand")
                .unwrap_or_default();
            let line = format!("    task {id:<3} {what:<22} {state:<10} {ran}");
            say::line(line.trim_end());
        }
    }
    let wrong = compare::differences(told, &tasks);
    if wrong.is_empty() {
        Ok(())
    } else {
        bail!("the Director tells it differently: {}", wrong.join("; "))
    }
}
