//! The journal of the calls of brokers, and what is to happen to them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::request::{Ask, Purpose};

/// A call of a broker.
#[derive(Debug, Clone, Serialize)]
pub struct OutgoingCall {
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// Its query, decoded.
    pub query: Vec<(String, String)>,
    /// What it was for: `catalog`, `provision`, `update`, `deprovision`, `poll`, `bind`, `unbind`, `fetch`, `orphan`.
    pub purpose: &'static str,
    /// What came of it.
    pub fate: OutgoingFate,
    /// Unix seconds.
    pub at: f64,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingFate {
    /// It is under way.
    Pending,
    /// This status came.
    Answered(u16),
    /// Nothing came in time, or Cloud Controller didn't wait.
    TimedOut,
    /// There was no connection.
    Unreachable,
    /// It broke on the way.
    Broken,
}

/// What happens to calls of brokers that fit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutgoingFault {
    /// Such as `PUT`; none = all.
    #[serde(default)]
    pub method: Option<String>,
    /// What the path has to hold; empty = all.
    #[serde(default)]
    pub path: String,
    /// What the call has to be for, as in [`OutgoingCall::purpose`]; none = anything.
    #[serde(default)]
    pub purpose: Option<String>,
    /// What happens.
    pub action: OutgoingAction,
    /// How many calls it hits; none = all. [`OutgoingAction::Stop`] has no number: it lasts until it is taken away.
    #[serde(default)]
    pub times: Option<u64>,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingAction {
    /// It is sent, and Cloud Controller gives up at once: the broker does it, the answer counts as a time-out.
    TimeOut,
    /// It isn't sent, and counts as a time-out.
    TimeOutUnsent,
    /// It is sent and answered; the answer counts as a time-out. Unlike after [`Self::TimeOut`] what follows can't overtake it.
    AnswerLost,
    /// It is sent twice, one after the other; the second answer counts.
    Double,
    /// It is sent twice at the same time; the later answer counts.
    DoubleAtOnce,
    /// Nobody polls any more: the job stays as it is until the fault is taken away. Calls of other kinds are left alone.
    Stop,
}

/// Journal and faults; clones are the same.
#[derive(Clone)]
pub(super) struct Outgoing {
    desk: Arc<Mutex<Desk>>,
    changed: watch::Sender<u64>,
}

struct Desk {
    calls: Vec<OutgoingCall>,
    faults: Vec<(u64, OutgoingFault)>,
    next: u64,
}

impl OutgoingFault {
    /// For all calls of a method (empty = all) whose path holds this.
    pub fn always(method: &str, path: &str, action: OutgoingAction) -> Self {
        Self {
            method: (!method.is_empty()).then(|| method.to_owned()),
            path: path.to_owned(),
            purpose: None,
            action,
            times: None,
        }
    }

    /// Only for calls with this purpose.
    #[must_use]
    pub fn only(self, purpose: &str) -> Self {
        Self {
            purpose: Some(purpose.to_owned()),
            ..self
        }
    }

    /// For the next such call only.
    pub fn once(method: &str, path: &str, action: OutgoingAction) -> Self {
        Self {
            times: Some(1),
            ..Self::always(method, path, action)
        }
    }

    fn fits(&self, method: &str, path: &str, purpose: Purpose) -> bool {
        let verb = self.method.as_deref().is_none_or(|it| it.eq_ignore_ascii_case(method));
        let aim = self.purpose.as_deref().is_none_or(|it| it == purpose.name());
        verb && aim && path.contains(&self.path) && self.times != Some(0)
    }
}

impl Outgoing {
    pub(super) fn new() -> Self {
        let desk = Desk {
            calls: Vec::new(),
            faults: Vec::new(),
            next: 1,
        };
        Self {
            desk: Arc::new(Mutex::new(desk)),
            changed: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn calls(&self) -> Vec<OutgoingCall> {
        self.lock().calls.clone()
    }

    /// Notes a call that begins; its place.
    pub(super) fn note(&self, call: OutgoingCall) -> usize {
        let mut desk = self.lock();
        desk.calls.push(call);
        desk.calls.len() - 1
    }

    pub(super) fn decide(&self, place: usize, fate: OutgoingFate) {
        if let Some(call) = self.lock().calls.get_mut(place) {
            call.fate = fate;
        }
    }

    pub(super) fn set_fault(&self, fault: OutgoingFault) -> u64 {
        let mut desk = self.lock();
        let number = desk.next;
        desk.next += 1;
        desk.faults.push((number, fault));
        number
    }

    pub(super) fn clear_fault(&self, number: u64) {
        self.lock().faults.retain(|(it, _)| *it != number);
        self.changed.send_modify(|it| *it += 1);
    }

    pub(super) fn clear_faults(&self) {
        self.lock().faults.clear();
        self.changed.send_modify(|it| *it += 1);
    }

    /// What happens to this call: the first fault that fits and isn't used up.
    pub(super) fn draw(&self, ask: &Ask) -> Option<OutgoingAction> {
        let mut desk = self.lock();
        let fits = |it: &OutgoingFault| it.fits(ask.method.as_str(), &ask.path, ask.purpose);
        let hits = |it: &OutgoingFault| it.action != OutgoingAction::Stop && fits(it);
        let (_, fault) = desk.faults.iter_mut().find(|(_, it)| hits(it))?;
        fault.times = fault.times.map(|left| left - 1);
        Some(fault.action)
    }

    /// Returns once nothing holds polls of this path up.
    pub(super) async fn released(&self, path: &str) {
        let mut changes = self.changed.subscribe();
        let held =
            |(_, it): &(u64, OutgoingFault)| it.action == OutgoingAction::Stop && it.fits("GET", path, Purpose::Poll);
        while self.lock().faults.iter().any(held) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}
