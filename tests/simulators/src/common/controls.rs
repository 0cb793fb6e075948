//! Faults, outage, latency, journal and clock of a simulator, for tests in the same process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::fault::{Armed, CallAction, CallFault, Outage};
use super::journal::{Call, CallFate, Calls, Ledger};
use super::listen::Arrival;

/// How a simulator is told to misbehave, and what it was asked. Clones are the same.
#[derive(Clone)]
pub struct Controls(Arc<Mutex<State>>);

impl std::fmt::Debug for Controls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Controls").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct State {
    clock: Clock,
    faults: Vec<Armed<CallFault>>,
    next_fault: u64,
    /// With the time at which it is over.
    outage: Option<(Outage, f64)>,
    latency_ms: u64,
    ledger: Ledger,
}

impl State {
    fn outage(&self) -> Option<Outage> {
        self.outage
            .filter(|(_, end)| self.clock.now() < *end)
            .map(|(outage, _)| outage)
    }
}

impl Controls {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            clock: Clock::new(),
            faults: Vec::new(),
            next_fault: 1,
            outage: None,
            latency_ms: 0,
            ledger: Ledger::default(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Arms a fault; the answer is its id.
    pub fn set_fault(&self, fault: CallFault) -> u64 {
        let mut state = self.lock();
        let id = state.next_fault;
        state.next_fault += 1;
        let (skip, count) = (fault.skip, fault.count);
        state.faults.push(Armed::new(id, fault, skip, count));
        id
    }

    /// Disarms one fault.
    pub fn clear_fault(&self, id: u64) {
        self.lock().faults.retain(|armed| armed.id != id);
    }

    /// Disarms all faults, ends an outage, takes the latency away.
    pub fn clear_faults(&self) {
        let mut state = self.lock();
        state.faults.clear();
        state.outage = None;
        state.latency_ms = 0;
    }

    /// The armed faults with their ids.
    pub fn faults(&self) -> Vec<(u64, CallFault)> {
        self.lock().faults.iter().map(|a| (a.id, a.fault.clone())).collect()
    }

    /// Takes the server away, or (none) brings it back.
    pub fn set_outage(&self, outage: Option<Outage>) {
        self.lock().outage = outage.map(|outage| (outage, f64::INFINITY));
    }

    /// Takes the server away for a while, by its own clock ([`Self::skip`] shortens it).
    pub fn set_outage_for(&self, outage: Outage, time: Duration) {
        let mut state = self.lock();
        let end = state.clock.now() + time.as_secs_f64();
        state.outage = Some((outage, end));
    }

    /// Added to each call before it is looked at.
    pub fn set_latency(&self, latency: Duration) {
        self.lock().latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    }

    /// What was asked so far.
    pub fn journal(&self) -> Calls {
        self.lock().ledger.shown()
    }

    /// Forgets what was asked so far.
    pub fn clear_journal(&self) {
        self.lock().ledger.clear();
    }

    /// Lets time pass at once.
    pub fn skip(&self, time: Duration) {
        self.lock().clock.skip(time.as_secs_f64());
    }

    /// Stops the clock (only `skip` moves it then), or lets it go on.
    pub fn freeze(&self, frozen: bool) {
        self.lock().clock.freeze(frozen);
    }

    /// Now by the simulator's clock, Unix seconds.
    pub fn now(&self) -> f64 {
        self.lock().clock.now()
    }

    pub(crate) fn outage(&self) -> Option<Outage> {
        self.lock().outage()
    }

    /// Notes a call and draws its fault: the first that fits.
    pub(crate) fn receive(&self, call: String, method: &str, path: &str) -> Arrival<u64> {
        let mut state = self.lock();
        if state.outage() == Some(Outage::Connections) {
            return Arrival::Closed;
        }
        let call = Call {
            call,
            path: path.to_owned(),
            actor: None,
            at: state.clock.now(),
            fate: CallFate::Pending,
            status: None,
            response_lost: false,
        };
        let place = state.ledger.note(call);
        Arrival::Noted {
            place,
            latency_ms: state.latency_ms,
            fault: draw(&mut state.faults, method, path),
        }
    }

    /// Writes down what became of a call.
    pub(crate) fn decide(&self, place: u64, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.lock().ledger.find(place) {
            change(call);
        }
    }
}

fn draw(faults: &mut [Armed<CallFault>], method: &str, path: &str) -> Option<CallAction> {
    faults
        .iter_mut()
        .find_map(|armed| (armed.fault.matches(method, path) && armed.hit()).then(|| armed.fault.call.clone()))
}
