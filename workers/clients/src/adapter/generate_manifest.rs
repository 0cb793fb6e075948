//! `generate-manifest`: slow, and without effect outside.

use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;

use super::process::Run;
use super::report::Report;
use super::{Adapter, AdapterError, GenerateManifest, Generated, secrets};
use crate::CallContext;

const COMMAND: &str = "generate-manifest";

impl Adapter {
    /// Has the adapter generate the manifest of `deployment_name`. `limit` is the time that is left; the settings' limit holds,
    /// too. When it is over, or the future is dropped, the adapter's process group is killed.
    ///
    /// # Errors
    /// An [`AdapterError`]; also when the manifest is not YAML, has another name, or asks for a `latest` version.
    pub async fn generate_manifest(
        &self,
        input: GenerateManifest,
        deployment_name: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Generated, AdapterError> {
        let settings = &*self.settings;
        let limit = limit.min(settings.limit);
        let path = settings.path.display().to_string();
        if limit.is_zero() {
            let for_operator = format!("no time was left to run the external service adapter at {path}");
            return Err(AdapterError::NotStarted { for_operator });
        }
        let stdin = settings.use_stdin.then(|| input.stdin());
        let secrets = secrets::of(&input, stdin.as_ref().map(|stdin| stdin.as_slice()));
        let run = Run {
            path: &settings.path,
            command: COMMAND,
            arguments: if settings.use_stdin {
                Vec::new()
            } else {
                input.arguments()
            },
            input: stdin.as_ref().map(|stdin| stdin.as_slice()),
            max_output: settings.max_output,
            limit,
            call,
        };
        let begun = Instant::now();
        let span = tracing::info_span!(
            "outside call",
            otel.name = "generate-manifest of the service adapter",
            otel.kind = "client"
        );
        let (end, heard) = run.run().instrument(span).await.map_err(|e| AdapterError::NotStarted {
            for_operator: format!("an error occurred running external service adapter at {path}: '{e}'"),
        })?;
        let report = Report::new(&settings.path, COMMAND, &secrets, &heard);
        report.log(&end, begun.elapsed());
        if let Some(error) = report.failure(&end, &heard, limit, settings.max_output) {
            return Err(error);
        }
        Generated::read(&heard.stdout, settings.use_stdin, deployment_name)
            .map_err(|wrong| report.invalid(&wrong.text(&path, deployment_name)))
    }
}
