//! The operator's commands, as in production: each is run, and what it says is shown.

use super::{LIMIT, Stack};
use crate::guard;
use crate::ready;
use crate::say;
use anyhow::{Context as _, bail};
use reqwest::RequestBuilder;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

/// How long a command is told to wait for Cloud Controller, seconds: a broker with plan schemas has its catalog by then.
const WAIT: &str = "60";
/// What a command may take in all. It gives up by itself before that, and says why.
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
        let flags = [&["--name", NAME, "--wait", WAIT], more].concat();
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
    let command = guard::command(chandler);
    let mut command = command.with_context(|| format!("{} can't be run", chandler.display()))?;
    command.args(words);
    // The file has the operator's user; what the shell may have is for another bus.
    command
        .env_remove("CHANDLER_BUS_USER")
        .env_remove("CHANDLER_BUS_PASSWORD");
    command.stdin(Stdio::null());
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .context("a command of chandler takes too long")?
        .with_context(|| format!("{} can't be run", chandler.display()))?;
    let failed = !matches!(output.status.code(), Some(0 | INCOMPLETE));
    for said in [&output.stderr, &output.stdout] {
        for line in String::from_utf8_lossy(said).lines().filter(|it| is_news(it, failed)) {
            say::line(format_args!("    {line}"));
        }
    }
    Ok(output.status)
}

/// What is odd in the configuration was told, with the lines of the operator's file; but it may be why the command failed.
fn is_news(line: &str, failed: bool) -> bool {
    failed || !line.ends_with(" (line 1)")
}

#[cfg(test)]
mod tests {
    use super::is_news;

    #[test]
    fn what_was_told_before_is_told_again_only_of_a_failure() {
        let odd = "warning: mount_paths: has no effect (line 1)";
        assert!(!is_news(odd, false) && is_news(odd, true));
        for line in ["broker mine: registered", "error: cf.url: missing (line 12)"] {
            assert!(is_news(line, false) && is_news(line, true), "{line}");
        }
    }
}
