//! The other side: what the simulated Director was made to do.

use super::compare::{self, Task, Told, deployment};
use super::witness::get;
use crate::say;
use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, Deserialize)]
struct Deployment {
    name: String,
    vms: usize,
}

/// How many VMs an instance has.
pub(super) async fn vms(control: &str, instance: &str) -> anyhow::Result<usize> {
    let deployments: Vec<Deployment> = get(control, "deployments").await?;
    let found = deployments.iter().find(|it| it.name == deployment(instance));
    Ok(found.with_context(|| format!("the Director has no {instance}"))?.vms)
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
        let shown: Vec<String> = compare::of(told, &tasks).into_iter().map(Task::to_string).collect();
        let (staged, all) = compare::counted(told);
        say::line(format_args!(
            "  {}: {}; {staged} of {all} notes named a stage",
            told.instance,
            shown.join(", ")
        ));
    }
    let mut wrong = compare::differences(told, &tasks);
    let left: Vec<Deployment> = get(control, "deployments").await?;
    say::line(format_args!("  deployments left: {}", left.len()));
    wrong.extend(left.iter().map(|left| format!("{} is still there", left.name)));
    if wrong.is_empty() {
        Ok(())
    } else {
        bail!("the Director tells it differently: {}", wrong.join("; "))
    }
}
