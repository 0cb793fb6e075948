//! How a Director can be told to misbehave: calls as every server, and its tasks. The JSON of the control API is these types.

use serde::{Deserialize, Serialize};

use super::task::{Ending, TaskKind};
use crate::common::fault::{CallFault, glob};

/// One fault, for calls or for tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fault {
    /// What happens to matching HTTP calls.
    Call(CallFault),
    /// What happens to matching tasks that are started from now on.
    Task(TaskFault),
}

impl From<CallFault> for Fault {
    fn from(fault: CallFault) -> Self {
        Self::Call(fault)
    }
}

impl From<TaskFault> for Fault {
    fn from(fault: TaskFault) -> Self {
        Self::Task(fault)
    }
}

/// A fault of tasks. It is drawn when the task is made, in the order of the task ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskFault {
    /// The kind of task; none = any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TaskKind>,
    /// The deployment: whole name, `*` stands for any text; none = any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// Matching tasks that pass unharmed first (default 0).
    #[serde(default)]
    pub skip: u64,
    /// Tasks that are hit after those; none = all until the fault is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What happens to them. Several faults may hit one task.
    pub task: TaskEffect,
}

impl TaskFault {
    /// A fault of the next task of that kind.
    pub fn once(kind: TaskKind, task: TaskEffect) -> Self {
        Self {
            count: Some(1),
            ..Self::always(kind, task)
        }
    }

    /// A fault of every task of that kind until it is cleared.
    pub fn always(kind: TaskKind, task: TaskEffect) -> Self {
        Self {
            kind: Some(kind),
            deployment: None,
            skip: 0,
            count: None,
            task,
        }
    }

    /// The same for tasks of one deployment only.
    #[must_use]
    pub fn of(mut self, deployment: &str) -> Self {
        self.deployment = Some(deployment.to_owned());
        self
    }

    pub(super) fn matches(&self, kind: TaskKind, deployment: &str) -> bool {
        self.kind.is_none_or(|k| k == kind)
            && self
                .deployment
                .as_ref()
                .is_none_or(|d| glob(&format!("{d}$"), deployment))
    }
}

/// What happens to a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskEffect {
    /// It fails at a stage (see the README), with the message and code of the real one if none is given.
    Fail {
        /// The event's stage or the beginning of its task's name; empty = before the first stage.
        stage: String,
        /// The whole message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The BOSH error code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
    },
    /// It ends in this way when half of its time is over.
    End {
        /// How it ends.
        ending: Ending,
    },
    /// It stays in `processing` until it is cancelled or told to finish.
    Hang,
    /// It stays in `queued` until it is cancelled or told to finish.
    StayQueued,
    /// Its lock stays after its end.
    LeaveLock {
        /// Seconds until the lock runs out.
        seconds: f64,
    },
    /// It takes this time.
    Take {
        /// Seconds.
        seconds: f64,
    },
    /// An errand's outcome on every instance (the task itself is `done`).
    Errand {
        /// The errand's exit code.
        exit_code: i32,
        /// Its standard output.
        #[serde(default)]
        stdout: String,
        /// Its standard error.
        #[serde(default)]
        stderr: String,
    },
}

/// A fault with its counts.
pub(super) type Armed = crate::common::fault::Armed<Fault>;

impl Fault {
    /// Arms it under a number.
    pub(super) fn armed(self, id: u64) -> Armed {
        let (skip, count) = match &self {
            Self::Call(f) => (f.skip, f.count),
            Self::Task(f) => (f.skip, f.count),
        };
        Armed::new(id, self, skip, count)
    }
}
