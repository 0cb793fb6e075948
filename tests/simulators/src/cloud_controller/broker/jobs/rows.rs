//! How a job writes into its row: only as long as it has it.

use super::{Row, Task};
use crate::cloud_controller::model::{Binding, Instance, JobState, LastOperation, OperationKind, OperationState};
use crate::cloud_controller::refusal::Refusal;

impl LastOperation {
    /// Takes it on, or begins another kind of operation.
    fn becomes(&mut self, kind: OperationKind, state: OperationState, description: &str, now: f64) {
        if self.kind != kind {
            *self = LastOperation::begin(kind, now);
        }
        self.state = state;
        description.clone_into(&mut self.description);
        self.updated_at = now;
    }
}

/// What an operation has come to.
pub(super) struct News<'a> {
    pub(super) kind: OperationKind,
    pub(super) state: OperationState,
    pub(super) description: &'a str,
}

impl<'a> News<'a> {
    pub(super) fn succeeded(kind: OperationKind, description: &'a str) -> Self {
        let state = OperationState::Succeeded;
        Self {
            kind,
            state,
            description,
        }
    }

    pub(super) fn failed(kind: OperationKind, description: &'a str) -> Self {
        let state = OperationState::Failed;
        Self {
            kind,
            state,
            description,
        }
    }

    pub(super) fn goes_on(kind: OperationKind, description: &'a str) -> Self {
        let state = OperationState::InProgress;
        Self {
            kind,
            state,
            description,
        }
    }
}

impl Task {
    /// Writes into an instance. False when it is gone, or not ours.
    pub(super) fn write_instance(&self, guid: &str, news: &News<'_>, change: impl FnOnce(&mut Instance)) -> bool {
        let now = self.now();
        let mut state = self.brokers.shared.lock();
        if !self.brokers.ledger.owns(guid, &self.job) {
            return false;
        }
        let Some(row) = state.instances.get_mut(guid) else {
            return false;
        };
        row.last_operation.becomes(news.kind, news.state, news.description, now);
        change(row);
        row.stamp.updated_at = now;
        if !row.last_operation.runs() {
            row.job = None;
        }
        self.brokers.ledger.settle(guid, &row.last_operation);
        true
    }

    /// Writes into a binding. False when it is gone, or not ours.
    pub(super) fn write_binding(&self, guid: &str, news: &News<'_>, change: impl FnOnce(&mut Binding)) -> bool {
        let now = self.now();
        let mut state = self.brokers.shared.lock();
        if !self.brokers.ledger.owns(guid, &self.job) {
            return false;
        }
        let Some(row) = state.bindings.get_mut(guid) else {
            return false;
        };
        row.last_operation.becomes(news.kind, news.state, news.description, now);
        change(row);
        row.stamp.updated_at = now;
        self.brokers.ledger.settle(guid, &row.last_operation);
        true
    }

    /// Writes what an operation has come to, and nothing else.
    pub(super) fn write(&self, row: &Row, news: &News<'_>) -> bool {
        match row {
            Row::Instance(guid) => self.write_instance(guid, news, |_| {}),
            Row::Binding(guid) => self.write_binding(guid, news, |_| {}),
        }
    }

    /// The broker has taken the deletion of a row on, or it is gone: who made it, makes it no more.
    pub(super) fn overtake(&self, row: &Row) {
        let Some(job) = self.brokers.ledger.keep(row.guid()) else {
            return;
        };
        let why = Refusal::unable("create", "delete in progress");
        self.brokers.shared.lock().job_failed(&job, &why, self.now());
    }

    /// The broker hasn't taken the deletion of a row on: who made it, goes on. False when nobody did.
    pub(super) fn give_back(&self, row: &Row) -> bool {
        let mut state = self.brokers.shared.lock();
        let Some(job) = self.brokers.ledger.give_back(row.guid()) else {
            return false;
        };
        let before = self.brokers.ledger.settled(row.guid());
        match row {
            Row::Instance(guid) => {
                if let (Some(row), Some(before)) = (state.instances.get_mut(guid), before) {
                    row.last_operation = before;
                    row.job = Some(job);
                }
            }
            Row::Binding(guid) => {
                if let (Some(row), Some(before)) = (state.bindings.get_mut(guid), before) {
                    row.last_operation = before;
                }
            }
        }
        true
    }

    /// Takes a row away that the broker has no more.
    pub(super) fn remove(&self, row: &Row) {
        self.overtake(row);
        let mut state = self.brokers.shared.lock();
        match row {
            Row::Instance(guid) => state.purge_instance(guid),
            Row::Binding(guid) => _ = state.bindings.remove(guid),
        }
        self.brokers.ledger.forget(row.guid());
    }

    /// From now on the broker is polled.
    pub(super) fn polls(&self) {
        let now = self.now();
        self.brokers.shared.lock().job_is(&self.job, JobState::Polling, now);
    }
}
