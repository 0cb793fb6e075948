//! Tasks: their states, what is shown of them, and how a long result is cut.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::deployment::Job;
use super::fault::TaskEffect;
use super::plan::Beat;
use super::schedule::Slot;

/// The seven states of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits for a worker.
    Queued,
    /// A worker has it, or had it.
    Processing,
    /// Was told to stop.
    Cancelling,
    /// Has stopped.
    Cancelled,
    /// Ended well (a failed errand too).
    Done,
    /// Ended badly.
    Error,
    /// Nobody heard of it for three minutes.
    Timeout,
}

impl TaskState {
    /// The state's name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Error => "error",
            Self::Timeout => "timeout",
        }
    }

    /// True for the four states that never change again.
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Processing | Self::Cancelling => false,
            Self::Cancelled | Self::Done | Self::Error | Self::Timeout => true,
        }
    }
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// `create deployment`, also for updates.
    Deploy,
    /// `delete deployment NAME`.
    Delete,
    /// `run errand NAME from deployment NAME`.
    Errand,
    /// Start, stop, restart, recreate; called `create deployment` as well.
    Change,
    /// `retrieve vm-stats`: takes no lock and is hidden without `verbose=2`.
    Instances,
}

/// How a task can end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Ending {
    /// Well; what it does has happened.
    Done,
    /// With a code and a message.
    Error {
        /// The BOSH error code.
        code: u32,
        /// The whole message; the task's `result` has its beginning.
        message: String,
    },
    /// Its process was killed: state `error`, result null and no error line.
    Killed,
    /// Its worker was killed: state `timeout`, result null and no error line.
    Timeout,
    /// Cancelled by somebody else.
    Cancelled,
}

/// A task as tests see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskView {
    /// The id.
    pub id: u64,
    /// What it does.
    pub kind: TaskKind,
    /// Where it stands.
    pub state: TaskState,
    /// The description that the Director shows.
    pub description: String,
    /// The result, cut as the Director cuts it.
    pub result: Option<String>,
    /// The deployment's name.
    pub deployment: String,
    /// The context id, empty when none was given.
    pub context_id: String,
    /// When it began to run, Unix seconds.
    pub started_at: Option<i64>,
    /// The event output so far.
    pub events: String,
}

/// Where the simulation of a task stands.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    Queued { ready: f64 },
    Locking { since: f64, next: f64 },
    Running { beats: VecDeque<Beat>, began: f64 },
    Hanging { rest: VecDeque<Beat> },
    Finished,
}

/// A task.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: u64,
    pub(super) job: Job,
    pub(super) state: TaskState,
    pub(super) description: String,
    pub(super) timestamp: Option<i64>,
    pub(super) started_at: Option<i64>,
    pub(super) result: Option<String>,
    pub(super) user: String,
    /// The teams of its deployment when it was made.
    pub(super) teams: Vec<String>,
    pub(super) deployment: String,
    pub(super) context_id: String,
    pub(super) events: String,
    pub(super) results: String,
    pub(super) phase: Phase,
    pub(super) effects: Vec<TaskEffect>,
    /// When a cancelled task really stops.
    pub(super) stop_at: Option<f64>,
    pub(super) slot: Option<Slot>,
    pub(super) created: f64,
}

impl Task {
    pub(super) fn kind(&self) -> TaskKind {
        self.job.kind()
    }

    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id, "state": self.state.as_str(), "description": self.description,
            "timestamp": self.timestamp, "started_at": self.started_at, "result": self.result,
            "user": self.user, "deployment": self.deployment, "context_id": self.context_id,
        })
    }

    pub(super) fn view(&self) -> TaskView {
        TaskView {
            id: self.id,
            kind: self.kind(),
            state: self.state,
            description: self.description.clone(),
            result: self.result.clone(),
            deployment: self.deployment.clone(),
            context_id: self.context_id.clone(),
            started_at: self.started_at,
            events: self.events.clone(),
        }
    }
}

/// Cuts a result as the Director does: at most 129 characters, then without the last word of each line.
pub(super) fn cut(text: &str) -> String {
    const LIMIT: usize = 128;
    let chars: Vec<char> = text.trim().chars().take(LIMIT + 1).collect();
    if chars.len() <= LIMIT {
        return chars.into_iter().collect();
    }
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        match last_word(&chars, at) {
            Some(end) => at = end,
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out + "..."
}

/// `/\s+?(\S+)?$/` at `from`: the end of the match.
fn last_word(chars: &[char], from: usize) -> Option<usize> {
    let at_end = |i: usize| i == chars.len() || chars[i] == '\n';
    let mut blank = from;
    while blank < chars.len() && chars[blank].is_whitespace() {
        blank += 1;
        let word = chars[blank..].iter().take_while(|c| !c.is_whitespace()).count();
        if at_end(blank + word) {
            return Some(blank + word);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn results_are_cut_as_recorded() {
        let lock = "Failed to acquire lock for lock:deployment:lk uid: 68e940c8-2f59-47b8-a612-8756ceecd9a6. Locking task id is 29, description: 'delete deployment lk'";
        let render = "Unable to render instance groups for deployment. Errors are:\n  - Unable to render jobs for instance group 'node'. Errors are:\n    - Unable to render templates for job 'badtmpl'. Errors are:";
        for (whole, expected) in [
            ("short", "short"),
            (
                lock,
                "Failed to acquire lock for lock:deployment:lk uid: 68e940c8-2f59-47b8-a612-8756ceecd9a6. Locking task id is 29, description:...",
            ),
            (
                render,
                "Unable to render instance groups for deployment. Errors\n  - Unable to render jobs for instance group 'node'. Errors...",
            ),
        ] {
            assert_eq!(cut(whole), expected);
        }
    }
}
