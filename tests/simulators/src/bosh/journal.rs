//! What was asked of the simulator, for tests that count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::common::journal::{CallCount, shown};

/// Every call since the start or the last clearing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// Calls by method and path template (`GET /tasks/{id}`), lost ones included.
    pub counts: Vec<CallCount>,
    /// Every request that would start a task, in the order of arrival.
    pub starts: Vec<Start>,
}

impl Journal {
    /// How often a call was received, by method and template such as `POST /deployments`.
    pub fn count(&self, call: &str) -> u64 {
        self.counts.iter().filter(|c| c.call == call).map(|c| c.count).sum()
    }
}

/// A request that would start a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// `X-Bosh-Context-Id`, empty when there was none.
    pub context_id: String,
    /// When it arrived, Unix seconds.
    pub at: f64,
    /// What became of it.
    pub fate: Fate,
    /// The task it started.
    pub task: Option<u64>,
    /// True when the answer was lost or cut.
    pub response_lost: bool,
}

/// What became of a request that would start a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It waits in a delay on its way in.
    Pending,
    /// It was lost before anything was done.
    Lost,
    /// It was answered with an error, by the Director or by a fault.
    Refused,
    /// It started a task.
    Started,
}

/// The journal while it is written.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    counts: BTreeMap<String, u64>,
    /// By serial number, which goes on after a clearing: a delayed request may still be under way.
    starts: BTreeMap<u64, Start>,
    next: u64,
}

impl Ledger {
    pub(super) fn count(&mut self, call: String) {
        *self.counts.entry(call).or_default() += 1;
    }

    /// Notes a request; the answer is its serial number.
    pub(super) fn start(&mut self, start: Start) -> u64 {
        self.next += 1;
        self.starts.insert(self.next, start);
        self.next
    }

    pub(super) fn find(&mut self, serial: u64) -> Option<&mut Start> {
        self.starts.get_mut(&serial)
    }

    pub(super) fn clear(&mut self) {
        self.counts.clear();
        self.starts.clear();
    }

    pub(super) fn shown(&self) -> Journal {
        Journal {
            counts: shown(&self.counts),
            starts: self.starts.values().cloned().collect(),
        }
    }
}
