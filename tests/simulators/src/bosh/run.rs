//! Time applied to tasks: workers pick them up, locks are waited for, beats happen.

use std::collections::VecDeque;

use super::deployment::Job;
use super::events::error_line;
use super::fault::TaskEffect;
use super::lock::{LEASE, Lock};
use super::plan::{Beat, What};
use super::plans::fail;
use super::task::{Ending, Phase, TaskKind, TaskState, cut};
use super::world::World;
use crate::common::clock::seconds;

/// Seconds between two tries for a lock.
const LOCK_RETRY: f64 = 0.5;

impl World {
    /// Lets everything happen that is due by now, in the order of time.
    pub(super) fn advance(&mut self) {
        let now = self.clock.now();
        while let Some((at, id)) = self.schedule.next(self.options.workers, self.reached)
            && at <= now
        {
            self.reached = at.max(self.reached);
            self.step(id, self.reached);
            self.place(id);
        }
        self.reached = now.max(self.reached);
    }

    /// To be called after every change of a task's phase.
    pub(super) fn place(&mut self, id: u64) {
        if let Some(task) = self.tasks.get_mut(&id) {
            self.schedule.place(task);
        }
    }

    fn step(&mut self, id: u64, at: f64) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if task.stop_at.is_some_and(|stop| stop <= at) {
            return self.finish(id, at, Ending::Cancelled, "");
        }
        match &mut task.phase {
            Phase::Queued { .. } => {
                task.state = TaskState::Processing;
                task.started_at = Some(seconds(at));
                task.phase = Phase::Locking { since: at, next: at };
            }
            Phase::Locking { since, .. } => {
                let since = *since;
                self.try_lock(id, since, at);
            }
            Phase::Running { beats, .. } => {
                if let Some(beat) = beats.pop_front() {
                    self.happen(id, at, beat.what);
                }
            }
            Phase::Hanging { .. } | Phase::Finished => {}
        }
    }

    fn try_lock(&mut self, id: u64, since: f64, at: f64) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if task.kind() == TaskKind::Instances {
            return self.begin(id, at);
        }
        let name = task.deployment.clone();
        self.locks.retain(|_, lock| lock.is_held(at));
        match self.locks.get(&name) {
            None => {
                let description = task.description.clone();
                let lock = Lock {
                    task: id,
                    description,
                    since: at,
                    expires: None,
                };
                self.locks.insert(name, lock);
                self.begin(id, at);
            }
            Some(lock) => {
                let limit = since + self.options.lock_wait_seconds;
                if at >= limit {
                    let message = lock.refusal(&name);
                    self.finish(id, at, Ending::Error { code: 100, message }, "");
                } else {
                    task.phase = Phase::Locking {
                        since,
                        next: (at + LOCK_RETRY).min(limit),
                    };
                }
            }
        }
    }

    /// Plans the task against the world as it is now and applies its faults to the plan.
    fn begin(&mut self, id: u64, at: f64) {
        let (mut beats, length) = self.plan(id);
        let mut hang = false;
        let forced = self
            .tasks
            .get(&id)
            .is_some_and(|t| matches!(t.job, Job::Delete { force: true }));
        let effects = self.tasks.get(&id).map(|t| t.effects.clone()).unwrap_or_default();
        for effect in effects {
            match effect {
                // Forced deletions pass over what fails on the VMs.
                TaskEffect::Fail { stage, .. } if forced && stage == "Deleting instances" => {}
                TaskEffect::Fail { stage, message, code } => {
                    fail::fail(&mut beats, &stage, message, code);
                }
                TaskEffect::End { ending: Ending::Done } => {}
                TaskEffect::End { ending } => {
                    beats.retain(|b| b.at < length / 2.0);
                    let what = What::Finish(ending, String::new());
                    beats.push_back(Beat { at: length / 2.0, what });
                }
                TaskEffect::Hang => hang = true,
                TaskEffect::StayQueued
                | TaskEffect::LeaveLock { .. }
                | TaskEffect::Take { .. }
                | TaskEffect::Errand { .. } => {}
            }
        }
        if hang {
            let at = length / 2.0;
            let split = beats.partition_point(|b| length > 0.0 && b.at < at);
            let rest = beats.split_off(split);
            beats.push_back(Beat {
                at,
                what: What::Hang(rest),
            });
        }
        if let Some(task) = self.tasks.get_mut(&id) {
            task.phase = Phase::Running { beats, began: at };
        }
    }

    fn happen(&mut self, id: u64, at: f64, what: What) {
        match what {
            What::Line(line) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.events.push_str(&line.text(at));
                }
            }
            What::Output(text) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.results.push_str(&text);
                }
            }
            What::Hang(rest) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.phase = Phase::Hanging { rest };
                }
            }
            What::Finish(ending, result) => self.finish(id, at, ending, &result),
            What::Change(change) => self.change(id, at, change),
        }
    }

    fn finish(&mut self, id: u64, at: f64, ending: Ending, result: &str) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.phase = Phase::Finished;
        task.timestamp = Some(seconds(at));
        let mut left = None;
        match ending {
            Ending::Done => {
                task.state = TaskState::Done;
                task.result = Some(cut(result));
            }
            Ending::Error { code, message } => {
                task.state = TaskState::Error;
                task.result = Some(cut(&message));
                task.events.push_str(&error_line(at, code, &message));
            }
            Ending::Killed => {
                task.state = TaskState::Error;
                left = Some(LEASE);
            }
            Ending::Timeout => {
                task.state = TaskState::Timeout;
                task.timestamp = task.started_at;
                left = Some(LEASE);
            }
            Ending::Cancelled => {
                task.state = TaskState::Cancelled;
                task.result = Some("task cancelled".to_owned());
                let message = format!("Task {id} cancelled");
                task.events.push_str(&error_line(at, 10001, &message));
            }
        }
        for effect in &task.effects {
            if let TaskEffect::LeaveLock { seconds } = effect {
                left = Some(*seconds);
            }
        }
        let name = task.deployment.clone();
        self.place(id);
        if let Some(lock) = self.locks.get_mut(&name)
            && lock.task == id
        {
            match left {
                Some(seconds) => lock.expires = Some(at + seconds),
                None => {
                    self.locks.remove(&name);
                }
            }
        }
    }

    /// Ends a task from outside; false when there is no such unfinished task.
    pub(super) fn release(&mut self, id: u64, ending: Ending) -> bool {
        self.advance();
        let at = self.reached;
        let Some(task) = self.tasks.get_mut(&id) else {
            return false;
        };
        let rest: VecDeque<Beat> = match (&mut task.phase, &ending) {
            (Phase::Finished, _) => return false,
            (Phase::Queued { ready }, Ending::Done) => {
                *ready = at;
                self.place(id);
                return true;
            }
            (Phase::Hanging { rest } | Phase::Running { beats: rest, .. }, Ending::Done) => std::mem::take(rest),
            (Phase::Locking { .. }, Ending::Done) => return false,
            (_, _) => {
                self.finish(id, at, ending, "");
                return true;
            }
        };
        for beat in rest {
            match beat.what {
                What::Hang(rest) => rest.into_iter().for_each(|b| self.happen(id, at, b.what)),
                what => self.happen(id, at, what),
            }
        }
        true
    }

    /// Asks a task to stop; the state it is in when that can't be.
    pub(super) fn cancel(&mut self, id: u64) -> Option<Result<(), TaskState>> {
        let now = self.clock.now();
        let base = self.options.task_seconds;
        let task = self.tasks.get_mut(&id)?;
        match task.state {
            TaskState::Queued | TaskState::Processing => {}
            other => return Some(Err(other)),
        }
        let length = match &task.phase {
            Phase::Running { beats, .. } => beats.back().map_or(0.0, |b| b.at),
            Phase::Queued { .. } => 0.0,
            Phase::Locking { .. } | Phase::Hanging { .. } | Phase::Finished => base,
        };
        task.state = TaskState::Cancelling;
        task.timestamp = Some(seconds(now));
        task.stop_at = Some(now + length / 10.0);
        self.place(id);
        Some(Ok(()))
    }
}
