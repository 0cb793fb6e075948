//! One run: the worker's side of it. The guard starts the adapter, and ends it with all of its group when its time is over.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::pin::pin;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::feed::{Heard, Overflow, serve};
use super::guard::{Guarded, Order, REAP, Word, monotonic};
use crate::CallContext;
use crate::http::trace;

/// From the polite to the deadly signal.
const GRACE: Duration = Duration::from_secs(2);
/// Settings of this process that are no business of an adapter's.
const OURS: &str = "CHANDLER_";

/// What is to be run.
pub(super) struct Run<'a> {
    pub(super) guard: &'a Path,
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
    /// The guard ended first, and the run with it.
    Unguarded,
}

impl Run<'_> {
    /// Runs it. At the latest at the limit nothing of its group is left; the same when the future is dropped, or this process dies.
    ///
    /// # Errors
    /// When it can't be started: nothing has run.
    pub(super) async fn run(self) -> io::Result<(End, Heard)> {
        let (until, by_machine) = (Instant::now() + self.limit, monotonic() + self.limit);
        let mut guarded = Guarded::start(&Order {
            guard: self.guard,
            until: by_machine,
            grace: GRACE.min(self.limit / 10),
            feed: self.input.is_some(),
            path: self.path,
            command: self.command,
            arguments: &self.arguments,
            environment: self.environment(),
        })?;
        let mut heard = Heard::default();
        let input = self.input.unwrap_or_default();
        let work = work(&mut guarded, input, &mut heard, self.max_output, until);
        // The guard keeps the limit; this is for one that doesn't.
        let end = match timeout_at(until + REAP, work).await {
            Ok(end) => end,
            Err(_) => Ok(End::TimedOut),
        };
        guarded.end().await;
        Ok((end?, heard))
    }

    /// Ours without what is only for us, and with the trace.
    fn environment(&self) -> Vec<(OsString, Option<String>)> {
        let ours = std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_str().is_some_and(|name| name.starts_with(OURS)));
        let mut changes: Vec<_> = ours.map(|name| (name, None)).collect();
        let (traceparent, tracestate) = trace::here().unwrap_or_else(|| {
            let call = self.call;
            (call.traceparent.clone(), call.tracestate.clone())
        });
        for (name, value) in [("TRACEPARENT", traceparent), ("TRACESTATE", tracestate)] {
            changes.push((name.into(), value.filter(|value| !value.contains('\0'))));
        }
        changes
    }
}

/// Serves the outputs until the run has ended. The adapter's own end is the end of the run: the guard gives what it leaves
/// running a moment to finish its output, and kills it.
async fn work(guarded: &mut Guarded, input: &[u8], heard: &mut Heard, max: usize, until: Instant) -> io::Result<End> {
    let (stdout, stderr) = guarded.outputs();
    guarded.feed(input).await;
    let mut serving = pin!(serve(stdout, stderr, heard, max));
    let (mut is_served, mut is_late, mut status) = (false, false, None);
    while !(is_served && status.is_some()) {
        let word = tokio::select! {
            served = &mut serving, if !is_served => {
                if let Err(Overflow) = served {
                    return Ok(too_large(guarded, until).await);
                }
                is_served = true;
                continue;
            }
            word = guarded.next() => word,
        };
        match word {
            Some(Word::Started(_)) => {}
            Some(Word::Late) => return Err(io::Error::new(io::ErrorKind::TimedOut, "no time was left")),
            Some(Word::Failed(why)) => return Err(io::Error::other(why)),
            // What it still says is for the operator; a success comes too late.
            Some(Word::Polite) => is_late = true,
            Some(Word::Exited(code)) => status = Some(ExitStatus::from_raw(code << 8)),
            Some(Word::Signaled(signal)) => status = Some(ExitStatus::from_raw(signal)),
            None => break,
        }
    }
    if !is_served {
        // Somebody who left the group may still hold an output; what has come has come.
        if let Ok(Err(Overflow)) = timeout(REAP, &mut serving).await {
            return Ok(End::TooLarge);
        }
    }
    Ok(match status {
        _ if is_late => End::TimedOut,
        Some(status) => End::Exited(status),
        None => End::Unguarded,
    })
}

/// Asks it to end; the rest is the guard's.
async fn too_large(guarded: &mut Guarded, until: Instant) -> End {
    guarded.please().await;
    let ended = async { while let Some(Word::Started(_) | Word::Polite) = guarded.next().await {} };
    let _ = timeout_at(until.min(Instant::now() + GRACE), ended).await;
    End::TooLarge
}
