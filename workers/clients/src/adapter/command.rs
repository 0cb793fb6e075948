//! What all commands share: the limit, the run, its log event, its failure.

use std::ffi::OsString;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;
use zeroize::Zeroizing;

use super::feed::Heard;
use super::process::{End, Run};
use super::report::Report;
use super::{Adapter, AdapterError, guard, secrets};
use crate::CallContext;

/// One command with its inputs in both forms; the settings choose.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) stdin: Zeroizing<Vec<u8>>,
    pub(super) arguments: Vec<OsString>,
    /// The values that nobody may see.
    pub(super) secrets: Vec<Zeroizing<String>>,
    pub(super) max_output: usize,
    /// Whether what it says on stdout is secret, so that it has to be masked on stderr.
    pub(super) output_is_secret: bool,
    /// Whether an adapter need not have it.
    pub(super) may_be_missing: bool,
}

impl Adapter {
    /// Runs a command to its good end.
    pub(super) async fn execute(
        &self,
        command: Command,
        call: &CallContext,
        limit: Duration,
    ) -> Result<(Heard, Report<'_>), AdapterError> {
        let settings = &*self.settings;
        let limit = limit.min(settings.limit);
        let begun = Instant::now();
        let path = settings.path.display();
        let not_started = |why: &str| AdapterError::NotStarted {
            for_operator: format!("an error occurred running external service adapter at {path}: '{why}'"),
        };
        if limit.is_zero() {
            let for_operator = format!("no time was left to run the external service adapter at {path}");
            return Err(AdapterError::NotStarted { for_operator });
        }
        let guard = guard::find(settings.guard.as_deref()).map_err(|why| not_started(&why))?;
        let run = Run {
            guard: &guard,
            path: &settings.path,
            command: command.name,
            arguments: if settings.use_stdin {
                Vec::new()
            } else {
                command.arguments
            },
            input: settings.use_stdin.then_some(command.stdin.as_slice()),
            max_output: command.max_output,
            limit,
            call,
        };
        let span = tracing::info_span!(
            "outside call",
            otel.name = format!("{} of the service adapter", command.name),
            otel.kind = "client"
        );
        let run = run.run().instrument(span).await;
        let (end, heard) = run.map_err(|e| not_started(&e.to_string()))?;
        let mut hidden = command.secrets;
        // What a run that failed says is for the user to read, unless it is (the beginning of) a binding all the same.
        let failed = matches!(end, End::Exited(status) if !status.success());
        let words = failed && !heard.stdout.trim_ascii_start().starts_with(b"{");
        if command.output_is_secret && !words {
            secrets::add_output(&mut hidden, &heard.stdout);
        }
        let report = Report::new(&settings.path, command.name, hidden, &heard);
        report.log(&end, begun.elapsed(), command.may_be_missing);
        match report.failure(&end, &heard, limit, command.max_output) {
            Some(error) => Err(error),
            None => Ok((heard, report)),
        }
    }
}
