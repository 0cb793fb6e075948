//! `generate-manifest`: slow, and without effect outside.

use std::time::Duration;

use super::command::Command;
use super::{Adapter, AdapterError, GenerateManifest, Generated, secrets};
use crate::CallContext;

impl Adapter {
    /// Has the adapter generate the manifest of `deployment_name`. `limit` is the time that is left; the settings' limit holds,
    /// too. When it is over, the future is dropped or this process dies, the adapter's process group is killed.
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
        let stdin = input.stdin();
        let command = Command {
            name: "generate-manifest",
            secrets: secrets::of(&input, self.settings.use_stdin.then_some(stdin.as_slice())),
            stdin,
            arguments: input.arguments(),
            max_output: self.settings.max_output,
            output_is_secret: false,
            may_be_missing: false,
        };
        let (heard, report) = self.execute(command, call, limit).await?;
        Generated::read(&heard.stdout, self.settings.use_stdin, deployment_name)
            .map_err(|wrong| report.invalid(&wrong.text(&self.settings.path.display().to_string(), deployment_name)))
    }
}
