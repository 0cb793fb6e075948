//! What is said about a run: one log event, and the texts of its failure.

use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::feed::{Heard, MAX_STDERR};
use super::process::End;
use super::{AdapterError, ExitMeaning};
use crate::text;

/// The most bytes of stdout for a user.
const MAX_USER: usize = 4096;

/// What a run left, with the values that nobody may see.
pub(super) struct Report<'a> {
    pub(super) path: &'a Path,
    pub(super) command: &'a str,
    pub(super) secrets: Vec<Zeroizing<String>>,
    pub(super) stderr: String,
}

impl<'a> Report<'a> {
    pub(super) fn new(path: &'a Path, command: &'a str, secrets: Vec<Zeroizing<String>>, heard: &Heard) -> Self {
        let mut report = Self {
            path,
            command,
            secrets,
            stderr: String::new(),
        };
        report.stderr = report.clean(&String::from_utf8_lossy(&heard.stderr));
        report
    }

    /// A text with all secrets masked.
    fn clean(&self, text: &str) -> String {
        let text = text::mask_values(text, self.secrets.iter().map(|secret| secret.as_str()));
        text::mask_credentials(&text)
    }

    /// The one log event of a run. A command that `may_be_missing` and is so is nothing to warn about.
    pub(super) fn log(&self, end: &End, took: Duration, may_be_missing: bool) {
        let (adapter, command) = (self.path.display(), self.command);
        let stderr = text::cut(&self.stderr, MAX_STDERR);
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match end {
            End::Exited(status) if status.success() => {
                tracing::info!(target: "adapter", %adapter, command, millis, stderr, "service adapter succeeded");
            }
            End::Exited(status) if may_be_missing && is_missing(status.code()) => {
                tracing::info!(target: "adapter", %adapter, command, millis, stderr, "service adapter doesn't have this command");
            }
            End::Exited(status) => {
                tracing::warn!(target: "adapter", %adapter, command, millis, stderr, %status, "service adapter failed");
            }
            End::TimedOut => {
                tracing::warn!(target: "adapter", %adapter, command, millis, stderr, "service adapter ran out of time and was killed");
            }
            End::TooLarge => {
                tracing::warn!(target: "adapter", %adapter, command, millis, stderr, "service adapter wrote too much and was killed");
            }
            End::Unguarded => {
                tracing::warn!(target: "adapter", %adapter, command, millis, stderr, "the guard of the service adapter ended first, and the adapter was killed");
            }
        }
    }

    /// `what`, and where stderr is. It isn't quoted: this text is kept with the job, and stderr may hold anything.
    fn with_stderr(&self, what: &str) -> String {
        format!("{what} Its stderr is in the worker's log.")
    }

    /// Output that can't be used, with ODB's words for it.
    pub(super) fn invalid(&self, what: &str) -> AdapterError {
        AdapterError::InvalidOutput {
            for_operator: self.with_stderr(&self.clean(what)),
        }
    }

    /// The failure of a run; nothing when it succeeded.
    pub(super) fn failure(&self, end: &End, heard: &Heard, limit: Duration, max: usize) -> Option<AdapterError> {
        let path = self.path.display();
        match end {
            End::Exited(status) if status.success() => None,
            End::Exited(status) => {
                let code = status.code();
                let how = code.map_or_else(|| status.to_string(), |code| code.to_string());
                let what = format!("external service adapter exited with {how} at {path}.");
                // ODB keeps the texts of these codes from users, in all commands.
                let kept = code.is_some_and(|code| ExitMeaning::of(code).is_some());
                let said = String::from_utf8_lossy(&heard.stdout);
                let for_user = (!kept && !said.trim().is_empty()).then(|| text::cut(&self.clean(&said), MAX_USER));
                Some(AdapterError::Exited {
                    code,
                    for_user,
                    for_operator: self.with_stderr(&what),
                })
            }
            End::Unguarded => {
                let what = format!(
                    "external service adapter at {path} was killed: its guard ended before {} did.",
                    self.command
                );
                Some(AdapterError::Exited {
                    code: None,
                    for_user: None,
                    for_operator: self.with_stderr(&what),
                })
            }
            End::TimedOut => {
                let what = format!(
                    "external service adapter at {path} was killed: {} did not end within {:.1} s.",
                    self.command,
                    limit.as_secs_f64()
                );
                Some(AdapterError::TimedOut {
                    limit,
                    for_operator: self.with_stderr(&what),
                })
            }
            End::TooLarge => {
                let what = format!(
                    "external service adapter at {path} was killed: {} wrote more than {max} bytes.",
                    self.command
                );
                Some(AdapterError::TooLarge {
                    max,
                    for_operator: self.with_stderr(&what),
                })
            }
        }
    }
}

/// Whether an exit code says that the adapter doesn't have the command.
fn is_missing(code: Option<i32>) -> bool {
    code.and_then(ExitMeaning::of) == Some(ExitMeaning::NotImplemented)
}
