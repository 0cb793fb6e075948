//! Which job has which row, and what was last written into it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::cloud_controller::model::LastOperation;

/// Who works on what; clones are the same. Whoever needs the state as well locks that first.
#[derive(Clone)]
pub(super) struct Ledger {
    desk: Arc<Mutex<Desk>>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Desk {
    owners: BTreeMap<String, Owner>,
    settled: BTreeMap<String, LastOperation>,
    busy: usize,
}

struct Owner {
    job: String,
    /// The job that had the row, until the broker has taken the deletion on.
    before: Option<String>,
}

/// Whose a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Mine,
    /// A deletion has it, and may give it back.
    Lent,
    Lost,
}

/// Work that is under way as long as this lives.
pub(super) struct Busy(Ledger);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.lock().busy -= 1;
    }
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            desk: Arc::default(),
            changed: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.changed.send_modify(|it| *it += 1);
    }

    pub(super) fn busy(&self) -> Busy {
        self.lock().busy += 1;
        Busy(self.clone())
    }

    pub(super) fn is_idle(&self) -> bool {
        self.lock().busy == 0
    }

    /// A job has the row from now on. `tentatively`: the job that had it may get it back.
    pub(super) fn take(&self, row: &str, job: &str, tentatively: bool) {
        let mut desk = self.lock();
        let before = desk.owners.remove(row).map(|it| it.job).filter(|_| tentatively);
        let owner = Owner {
            job: job.to_owned(),
            before,
        };
        desk.owners.insert(row.to_owned(), owner);
        drop(desk);
        self.tell();
    }

    /// Makes a tentative taking final; the job that had the row.
    pub(super) fn keep(&self, row: &str) -> Option<String> {
        let before = self.lock().owners.get_mut(row).and_then(|it| it.before.take());
        self.tell();
        before
    }

    /// Gives a row back that was taken tentatively; the job that has it now.
    pub(super) fn give_back(&self, row: &str) -> Option<String> {
        let mut desk = self.lock();
        let owner = desk.owners.get_mut(row)?;
        let job = owner.before.take()?;
        owner.job.clone_from(&job);
        drop(desk);
        self.tell();
        Some(job)
    }

    /// The job doesn't work on the row any more.
    pub(super) fn leave(&self, row: &str, job: &str) {
        let mut desk = self.lock();
        match desk.owners.get_mut(row) {
            Some(owner) if owner.job == job => _ = desk.owners.remove(row),
            Some(owner) if owner.before.as_deref() == Some(job) => owner.before = None,
            Some(_) | None => {}
        }
        drop(desk);
        self.tell();
    }

    pub(super) fn owns(&self, row: &str, job: &str) -> bool {
        self.standing(row, job) == Standing::Mine
    }

    /// Whether anybody works on the row.
    pub(super) fn is_taken(&self, row: &str) -> bool {
        self.lock().owners.contains_key(row)
    }

    /// Waits while a deletion has the row that the broker hasn't taken on. False when the row is lost.
    pub(super) async fn regained(&self, row: &str, job: &str) -> bool {
        let mut changes = self.changed.subscribe();
        loop {
            match self.standing(row, job) {
                Standing::Mine => return true,
                Standing::Lost => return false,
                Standing::Lent => _ = changes.changed().await,
            }
        }
    }

    /// Returns once the row is lost.
    pub(super) async fn lost(&self, row: &str, job: &str) {
        let mut changes = self.changed.subscribe();
        while self.standing(row, job) != Standing::Lost {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    fn standing(&self, row: &str, job: &str) -> Standing {
        match self.lock().owners.get(row) {
            Some(owner) if owner.job == job => Standing::Mine,
            Some(owner) if owner.before.as_deref() == Some(job) => Standing::Lent,
            Some(_) | None => Standing::Lost,
        }
    }

    /// What has been written into a row by a job.
    pub(super) fn settle(&self, row: &str, operation: &LastOperation) {
        self.lock().settled.insert(row.to_owned(), operation.clone());
    }

    pub(super) fn settled(&self, row: &str) -> Option<LastOperation> {
        self.lock().settled.get(row).cloned()
    }

    pub(super) fn forget(&self, row: &str) {
        self.lock().settled.remove(row);
    }
}
