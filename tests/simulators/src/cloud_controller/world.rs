//! The state and the faults, for tests in the same process.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::broker::{Brokers, OutgoingCall, OutgoingFault};
use super::model::{Binding, Broker, Instance, Job, Offering, Plan};
use super::state::Shared;
use crate::common::Controls;

/// A handle on a running simulator; clones see the same state. It can do all that [`Controls`] can (faults and journal of the calls to it);
/// `outgoing` is about the calls that it makes.
#[derive(Clone)]
pub struct CloudControllerWorld {
    pub(super) shared: Shared,
    pub(super) brokers: Brokers,
    pub(super) controls: Controls,
    /// How many calls of brokers aren't shown any more.
    pub(super) forgotten: Arc<AtomicUsize>,
}

impl std::fmt::Debug for CloudControllerWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloudControllerWorld").finish_non_exhaustive()
    }
}

impl Deref for CloudControllerWorld {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.controls
    }
}

impl CloudControllerWorld {
    /// All brokers.
    pub fn registered(&self) -> Vec<Broker> {
        self.shared.lock().brokers.values().cloned().collect()
    }

    /// All offerings, the unavailable ones, too.
    pub fn offerings(&self) -> Vec<Offering> {
        self.shared.lock().offerings.values().cloned().collect()
    }

    /// All plans, the unavailable ones, too.
    pub fn plans(&self) -> Vec<Plan> {
        self.shared.lock().plans.values().cloned().collect()
    }

    /// All instances.
    pub fn instances(&self) -> Vec<Instance> {
        self.shared.lock().instances.values().cloned().collect()
    }

    /// All keys and bindings of apps.
    pub fn bindings(&self) -> Vec<Binding> {
        self.shared.lock().bindings.values().cloned().collect()
    }

    /// A job.
    pub fn job(&self, guid: &str) -> Option<Job> {
        self.shared.lock().jobs.get(guid).cloned()
    }

    /// The guid of a space, by the names of its organization and its own.
    pub fn space(&self, organization: &str, name: &str) -> Option<String> {
        let state = self.shared.lock();
        let of = |guid: &str| state.organizations.get(guid).map(|it| it.name.as_str());
        let mut all = state.spaces.values();
        let found = all.find(|it| it.name == name && of(&it.organization) == Some(organization));
        found.map(|it| it.guid.clone())
    }

    /// The calls of brokers so far, in order, since [`Self::clear_outgoing`].
    pub fn outgoing(&self) -> Vec<OutgoingCall> {
        let forgotten = self.forgotten.load(Ordering::Relaxed);
        self.brokers.outgoing().into_iter().skip(forgotten).collect()
    }

    /// Forgets the calls of brokers so far; one that is under way, too.
    pub fn clear_outgoing(&self) {
        self.forgotten.store(self.brokers.outgoing().len(), Ordering::Relaxed);
    }

    /// From now on this happens to calls of brokers; the number takes it away again.
    pub fn set_outgoing_fault(&self, fault: OutgoingFault) -> u64 {
        self.brokers.set_fault(fault)
    }

    /// Takes one fault of calls of brokers away.
    pub fn clear_outgoing_fault(&self, number: u64) {
        self.brokers.clear_fault(number);
    }

    /// Takes all faults of calls of brokers away.
    pub fn clear_outgoing_faults(&self) {
        self.brokers.clear_faults();
    }

    /// Whether nothing is under way: no job runs, no orphan waits for its next DELETE.
    pub fn is_idle(&self) -> bool {
        self.brokers.is_idle()
    }
}
