//! `GET /tasks/:id/output?type=result` of an errand: one JSON object for each instance that it ran on.

use std::fmt;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::task::NO_TASK;
use super::{Director, TaskId};
use crate::{CallContext, Fault, FaultKind, text};

/// The most bytes of each output that are kept, the last ones.
const MAX_OUTPUT: usize = 16 * 1024;

/// How an errand ended on one instance. `Debug` and `Display` show where and how, not what it said.
#[derive(Clone, PartialEq, Eq)]
pub struct ErrandResult {
    /// Where it ran.
    pub instance: ErrandInstance,
    /// The errand.
    pub errand_name: String,
    /// 0 when it went well; above 128 when a signal ended it, which the Director counts as cancelled.
    pub exit_code: i64,
    /// What it said on standard output, for the operator's log alone: the last 16 KiB, masked where it looks like a credential.
    pub stdout: String,
    /// What it said on standard error, in the same way.
    pub stderr: String,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ErrandInstance {
    /// Its group.
    pub group: String,
    /// Its id.
    pub id: String,
}

#[derive(Deserialize)]
struct Wire {
    instance: ErrandInstance,
    #[serde(default)]
    errand_name: Option<String>,
    exit_code: i64,
    #[serde(default)]
    stdout: Option<String>,
    #[serde(default)]
    stderr: Option<String>,
}

impl ErrandResult {
    /// Whether it went well there. An errand went well when it did so on every instance.
    pub fn succeeded(&self) -> bool {
        self.exit_code == 0
    }
}

impl From<Wire> for ErrandResult {
    fn from(wire: Wire) -> Self {
        let said = |said: Option<String>| last(&text::mask_credentials(&said.unwrap_or_default()));
        Self {
            instance: wire.instance,
            errand_name: wire.errand_name.unwrap_or_default(),
            exit_code: wire.exit_code,
            stdout: said(wire.stdout),
            stderr: said(wire.stderr),
        }
    }
}

/// The end of a text: an errand says there why it failed.
fn last(text: &str) -> String {
    if text.len() <= MAX_OUTPUT {
        return text.to_owned();
    }
    let mark = "…";
    let mut start = text.len() - (MAX_OUTPUT - mark.len());
    while !text.is_char_boundary(start) {
        start += 1;
    }
    format!("{mark}{}", text.get(start..).unwrap_or_default())
}

impl fmt::Display for ErrandResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrandInstance { group, id } = &self.instance;
        write!(f, "{} on {group}/{id} exited with {}", self.errand_name, self.exit_code)
    }
}

impl fmt::Debug for ErrandResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrandResult")
            .field("instance", &self.instance)
            .field("errand_name", &self.errand_name)
            .field("exit_code", &self.exit_code)
            .finish_non_exhaustive()
    }
}

impl Director {
    /// How an errand ended, on each instance that it ran on; to be asked when its task is done. Empty when it ran nowhere
    /// (`when_changed`), or when the task wrote nothing. `None` when the Director doesn't know the task.
    ///
    /// # Errors
    /// A [`Fault`]. [`FaultKind::Garbled`] is what the errand left: results of which one can't be read, and none is passed
    /// over. What isn't the Director's word (a proxy's page or redirect) is [`FaultKind::Unknown`]: it may pass.
    pub async fn errand_results(&self, id: TaskId, call: &CallContext) -> Result<Option<Vec<ErrandResult>>, Fault> {
        let path = ["tasks", &id.to_string(), "output"];
        let answer = self.get(&path, &[("type", "result")], call).await?;
        match answer.status {
            StatusCode::OK => {
                let mut results = Vec::new();
                for (n, wire) in serde_json::Deserializer::from_slice(&answer.body)
                    .into_iter()
                    .enumerate()
                {
                    let wire: Wire = wire.map_err(|_| match n > 0 || begins_like_a_result(&answer.body) {
                        true => answer.garbled(format!("result {} can't be read", n + 1)),
                        false => passing(answer.garbled("the answer isn't the result of an errand")),
                    })?;
                    results.push(wire.into());
                }
                Ok(Some(results))
            }
            StatusCode::NO_CONTENT => Ok(Some(Vec::new())),
            _ => match answer.fault() {
                fault if fault.code() == Some(NO_TASK) => Ok(None),
                fault => Err(passing(fault)),
            },
        }
    }
}

/// Whether an errand left this, however broken it is.
fn begins_like_a_result(body: &[u8]) -> bool {
    match serde_json::Deserializer::from_slice(body).into_iter::<Value>().next() {
        Some(Ok(Value::Object(it))) => it.contains_key("instance") || it.contains_key("exit_code"),
        Some(Ok(_)) | None => false,
        Some(Err(_)) => body.trim_ascii_start().starts_with(b"{"),
    }
}

/// Somebody on the way answered, not the Director: the errand's results may still come.
fn passing(fault: Fault) -> Fault {
    match fault.kind {
        FaultKind::Garbled => Fault {
            kind: FaultKind::Unknown,
            ..fault
        },
        FaultKind::NotSent
        | FaultKind::Unknown
        | FaultKind::Refused { .. }
        | FaultKind::Unauthorized
        | FaultKind::MissingScope => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_masked_and_their_ends_kept() {
        let wire = Wire {
            instance: ErrandInstance {
                group: "node".into(),
                id: "0d0c".into(),
            },
            errand_name: Some("smoke".into()),
            exit_code: 137,
            stdout: Some(format!("beginning {} the end", "ä".repeat(MAX_OUTPUT))),
            stderr: Some("login with password=hidden failed".into()),
        };
        let result = ErrandResult::from(wire);
        assert!(result.stdout.len() <= MAX_OUTPUT && result.stdout.len() > MAX_OUTPUT - 4);
        assert!(result.stdout.starts_with("…ä") && result.stdout.ends_with(" the end"));
        assert_eq!(result.stderr, "login with password=*** failed");
        assert_eq!(result.to_string(), "smoke on node/0d0c exited with 137");
        assert!(!result.succeeded());
        let debug = format!("{result:?}");
        assert!(
            debug.contains("137") && !debug.contains("login") && !debug.contains("end"),
            "{debug}"
        );
    }
}
