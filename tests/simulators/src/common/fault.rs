//! How every simulator can be told to misbehave. The JSON of the control APIs is these types.

use serde::{Deserialize, Serialize};

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

    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
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
    /// It waits on its way *to* the server, and is done even if the caller is gone by then.
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

/// How a whole server can be away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outage {
    /// Connections are closed as soon as they are made.
    Connections,
    /// nginx answers 502 to everything; behind it time goes on (a Director's tasks do).
    Api,
    /// `/info` answers (and `/healthz`), all else gets 500 with an empty body.
    Database,
}

/// Prefix match with `*` for any text and a final `$` for the end.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
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

/// A fault with its counts. `F` is what a simulator can be told: calls here, tasks too at the Director.
#[derive(Debug, Clone)]
pub(crate) struct Armed<F> {
    pub(crate) id: u64,
    pub(crate) fault: F,
    skip: u64,
    left: Option<u64>,
}

impl<F> Armed<F> {
    /// Passes `skip` matches, then hits `count` of them, or all.
    pub(crate) fn new(id: u64, fault: F, skip: u64, count: Option<u64>) -> Self {
        Self {
            id,
            fault,
            skip,
            left: count,
        }
    }

    /// Counts one match; true when it is hit.
    pub(crate) fn hit(&mut self) -> bool {
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
