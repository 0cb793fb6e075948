//! Which task is due next.

use std::collections::BTreeSet;

use super::task::{Phase, Task};

/// The tasks that wait for a worker, those that wait for a time, and those that keep a worker busy.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    queued: BTreeSet<(Instant, u64)>,
    timed: BTreeSet<(Instant, u64)>,
    running: BTreeSet<u64>,
}

/// A time that can be sorted: Unix seconds are never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Instant(u64);

impl Instant {
    fn new(at: f64) -> Self {
        Self(at.max(0.0).to_bits())
    }

    fn at(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// Where a task stands in the schedule.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    Queued(f64),
    Timed(f64),
}

impl Schedule {
    /// Brings the task's place in line with its phase.
    pub(super) fn place(&mut self, task: &mut Task) {
        match task.slot.take() {
            Some(Slot::Queued(at)) => self.queued.remove(&(Instant::new(at), task.id)),
            Some(Slot::Timed(at)) => self.timed.remove(&(Instant::new(at), task.id)),
            None => false,
        };
        let stop = task.stop_at;
        let timed = |at: f64| Some(Slot::Timed(stop.map_or(at, |stop| stop.min(at))));
        let (slot, running) = match (&task.phase, stop) {
            (Phase::Queued { .. }, Some(stop)) => (Some(Slot::Timed(stop)), false),
            (Phase::Queued { ready }, None) if ready.is_finite() => (Some(Slot::Queued(*ready)), false),
            (Phase::Queued { .. } | Phase::Finished, _) => (None, false),
            (Phase::Locking { next, .. }, _) => (timed(*next), true),
            (Phase::Running { beats, began }, _) => (
                beats.front().map_or(stop.map(Slot::Timed), |b| timed(b.at + began)),
                true,
            ),
            (Phase::Hanging { .. }, stop) => (stop.map(Slot::Timed), true),
        };
        match slot {
            Some(Slot::Queued(at)) => self.queued.insert((Instant::new(at), task.id)),
            Some(Slot::Timed(at)) => self.timed.insert((Instant::new(at), task.id)),
            None => false,
        };
        task.slot = slot;
        match running {
            true => self.running.insert(task.id),
            false => self.running.remove(&task.id),
        };
    }

    /// The next task and its time, not before `reached`; queued ones only while a worker is free.
    pub(super) fn next(&self, workers: usize, reached: f64) -> Option<(f64, u64)> {
        let free = self.running.len() < workers;
        let queued = self.queued.first().filter(|_| free);
        let first = |key: &(Instant, u64)| (key.0.at().max(reached), key.1);
        let firsts = self.timed.first().into_iter().chain(queued).map(first);
        firsts.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    }
}
