//! What was asked of a simulator, for tests that count.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// Calls that are kept one by one; older ones are only counted.
const KEPT: usize = 10_000;

/// Every call since the start or the last clearing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// Calls by method and path template (`GET /oauth/clients/{}`), lost ones included.
    pub counts: Vec<CallCount>,
    /// The calls in the order of arrival, the last 10,000.
    pub calls: Vec<Call>,
}

impl Calls {
    /// How often a call was received, by method and template such as `POST /oauth/token`.
    pub fn count(&self, call: &str) -> u64 {
        self.counts.iter().filter(|c| c.call == call).map(|c| c.count).sum()
    }

    /// How often a call was done, by method and template: neither lost nor refused, the answer lost or not.
    pub fn done(&self, call: &str) -> usize {
        let done = |c: &&Call| c.call == call && c.fate == CallFate::Done;
        self.calls.iter().filter(done).count()
    }
}

/// How often a call was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCount {
    /// Method and path template.
    pub call: String,
    /// How often.
    pub count: u64,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Method and path template.
    pub call: String,
    /// The path, without the query.
    pub path: String,
    /// Who asked, as far as the server knows it: a client's or a user's name; never a secret.
    pub actor: Option<String>,
    /// When it arrived, Unix seconds of the simulator's clock.
    pub at: f64,
    /// What became of it.
    pub fate: CallFate,
    /// The status that was answered, or would have been had the answer not been lost.
    pub status: Option<u16>,
    /// True when the answer was lost or cut.
    pub response_lost: bool,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFate {
    /// It waits in a delay on its way in.
    Pending,
    /// It was lost before anything was done.
    Lost,
    /// It was answered with a status of 400 or more, by the server or by a fault; nothing was done.
    Refused,
    /// It was done.
    Done,
}

/// The journal while it is written.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    counts: BTreeMap<String, u64>,
    /// By serial number, which goes on after a clearing: a delayed request may still be under way.
    calls: VecDeque<(u64, Call)>,
    next: u64,
}

impl Ledger {
    /// Counts and notes a call; the answer is its serial number.
    pub(crate) fn note(&mut self, call: Call) -> u64 {
        *self.counts.entry(call.call.clone()).or_default() += 1;
        self.next += 1;
        self.calls.push_back((self.next, call));
        if self.calls.len() > KEPT {
            self.calls.pop_front();
        }
        self.next
    }

    pub(crate) fn find(&mut self, serial: u64) -> Option<&mut Call> {
        let at = self.calls.binary_search_by_key(&serial, |(n, _)| *n).ok()?;
        self.calls.get_mut(at).map(|(_, call)| call)
    }

    pub(crate) fn clear(&mut self) {
        self.counts.clear();
        self.calls.clear();
    }

    pub(crate) fn shown(&self) -> Calls {
        Calls {
            counts: shown(&self.counts),
            calls: self.calls.iter().map(|(_, call)| call.clone()).collect(),
        }
    }
}

/// Counts as they are shown.
pub(crate) fn shown(counts: &BTreeMap<String, u64>) -> Vec<CallCount> {
    let row = |(call, count): (&String, &u64)| CallCount {
        call: call.clone(),
        count: *count,
    };
    counts.iter().map(row).collect()
}
