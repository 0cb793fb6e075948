//! The other side: what the simulated Director was made to do.

use super::Told;
use crate::say;
use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, Deserialize)]
struct Task {
    id: u64,
    kind: String,
    state: String,
    deployment: String,
}

#[derive(Debug, Deserialize)]
struct Deployment {
    name: String,
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

/// Compares what the platform was told with the Director's own list.
pub(super) async fn compare(control: &str, told: &[Told]) -> anyhow::Result<()> {
    say::head("The same, as the Director tells it");
    let tasks: Vec<Task> = get(control, "tasks").await?;
    let mut wrong = Vec::new();
    for Told {
        instance,
        tasks: expected,
    } in told
    {
        let name = deployment(instance);
        let of_it: Vec<&Task> = tasks.iter().filter(|task| task.deployment == name).collect();
        let shown: Vec<String> = of_it
            .iter()
            .map(|task| format!("{} (task {}, {})", task.kind, task.id, task.state))
            .collect();
        say::line(format_args!("  {instance}: {}", shown.join(", ")));
        let found = of_it.iter().map(|task| (task.kind.as_str(), task.state.as_str()));
        if !found.eq(expected.iter().copied()) {
            wrong.push(format!("{instance}: {shown:?}, expected {expected:?}"));
        }
    }
    for task in tasks
        .iter()
        .filter(|task| !told.iter().any(|told| deployment(&told.instance) == task.deployment))
    {
        wrong.push(format!(
            "task {} ({}) of {:?}, which is none of ours",
            task.id, task.kind, task.deployment
        ));
    }
    let left: Vec<Deployment> = get(control, "deployments").await?;
    say::line(format_args!("  deployments left: {}", left.len()));
    wrong.extend(left.iter().map(|left| format!("{} is still there", left.name)));
    if wrong.is_empty() {
        Ok(())
    } else {
        bail!("the Director tells it differently: {}", wrong.join("; "))
    }
}

fn deployment(instance: &str) -> String {
    format!("service-instance_{instance}")
}

async fn get<T: DeserializeOwned>(control: &str, what: &str) -> anyhow::Result<T> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?;
    let answer = client.get(format!("{control}/control/{what}")).send().await;
    answer
        .with_context(|| format!("the Director's {what}"))?
        .json()
        .await
        .with_context(|| format!("the Director's {what}"))
}
