//! `dashboard-url`: without effect outside, and a command that an adapter need not have.

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::command::Command;
use super::{Adapter, AdapterError, ExitMeaning, input, secrets};
use crate::CallContext;

/// What it may write to stdout, in bytes: the URL is kept in a record.
const MAX_OUTPUT: usize = 16 * 1024;

/// The inputs of `dashboard-url`, each already the text that the adapter reads. `Debug` shows none of it.
#[derive(Clone, Default)]
pub struct DashboardUrl {
    /// The service instance's id.
    pub instance_id: String,
    /// JSON: the plan, as `generate-manifest` gets it.
    pub plan: String,
    /// YAML: the manifest that was submitted.
    pub manifest: String,
}

impl fmt::Debug for DashboardUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DashboardUrl").finish_non_exhaustive()
    }
}

impl DashboardUrl {
    fn command(&self, max_output: usize) -> Command {
        let stdin = input::document(
            "dashboard_url",
            json!({"instance_id": self.instance_id, "plan": self.plan, "manifest": self.manifest}),
        );
        Command {
            name: "dashboard-url",
            secrets: secrets::of_dashboard(self, &stdin),
            stdin,
            arguments: [&self.instance_id, &self.plan, &self.manifest]
                .map(OsString::from)
                .to_vec(),
            max_output: MAX_OUTPUT.min(max_output),
            output_is_secret: false,
            may_be_missing: true,
        }
    }
}

impl Adapter {
    /// Asks the adapter for the instance's dashboard; `None` when it has none: exit code 10, or no URL in its answer. `limit` is the
    /// time that is left; the settings' limit holds, too. When it is over, the future is dropped or this process dies, the adapter's
    /// process group is killed.
    ///
    /// # Errors
    /// An [`AdapterError`].
    pub async fn dashboard_url(
        &self,
        input: DashboardUrl,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Option<String>, AdapterError> {
        let command = input.command(self.settings.max_output);
        let (heard, report) = match self.execute(command, call, limit).await {
            Err(error) if error.meaning() == Some(ExitMeaning::NotImplemented) => return Ok(None),
            outcome => outcome?,
        };
        url(&heard.stdout).map_err(|wrong| {
            let path = self.settings.path.display();
            report.invalid(&format!(
                "external service adapter returned invalid JSON at {path}: {wrong}."
            ))
        })
    }
}

/// The URL in an answer; ODB takes `null` for an answer without members. The error quotes nothing.
fn url(stdout: &[u8]) -> Result<Option<String>, String> {
    let output: Option<Map<String, Value>> = serde_json::from_slice(stdout)
        .map_err(|e| format!("not a JSON object (line {}, column {})", e.line(), e.column()))?;
    match output.unwrap_or_default().remove("dashboard_url") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(url)) => Ok(Some(url).filter(|url| !url.is_empty())),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err("dashboard_url is not a text".to_owned())
        }
    }
}
