//! How the simulator can be told to misbehave. The JSON of the control API is these types.

use serde::{Deserialize, Serialize};

use super::task::{Ending, TaskKind};

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

/// A fault of HTTP calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFault {
    /// The method, in capitals; none = any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path must begin with this; `*` stands for any text, a `$` at the end for the path's end.
    pub path: String,
    /// Matching calls that pass unharmed first (default 0).
    #[serde(default)]
    pub skip: u64,
    /// Calls that are hit after those; none = all until the fault is cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What happens to them.
    pub call: CallAction,
}

impl CallFault {
    /// A fault of the next matching call only; `method` may be empty for any.
    pub fn once(method: &str, path: &str, call: CallAction) -> Self {
        Self {
            count: Some(1),
            ..Self::always(method, path, call)
        }
    }

    /// A fault of every matching call until it is cleared; `method` may be empty for any.
    pub fn always(method: &str, path: &str, call: CallAction) -> Self {
        let method = (!method.is_empty()).then(|| method.to_owned());
        Self {
            method,
            path: path.to_owned(),
            skip: 0,
            count: None,
            call,
        }
    }

    pub(super) fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(method)) && glob(&self.path, path)
    }
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum CallAction {
    /// The connection is closed and nothing is done.
    LoseRequest,
    /// It is done, then the connection is closed without an answer.
    LoseResponse,
    /// It is done, then half of the answer is sent and the connection is closed.
    CutResponse,
    /// It waits on its way *to* the Director, and is done even if the caller is gone by then.
    DelayRequest {
        /// Milliseconds.
        ms: u64,
    },
    /// It is done at once; the answer comes later.
    DelayResponse {
        /// Milliseconds.
        ms: u64,
    },
    /// Nothing is done. 502, 503 and 504 look like nginx's, every other status has no body unless one is given.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
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

/// How the whole Director can be away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outage {
    /// Connections are closed as soon as they are made.
    Connections,
    /// nginx answers 502 to everything; tasks go on.
    Api,
    /// `/info` answers, all else gets 500 with an empty body.
    Database,
}

/// Prefix match with `*` for any text and a final `$` for the end.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices()
                .map(|(at, _)| at)
                .chain([tail.len()])
                .any(|at| tail.get(at..).is_some_and(|t| glob(rest, t)))
        }),
        None => match pattern.strip_suffix('$') {
            Some(whole) => text == whole,
            None => text.starts_with(pattern),
        },
    }
}

/// A fault with its counts.
#[derive(Debug, Clone)]
pub(super) struct Armed {
    pub(super) id: u64,
    pub(super) fault: Fault,
    skip: u64,
    left: Option<u64>,
}

impl Armed {
    pub(super) fn new(id: u64, fault: Fault) -> Self {
        let (skip, left) = match &fault {
            Fault::Call(f) => (f.skip, f.count),
            Fault::Task(f) => (f.skip, f.count),
        };
        Self { id, fault, skip, left }
    }

    /// Counts one match; true when it is hit.
    pub(super) fn hit(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.left {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("/deployments", "/deployments/a", true),
            ("/deployments$", "/deployments/a", false),
            ("/deployments$", "/deployments", true),
            ("/deployments/*/errands", "/deployments/a/errands/b/runs", true),
            ("/deployments/*/runs$", "/deployments/a/errands/b/runs", true),
            ("*", "", true),
            ("/tasks/*$", "/tasks/1", true),
            ("/locks", "/tasks/1", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
