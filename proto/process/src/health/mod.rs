//! Whether the process is alive and fit for work, as its parts report it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

mod server;

pub use server::{AdminTask, serve};

/// What the parts of a process said last about themselves. Clones share it.
///
/// Not ready until a first check has reported, while any check fails, and from the beginning of
/// the drain. A *notice* is shown and changes nothing. What is *outside* makes the process degraded at worst.
#[derive(Debug, Clone, Default)]
pub struct Health {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    checks: BTreeMap<&'static str, Outcome>,
    draining: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Good,
    Notice(String),
    Failing(String),
    /// Something outside is well.
    Well,
    /// Something outside isn't.
    Degraded(String),
}

/// What `/readyz` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `ready`, `degraded` (ready, while something outside is wrong), `not ready` or `draining`.
    pub status: &'static str,
    /// Every check, by name.
    pub checks: Vec<Check>,
}

/// One line of a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// `ok`, `notice`, `degraded` or `failing`.
    pub status: &'static str,
    /// What the notice says, what is wrong outside, or why it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Health {
    /// Nothing has reported yet: not ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reports a check: fit, or why not. The reason is shown to whoever can reach the port, so it
    /// carries no secrets. A change is logged.
    pub fn set(&self, name: &'static str, outcome: Result<(), String>) {
        self.put(name, outcome.map_or_else(Outcome::Failing, |()| Outcome::Good));
    }

    /// Reports something that people should know, but that doesn't make the process unfit;
    /// `None` takes it back. It is a check of its own: don't use the name of another.
    pub fn notice(&self, name: &'static str, text: Option<String>) {
        match text {
            Some(text) => self.put(name, Outcome::Notice(text)),
            None => drop(self.lock().checks.remove(name)),
        }
    }

    /// Reports a check of what is outside: well, or what is wrong there and what to do; `None` when that isn't known. It is shown
    /// and never makes the process unfit: work waits for the outside, and a restart wouldn't help. The text is shown to whoever
    /// can reach the port, so it carries no secrets. A change is logged. It is a check of its own: don't use the name of another.
    pub fn outside(&self, name: &'static str, outcome: Option<Result<(), String>>) {
        match outcome {
            Some(outcome) => self.put(name, outcome.map_or_else(Outcome::Degraded, |()| Outcome::Well)),
            None => drop(self.lock().checks.remove(name)),
        }
    }

    /// From now on not ready, whatever the checks say.
    pub fn drain(&self) {
        self.lock().draining = true;
    }

    /// Whether new work may come.
    pub fn is_ready(&self) -> bool {
        is_ready(&self.lock())
    }

    /// All of it.
    pub fn report(&self) -> Report {
        let state = self.lock();
        let degraded = state.checks.values().any(|it| matches!(it, Outcome::Degraded(_)));
        let status = match (state.draining, is_ready(&state), degraded) {
            (true, _, _) => "draining",
            (false, true, false) => "ready",
            (false, true, true) => "degraded",
            (false, false, _) => "not ready",
        };
        let checks = state.checks.iter().map(|(name, outcome)| {
            let (status, reason) = match outcome {
                Outcome::Good | Outcome::Well => ("ok", None),
                Outcome::Notice(text) => ("notice", Some(text.clone())),
                Outcome::Failing(reason) => ("failing", Some(reason.clone())),
                Outcome::Degraded(text) => ("degraded", Some(text.clone())),
            };
            Check { name, status, reason }
        });
        Report {
            status,
            checks: checks.collect(),
        }
    }

    fn put(&self, name: &'static str, outcome: Outcome) {
        let before = self.lock().checks.insert(name, outcome.clone());
        if before.as_ref() == Some(&outcome) {
            return;
        }
        match outcome {
            Outcome::Good | Outcome::Well => tracing::info!(check = name, "check passes"),
            Outcome::Notice(text) => tracing::info!(check = name, notice = text, "notice"),
            Outcome::Failing(reason) => tracing::warn!(check = name, reason, "check fails"),
            Outcome::Degraded(reason) => tracing::warn!(check = name, reason, "something outside is wrong"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_ready(state: &State) -> bool {
    let mut reported = false;
    for outcome in state.checks.values() {
        match outcome {
            Outcome::Good => reported = true,
            Outcome::Notice(_) | Outcome::Well | Outcome::Degraded(_) => {}
            Outcome::Failing(_) => return false,
        }
    }
    reported && !state.draining
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_when_something_reported_and_nothing_fails() {
        let health = Health::new();
        assert!(!health.is_ready(), "nothing reported");
        health.notice("bus", Some("half of it".into()));
        assert!(!health.is_ready(), "a notice is no report");
        health.set("config", Ok(()));
        assert!(health.is_ready());
        health.set("director", Err("away".into()));
        assert!(!health.is_ready());
        assert_eq!(health.report().status, "not ready");
        health.set("director", Ok(()));
        assert!(health.is_ready());
        health.clone().drain();
        assert!(!health.is_ready());
    }

    #[test]
    fn what_is_outside_degrades_and_never_unfits() {
        let health = Health::new();
        health.outside("director", Some(Ok(())));
        assert!(!health.is_ready(), "what is outside doesn't say that we are fit");
        health.set("bus", Ok(()));
        assert_eq!((health.is_ready(), health.report().status), (true, "ready"));
        health.outside("director", Some(Err("away".into())));
        assert_eq!((health.is_ready(), health.report().status), (true, "degraded"));
        let json = serde_json::to_value(&health.report().checks[1]).unwrap();
        let wanted = serde_json::json!({"name": "director", "status": "degraded", "reason": "away"});
        assert_eq!(json, wanted);
        health.set("bus", Err("lost".into()));
        assert_eq!(health.report().status, "not ready");
        health.set("bus", Ok(()));
        health.outside("director", None);
        assert_eq!((health.report().status, health.report().checks.len()), ("ready", 1));
        health.outside("director", Some(Ok(())));
        assert_eq!(health.report().checks[1].status, "ok");
    }

    #[test]
    fn the_report_names_each_check() {
        let health = Health::new();
        health.set("b", Err("why".into()));
        health.set("a", Ok(()));
        health.notice("c", Some("mind".into()));
        let json = serde_json::to_string(&health.report()).unwrap();
        assert_eq!(
            json,
            r#"{"status":"not ready","checks":[{"name":"a","status":"ok"},{"name":"b","status":"failing","reason":"why"},{"name":"c","status":"notice","reason":"mind"}]}"#
        );
        health.notice("c", None);
        assert_eq!(health.report().checks.len(), 2);
    }
}
