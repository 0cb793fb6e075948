//! The operator's commands, as in production: each is run, and what it says is shown.

use super::{LIMIT, Stack};
use crate::ready;
use crate::say;
use anyhow::{Context as _, bail};
use reqwest::RequestBuilder;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::Command;

/// A command waits for others itself, for less than this.
const PATIENCE: Duration = Duration::from_secs(90);
/// The streams are there, the mark isn't: a real Director has instances that this bus doesn't know.
const INCOMPLETE: i32 = 65;
/// The broker's name at Cloud Controller.
const NAME: &str = "chandler-local";

/// Runs `chandler bus bootstrap`.
pub(super) async fn bootstrap(chandler: &Path, config: &Path) -> anyhow::Result<()> {
    let config = config.as_os_str();
    let words = ["bus", "bootstrap", "--wait", "30", "--config"].map(OsStr::new);
    say::step(format_args!("chandler bus bootstrap --config {}", config.display()));
    let status = run(chandler, &[&words[..], &[config]].concat()).await?;
    match status.code() {
        Some(0 | INCOMPLETE) => Ok(()),
        _ => bail!("chandler bus bootstrap failed ({status})"),
    }
}

/// Whoever makes the broker known to the simulated Cloud Controller.
#[derive(Debug)]
pub(crate) struct Registration {
    chandler: PathBuf,
    file: PathBuf,
    /// The broker's URL.
    url: String,
    /// Asks the broker for its catalog, as Cloud Controller will.
    catalog: RequestBuilder,
}

impl Stack {
    /// None where Cloud Controller isn't simulated.
    pub(super) fn registration(&self) -> anyhow::Result<Option<Registration>> {
        if self.filled.simulated.cloud_controller.is_none() {
            return Ok(None);
        }
        let (user, password) = &self.filled.credential;
        let url = self.url();
        let request = self.platform_client()?.get(format!("{url}/v2/catalog"));
        Ok(Some(Registration {
            chandler: self.programs.path("chandler"),
            file: self.state.dir.join(super::rollout::REGISTRAR),
            catalog: request
                .basic_auth(user, Some(password.expose()))
                .header("X-Broker-API-Version", "2.17"),
            url,
        }))
    }
}

impl Registration {
    /// Makes the broker known, or has Cloud Controller read its catalog anew.
    pub(crate) async fn register(&self) -> anyhow::Result<()> {
        // With plan schemas it waits for the worker that asks the adapter.
        let again = self.catalog.try_clone().context("a request without a body")?;
        ready::wait("the catalog", again, LIMIT).await?;
        self.run("register", &["--url", &self.url]).await
    }

    /// Takes the broker out of Cloud Controller.
    pub(crate) async fn deregister(&self) -> anyhow::Result<()> {
        self.run("deregister", &[]).await
    }

    /// The broker's name there.
    pub(crate) fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, what: &str, more: &[&str]) -> anyhow::Result<()> {
        let flags = [&["--name", NAME], more].concat();
        say::step(format_args!(
            "chandler {what} {} {}",
            self.file.display(),
            flags.join(" ")
        ));
        let words: Vec<&OsStr> = [OsStr::new(what), self.file.as_os_str()]
            .into_iter()
            .chain(flags.iter().map(OsStr::new))
            .collect();
        let status = run(&self.chandler, &words).await?;
        match status.success() {
            true => Ok(()),
            false => bail!("chandler {what} failed ({status})"),
        }
    }
}

/// Runs it to its end and shows what it says.
async fn run(chandler: &Path, words: &[&OsStr]) -> anyhow::Result<ExitStatus> {
    let mut command = Command::new(chandler);
    command.args(words);
    // The file has the operator's user; what the shell may have is for another bus.
    command
        .env_remove("CHANDLER_BUS_USER")
        .env_remove("CHANDLER_BUS_PASSWORD");
    command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .context("a command of chandler takes too long")?
        .with_context(|| format!("{} can't be run", chandler.display()))?;
    for said in [&output.stderr, &output.stdout] {
        for line in String::from_utf8_lossy(said).lines() {
            // What is odd in the configuration was told, with the lines of the operator's file.
            if !line.ends_with(" (line 1)") {
                say::line(format_args!("    {line}"));
            }
        }
    }
    Ok(output.status)
}
