//! Towards the broker: what is asked of it, how its answers are read, polls, and the cleaning up of orphans.
//!
//! [`asks`] makes the calls out of the rows, [`call`] sends one and keeps the journal, [`reading`] says what an answer means, [`jobs`] does what a job is for, and
//! writes what came of it into its row as long as it has it ([`ledger`]).

mod asks;
mod call;
mod client;
mod credhub;
mod fetch;
mod jobs;
mod ledger;
mod orphans;
mod outgoing;
mod reading;
mod request;
mod trouble;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::ledger::Ledger;
use self::outgoing::Outgoing;
use self::request::Origin;
use super::options::Options;
use super::state::Shared;
use crate::common::Controls;

pub use outgoing::{OutgoingAction, OutgoingCall, OutgoingFate, OutgoingFault};

/// Who calls brokers, and all work that is under way. Clones are the same.
#[derive(Clone)]
pub(super) struct Brokers {
    shared: Shared,
    controls: Controls,
    http: reqwest::Client,
    outgoing: Outgoing,
    ledger: Ledger,
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// Who asked, as the broker is told: the `user_id` of the token, or its client.
pub(super) type User = String;

/// What is to be done for a job. The rows are there, their `last_operation` has begun (`initial`), the job waits.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// Reads a broker's catalog and takes it over; then its `pending` change is made. The first time a failure leaves the broker without a catalog.
    Synchronise { broker: String, user: Option<User> },
    /// Takes a broker away that has no instances.
    DeleteBroker { broker: String },
    /// `PUT` of an instance.
    Create {
        instance: String,
        parameters: Option<Map<String, Value>>,
        user: Option<User>,
    },
    /// `PATCH` of an instance.
    Update {
        instance: String,
        change: Change,
        user: Option<User>,
    },
    /// Unbinds everything, then `DELETE` of an instance. It ends a creation that is polled.
    Delete { instance: String, user: Option<User> },
    /// `PUT` of a binding.
    Bind {
        binding: String,
        parameters: Option<Map<String, Value>>,
        user: Option<User>,
    },
    /// `DELETE` of a binding.
    Unbind { binding: String, user: Option<User> },
}

/// What an update of an instance changes once the broker has done it.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    /// The guid of another plan.
    pub(super) plan: Option<String>,
    /// `{}` is sent when there are none.
    pub(super) parameters: Option<Map<String, Value>>,
    /// The version of an upgrade.
    pub(super) maintenance_version: Option<String>,
    /// A new name (offerings with `allow_context_updates`).
    pub(super) name: Option<String>,
    /// New tags.
    pub(super) tags: Option<Vec<String>>,
}

impl Brokers {
    /// # Errors
    /// When the authorities of brokers can't be read.
    pub(super) fn new(shared: Shared, controls: Controls, options: &Options) -> anyhow::Result<Self> {
        Ok(Self {
            shared,
            controls,
            http: client::make(&options.broker_ca, options.broker_timeout)?,
            outgoing: Outgoing::new(),
            ledger: Ledger::new(),
            tracker: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    pub(super) fn outgoing(&self) -> Vec<OutgoingCall> {
        self.outgoing.calls()
    }

    pub(super) fn set_fault(&self, fault: OutgoingFault) -> u64 {
        self.outgoing.set_fault(fault)
    }

    pub(super) fn clear_fault(&self, number: u64) {
        self.outgoing.clear_fault(number);
    }

    pub(super) fn clear_faults(&self) {
        self.outgoing.clear_faults();
    }

    pub(super) fn is_idle(&self) -> bool {
        self.ledger.is_idle()
    }

    /// Ends all work, without waiting.
    pub(super) fn end(&self) {
        self.stop.cancel();
    }

    /// Ends all work, and waits for it.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let (busy, stop) = (self.ledger.busy(), self.stop.clone());
        self.tracker.spawn(async move {
            let _busy = busy;
            stop.run_until_cancelled(work).await;
        });
    }

    fn origin(&self, user: Option<User>) -> Origin {
        let state = self.shared.lock();
        Origin::new(user, &state.url, state.options.tracing)
    }

    /// Lets so many of Cloud Controller's seconds pass, by its own clock: `skip` shortens it, while the clock stands nothing passes.
    async fn pass(&self, seconds: f64) {
        let scaled = self.shared.lock().options.scaled(seconds);
        let due = self.controls.now() + scaled.as_secs_f64();
        loop {
            let left = due - self.controls.now();
            if left <= 0.0 {
                return;
            }
            tokio::time::sleep(Duration::from_secs_f64(left.clamp(0.001, 0.05))).await;
        }
    }
}
