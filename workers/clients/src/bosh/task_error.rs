//! Why a task failed: the last error line of its event log.

use reqwest::StatusCode;
use serde::{Deserialize, Deserializer};

use super::task::NO_TASK;
use super::{Director, Event, TaskId};
use crate::{CallContext, Fault};

/// How the message begins when the lock of a deployment wasn't to be had within the Director's 10 s.
const LOCKED: &str = "Failed to acquire lock for lock:deployment:";

/// Why a task failed, whole and for operators. [`super::redact::for_user`] makes it fit for users.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TaskError {
    /// The Director's code; 100 is its generic one.
    pub code: Option<u64>,
    /// The message, maybe of many lines, with stack traces and paths.
    #[serde(default, deserialize_with = "text")]
    pub message: String,
}

impl TaskError {
    /// Whether the task ran into another one's lock on the deployment: nothing was done.
    pub fn is_lock_timeout(&self) -> bool {
        self.message.starts_with(LOCKED)
    }
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(from).map(Option::unwrap_or_default)
}

impl Director {
    /// The whole message with which a task failed; `None` when its log has none (a killed job of the Director writes none),
    /// when nothing is stored, or when the task is unknown.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn task_error(&self, id: TaskId, call: &CallContext) -> Result<Option<TaskError>, Fault> {
        let path = ["tasks", &id.to_string(), "output"];
        let answer = self.get(&path, &[("type", "event")], call).await?;
        match answer.status {
            StatusCode::OK => {
                let text = answer.text();
                let error = text.lines().rev().find_map(|line| match Event::parse(line) {
                    Event::Error(error) => Some(error),
                    Event::Step(_) | Event::Other => None,
                });
                Ok(error)
            }
            StatusCode::NO_CONTENT => Ok(None),
            _ => {
                let fault = answer.fault();
                if fault.code() == Some(NO_TASK) {
                    Ok(None)
                } else {
                    Err(fault)
                }
            }
        }
    }
}
