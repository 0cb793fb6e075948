//! What runs, for people and tests: `current.json`.

use crate::say;
use crate::state::State;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// Tells the state directory what runs, each time that it changes.
#[derive(Debug, Clone)]
pub(crate) struct Board {
    shared: Arc<Mutex<Shared>>,
    state: Arc<State>,
}

#[derive(Debug)]
struct Shared {
    about: Value,
    processes: Vec<Process>,
}

#[derive(Debug)]
struct Process {
    name: String,
    pid: Option<u32>,
    starts: u32,
    log: String,
}

impl Board {
    /// Nothing runs.
    pub(crate) fn new(state: Arc<State>) -> Board {
        let shared = Shared {
            about: json!({}),
            processes: Vec::new(),
        };
        Board {
            shared: Arc::new(Mutex::new(shared)),
            state,
        }
    }

    /// What there is to tell beside the processes: a map.
    pub(crate) fn about(&self, about: Value) {
        self.change(|shared| shared.about = about);
    }

    /// A process began.
    pub(super) fn began(&self, name: &str, pid: u32, log: &std::path::Path) {
        self.change(|shared| {
            let at = shared
                .processes
                .iter()
                .position(|it| it.name == name)
                .unwrap_or_else(|| {
                    let log = log.display().to_string();
                    shared.processes.push(Process {
                        name: name.to_owned(),
                        pid: None,
                        starts: 0,
                        log,
                    });
                    shared.processes.len() - 1
                });
            shared.processes[at].pid = Some(pid);
            shared.processes[at].starts += 1;
        });
    }

    /// A process ended.
    pub(super) fn ended(&self, name: &str) {
        self.change(|shared| {
            shared
                .processes
                .iter_mut()
                .filter(|it| it.name == name)
                .for_each(|it| it.pid = None);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Shared)) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut shared);
        let mut told = shared.about.clone();
        let rows = shared
            .processes
            .iter()
            .map(|it| json!({ "name": it.name, "pid": it.pid, "starts": it.starts, "log": it.log }));
        told["supervisor"] = json!({ "pid": std::process::id(), "state_dir": self.state.dir });
        told["processes"] = rows.collect();
        if let Err(error) = self.state.tell(&told) {
            say::trouble(format_args!("{error:#}"));
        }
    }
}
