//! The end: the broker is taken out of Cloud Controller, and nothing is left there.

use super::Cf;
use crate::tour::left::Left;
use crate::tour::watch::PAUSE;
use crate::tour::witness::get;
use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What may be left of its state, by the members that the control API has for it. Jobs are those that run.
const ROWS: [(&str, &str); 6] = [
    ("instances at Cloud Controller", "instances"),
    ("bindings there", "bindings"),
    ("brokers there", "brokers"),
    ("offerings there", "offerings"),
    ("plans there", "plans"),
    ("jobs there", "jobs"),
];
/// How long work may go on that nobody waits for.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Idle {
    idle: bool,
}

/// A call of the broker.
#[derive(Deserialize)]
struct Outgoing {
    method: String,
    path: String,
    purpose: String,
}

impl Cf<'_> {
    /// `chandler deregister`: what is left then, what Cloud Controller took for orphans, and which bindings weren't there at once.
    pub(in crate::tour) async fn leave(&self) -> anyhow::Result<Vec<Left>> {
        crate::say::head("The operator takes the broker out of Cloud Controller");
        self.foundation.registration.deregister().await?;
        let (mut left, polled) = left(&self.foundation.control, LIMIT).await?;
        left.extend(judged(polled, self.foundation.at_once));
        Ok(left)
    }
}

/// Bindings that had to be polled: an error if they had to be there at once, and otherwise worth a line.
pub(super) fn judged(polled: BTreeSet<String>, at_once: bool) -> Option<Left> {
    let what = "bindings that it had to poll";
    if at_once {
        return Some((what, polled));
    }
    let paths: Vec<String> = polled.iter().map(|path| format!("    {path}")).collect();
    let text = format!(
        "  {what}, as the adapter may take longer than the grace: {}",
        paths.len()
    );
    for line in [text].into_iter().chain(paths) {
        crate::say::line(line);
    }
    None
}

/// What Cloud Controller has once nothing is under way any more, and the paths of bindings that it polled.
///
/// # Errors
/// When that takes longer than `limit`.
pub(super) async fn left(control: &str, limit: Duration) -> anyhow::Result<(Vec<Left>, BTreeSet<String>)> {
    let end = Instant::now() + limit;
    while !get::<Idle>(control, "idle").await?.idle {
        ensure!(Instant::now() < end, "Cloud Controller still has something to do");
        sleep(PAUSE).await;
    }
    let mut state: BTreeMap<String, Value> = get(control, "state").await?;
    let mut left = Vec::new();
    for (what, member) in ROWS {
        let rows = state
            .remove(member)
            .with_context(|| format!("its state has no {member}"))?;
        let rows: Vec<Value> = serde_json::from_value(rows)?;
        left.push((what, rows.iter().map(Value::to_string).collect()));
    }
    let calls: Vec<Outgoing> = get(control, "outgoing").await?;
    let orphans = calls.iter().filter(|it| it.purpose == "orphan");
    let orphans: BTreeSet<String> = orphans.map(|it| format!("{} {}", it.method, it.path)).collect();
    left.push(("orphans that it cleaned up", orphans));
    // A real one would let its user wait for a minute.
    let polls = calls
        .iter()
        .filter(|it| it.purpose == "poll" && it.path.contains("/service_bindings/"));
    Ok((left, polls.map(|it| it.path.clone()).collect()))
}
