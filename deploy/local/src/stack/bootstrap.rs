//! The operator's first command, as in production.

use crate::say;
use anyhow::{Context as _, bail};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// The command waits for the bus itself, for less than this.
const LIMIT: Duration = Duration::from_secs(90);
/// The streams are there, the mark isn't: a real Director has instances that this bus doesn't know.
const INCOMPLETE: i32 = 65;

/// Runs `chandler bus bootstrap` and shows what it says.
pub(super) async fn run(chandler: &Path, config: &Path) -> anyhow::Result<()> {
    say::step(format_args!("chandler bus bootstrap --config {}", config.display()));
    let mut command = Command::new(chandler);
    command
        .args(["bus", "bootstrap", "--wait", "30", "--config"])
        .arg(config);
    // The file has the operator's user; what the shell may have is for another bus.
    command
        .env_remove("CHANDLER_BUS_USER")
        .env_remove("CHANDLER_BUS_PASSWORD");
    command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, command.output())
        .await
        .context("chandler bus bootstrap takes too long")?
        .with_context(|| format!("{} can't be run", chandler.display()))?;
    for said in [&output.stderr, &output.stdout] {
        for line in String::from_utf8_lossy(said).lines() {
            // What is odd in the configuration was told, with the lines of the operator's file.
            if !line.ends_with(" (line 1)") {
                say::line(format_args!("    {line}"));
            }
        }
    }
    match output.status.code() {
        Some(0 | INCOMPLETE) => Ok(()),
        _ => bail!("chandler bus bootstrap failed ({})", output.status),
    }
}
