//! `GET /tasks/:id`, and what a task is.

use reqwest::StatusCode;
use serde::{Deserialize, Deserializer};

use super::Director;
use crate::http::Answer;
use crate::{CallContext, Fault, FaultKind};

/// The number of a task. It never comes back.
pub type TaskId = u64;

/// The Director's code for a task that isn't there.
pub(super) const NO_TASK: u64 = 10_000;

/// A task of the Director.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Task {
    /// Its number.
    pub id: TaskId,
    /// Where it stands.
    pub state: TaskState,
    /// `create deployment` (also for updates), `delete deployment NAME`, `run errand E from deployment D`.
    #[serde(default)]
    pub description: String,
    /// Unix seconds of the last change, of the end for a finished task. The Director's clock.
    pub timestamp: Option<i64>,
    /// Unix seconds of the start; nothing while queued. The Director's clock.
    pub started_at: Option<i64>,
    /// A short text, cut by the Director at 128 characters; [`Director::task_error`] has the whole one.
    pub result: Option<String>,
    /// The deployment that it works on.
    pub deployment: Option<String>,
    /// The context id of the request that started it; empty when it had none.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub context_id: String,
    /// Who started it.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub user: String,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Waits for a worker of the Director.
    Queued,
    /// Runs.
    Processing,
    /// Was asked to stop.
    Cancelling,
    /// Stopped on request.
    Cancelled,
    /// Went through. For an errand that doesn't say that its script succeeded.
    Done,
    /// Failed.
    Error,
    /// Its worker is gone, found out when it was read.
    Timeout,
    /// A state that this client doesn't know.
    Other,
}

impl TaskState {
    /// The states of a task that may still do something.
    pub const ACTIVE: [Self; 3] = [Self::Queued, Self::Processing, Self::Cancelling];

    /// The Director's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Other => "unknown",
        }
    }
}

impl From<&str> for TaskState {
    fn from(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "processing" => Self::Processing,
            "cancelling" => Self::Cancelling,
            "cancelled" => Self::Cancelled,
            "done" => Self::Done,
            "error" => Self::Error,
            "timeout" => Self::Timeout,
            _ => Self::Other,
        }
    }
}

impl<'de> Deserialize<'de> for TaskState {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::from(text.as_str()))
    }
}

fn text_or_nothing<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(from).map(Option::unwrap_or_default)
}

impl Director {
    /// Reads a task; `None` when the Director doesn't know it (any more: it keeps 2,000 of each type).
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn task(&self, id: TaskId, call: &CallContext) -> Result<Option<Task>, Fault> {
        let answer = self.get(&["tasks", &id.to_string()], &[], call).await?;
        if answer.status == StatusCode::OK {
            return answer.json().map(Some);
        }
        let fault = answer.fault();
        if fault.code() == Some(NO_TASK) {
            Ok(None)
        } else {
            Err(fault)
        }
    }
}

/// The task that a write started: the last segment of `Location`.
///
/// # Errors
/// The answer's fault, or [`FaultKind::Garbled`] when it is a success of another kind: the write may have taken effect.
pub(super) fn started(answer: &Answer) -> Result<TaskId, Fault> {
    if answer.status != StatusCode::FOUND {
        return Err(match answer.fault() {
            fault if fault.kind == FaultKind::Garbled => {
                answer.garbled(format!("answered {} instead of 302", answer.status.as_u16()))
            }
            fault => fault,
        });
    }
    match answer.location_below("tasks").map(str::parse) {
        Some(Ok(id)) => Ok(id),
        Some(Err(_)) | None => Err(answer.garbled("answered 302 without the address of a task")),
    }
}
