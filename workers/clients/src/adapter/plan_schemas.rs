//! `generate-plan-schemas`: without effect outside, and a command that an adapter need not have unless the operator enables schemas.

use std::ffi::OsString;
use std::time::Duration;

use serde_json::{Value, json};

use super::command::Command;
use super::{Adapter, AdapterError, input, secrets};
use crate::CallContext;

/// ODB's text for an adapter that doesn't have the command: an [`AdapterError`] whose meaning is
/// [`ExitMeaning::NotImplemented`](super::ExitMeaning::NotImplemented).
pub const SCHEMAS_NOT_IMPLEMENTED: &str =
    "enable_plan_schemas is set to true, but the service adapter does not implement generate-plan-schemas";

/// What it may write to stdout, in bytes: three schemas of 64 Ki characters, laid out for people.
const MAX_OUTPUT: usize = 2 * 1024 * 1024;

impl Adapter {
    /// Asks the adapter for the JSON Schemas of a plan's parameters. `plan_json` is the plan as `generate-manifest` gets it. What comes
    /// is JSON and nothing more is known of it. `limit` is the time that is left; the settings' limit holds, too. When it is over, the
    /// future is dropped or this process dies, the adapter's process group is killed.
    ///
    /// # Errors
    /// An [`AdapterError`]; its [`AdapterError::meaning`] is [`ExitMeaning::NotImplemented`](super::ExitMeaning::NotImplemented) when the
    /// adapter doesn't have the command. What it says for users has no text of six bytes or more of the plan's `properties`: it is shown with the catalog.
    pub async fn generate_plan_schemas(
        &self,
        plan_json: String,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Value, AdapterError> {
        let stdin = input::document("generate_plan_schemas", json!({ "plan": plan_json }));
        let command = Command {
            name: "generate-plan-schemas",
            secrets: secrets::of_plan(&plan_json, &stdin),
            stdin,
            arguments: vec![OsString::from("--plan-json"), OsString::from(plan_json)],
            max_output: MAX_OUTPUT.min(self.settings.max_output),
            output_is_secret: false,
            may_be_missing: false,
        };
        let (heard, report) = self.execute(command, call, limit).await?;
        serde_json::from_slice(&heard.stdout).map_err(|e| {
            let (path, line, column) = (self.settings.path.display(), e.line(), e.column());
            report.invalid(&format!(
                "external service adapter returned invalid JSON at {path}: line {line}, column {column}."
            ))
        })
    }
}
