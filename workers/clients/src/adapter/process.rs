//! One run: started in a group of its own, and ended with all of it when its time is over.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout, timeout_at};

use super::feed::{Heard, Pipes, serve};
use super::group::Group;
use crate::CallContext;

/// From the polite to the deadly signal.
const GRACE: Duration = Duration::from_secs(2);
/// For output that is still on its way when the adapter has ended: a `tee` behind it, for example.
const DRAIN: Duration = Duration::from_secs(2);
/// For the kernel, to report that a killed process is gone.
const REAP: Duration = Duration::from_secs(1);
/// Settings of this process that are no business of an adapter's.
const OURS: &str = "CHANDLER_";

/// What is to be run.
pub(super) struct Run<'a> {
    pub(super) path: &'a Path,
    pub(super) command: &'a str,
    pub(super) arguments: Vec<OsString>,
    /// What it gets on its input; nothing closes it at once.
    pub(super) input: Option<&'a [u8]>,
    pub(super) max_output: usize,
    pub(super) limit: Duration,
    pub(super) call: &'a CallContext,
}

/// How a run ended.
pub(super) enum End {
    Exited(ExitStatus),
    TimedOut,
    TooLarge,
}

impl Run<'_> {
    /// Runs it. At the latest at the limit nothing of its group is left; the same when the future is dropped.
    ///
    /// # Errors
    /// When it can't be started or waited for.
    pub(super) async fn run(self) -> io::Result<(End, Heard)> {
        let until = Instant::now() + self.limit;
        let polite = until - GRACE.min(self.limit / 10);
        let mut child = self.spawn()?;
        let group = Group::led_by(child.id());
        let pipes = Pipes {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
        };
        let mut heard = Heard::default();
        let end = {
            let mut work = std::pin::pin!(work(
                &mut child,
                &group,
                pipes,
                self.input.unwrap_or_default(),
                &mut heard,
                self.max_output
            ));
            match timeout_at(polite, &mut work).await {
                Ok(end) => end?,
                Err(_) => {
                    group.terminate();
                    // What it still says is for the operator; a success comes too late.
                    match timeout_at(until, &mut work).await {
                        Ok(Ok(End::TooLarge)) => End::TooLarge,
                        Ok(Ok(End::Exited(_) | End::TimedOut) | Err(_)) | Err(_) => End::TimedOut,
                    }
                }
            }
        };
        if matches!(end, End::TooLarge) {
            group.terminate();
            let _ = timeout_at(until.min(Instant::now() + GRACE), child.wait()).await;
        }
        // Ends what is left of it.
        drop(group);
        let _ = timeout(REAP, child.wait()).await;
        Ok((end, heard))
    }

    fn spawn(&self) -> io::Result<Child> {
        let mut command = Command::new(self.path);
        command
            .arg(self.command)
            .args(&self.arguments)
            .stdin(if self.input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with(OURS)) {
                command.env_remove(&name);
            }
        }
        let trace = [
            ("TRACEPARENT", &self.call.traceparent),
            ("TRACESTATE", &self.call.tracestate),
        ];
        for (name, value) in trace {
            match value.as_ref().filter(|value| !value.contains('\0')) {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.spawn()
    }
}

/// Serves the pipes until the run has ended. The adapter's own end is the end of the run: what it leaves running gets [`DRAIN`] to
/// finish its output, and is killed.
async fn work(
    child: &mut Child,
    group: &Group,
    pipes: Pipes,
    input: &[u8],
    heard: &mut Heard,
    max: usize,
) -> io::Result<End> {
    let mut serving = std::pin::pin!(serve(pipes, input, heard, max));
    let served = tokio::select! {
        served = &mut serving => served,
        status = child.wait() => {
            let status = status?;
            let served = match timeout(DRAIN, &mut serving).await {
                Ok(served) => served,
                Err(_) => {
                    group.kill();
                    // Somebody who left the group may still hold a pipe; what has come has come.
                    timeout(REAP, &mut serving).await.unwrap_or(Ok(()))
                }
            };
            return Ok(if served.is_ok() { End::Exited(status) } else { End::TooLarge });
        }
    };
    match served {
        Ok(()) => Ok(End::Exited(child.wait().await?)),
        Err(_) => Ok(End::TooLarge),
    }
}
