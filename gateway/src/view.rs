//! What this gateway knows by watching: a glance at each record, and how fresh it is.
mod bell;
mod texts;

use bell::Bells;
pub(crate) use texts::Texts;

use crate::{
    admit::Stake,
    plans::PlanInUse,
    schemas::{Library, News},
    standing::Glance,
    telemetry::{Count, Tally},
    usual::Usual,
};
use chandler_bus::{Freshness, Newest, Seen, State, Watch};
use chandler_process::Shutdown;
use chandler_proto::{
    ids::JobId,
    layout::{Key, Named},
    records::Record,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

/// A view that heard nothing for so long is late: three heartbeats.
const LATE: Duration = Duration::from_secs(3);

/// The view. It answers polls of what is running, tells the sweep where to look, and counts for quotas. Nothing else is
/// decided by it.
#[derive(Debug)]
pub(crate) struct View {
    known: RwLock<Known>,
    freshness: Freshness,
    /// Who waits for a change of which record.
    waiting: Bells,
}

#[derive(Debug, Default)]
struct Known {
    glances: HashMap<String, Glance>,
    newest: Newest,
    usual: Usual,
    texts: Texts,
    tally: Tally,
    complete: bool,
}

impl View {
    /// An empty view that is as fresh as its watch.
    pub(crate) fn new(freshness: Freshness) -> Self {
        View {
            known: RwLock::default(),
            freshness,
            waiting: Bells::default(),
        }
    }

    /// The glance at a record. It may be old, but never goes back.
    pub(crate) fn glance(&self, key: &str) -> Option<Glance> {
        self.read().glances.get(key).cloned()
    }

    /// All glances by key, as they are now.
    pub(crate) fn all(&self) -> Vec<(String, Glance)> {
        self.read()
            .glances
            .iter()
            .map(|(key, glance)| (key.clone(), glance.clone()))
            .collect()
    }

    /// What `look` makes of all glances, once every change up to `revision` is among them. `None` if the watch is gone.
    pub(crate) async fn as_of<T>(&self, revision: u64, look: impl Fn(&HashMap<String, Glance>) -> T) -> Option<T> {
        let there = |state: State| (state.loaded && state.revision >= revision).then_some(state.generation);
        while self.freshness.reached(revision).await {
            let before = there(self.freshness.state());
            let seen = look(&self.read().glances);
            // Of a bucket that was made anew in between nothing, or only a part, may have been there.
            if before.is_some() && there(self.freshness.state()) == before {
                return Some(seen);
            }
        }
        None
    }

    /// How many jobs wait longer for the same workers.
    pub(crate) fn ahead_of(&self, glance: &Glance) -> usize {
        self.read()
            .glances
            .values()
            .filter(|other| other.is_ahead_of(glance))
            .count()
    }

    /// How long such an operation usually takes, as far as it was seen.
    pub(crate) fn usual(&self, glance: &Glance) -> Option<Duration> {
        self.read().usual.of(glance.plan.as_ref()?, glance.operation)
    }

    /// How many records there are, gone ones included.
    pub(crate) fn len(&self) -> usize {
        self.read().glances.len()
    }

    /// The plans that instances have or are to have, as far as is known, in the order of their ids.
    pub(crate) fn plans(&self) -> Vec<PlanInUse> {
        self.read().plans()
    }

    /// How many instances of an offering there are.
    pub(crate) fn count(&self, service_id: &str) -> Count {
        self.read().tally.count(service_id)
    }

    /// Whether the mark that the bucket knows everything has been seen. A hint: who decides reads it.
    pub(crate) fn complete(&self) -> bool {
        self.read().complete
    }

    /// Whether everything was loaded and the server was heard a moment ago.
    pub(crate) fn is_fresh(&self) -> bool {
        self.freshness.is_fresh(LATE)
    }

    /// How long ago the server was heard; `None` while loading.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.freshness.age()
    }

    /// Whether everything was loaded since the bucket was last made anew.
    pub(crate) fn is_loaded(&self) -> bool {
        self.freshness.state().loaded
    }

    /// Waits for the first load; `false` if the watch is gone.
    pub(crate) async fn loaded(&self) -> bool {
        self.freshness.loaded().await
    }

    /// What was read or written directly.
    pub(crate) fn learn(&self, record: &Record, revision: u64) {
        let key = record.key();
        let mut known = self.write();
        if known.newest.admit_revision(&key, revision) {
            known.put(key.clone(), record, revision);
            drop(known);
            self.waiting.ring(&key);
        }
    }

    /// Waits until the record of `key` doesn't hold `job`, or the job has ended, as far as the view can tell.
    pub(crate) async fn end_of_job(&self, key: &str, job: JobId) {
        // Listening comes first: what changes after the look rings.
        let mut bell = self.waiting.listen(key);
        while self
            .glance(key)
            .is_some_and(|glance| glance.job == job && glance.running)
        {
            bell.rings().await;
        }
    }

    /// Takes what the watch gives, until the stop.
    pub(crate) async fn follow(&self, mut watch: Watch, library: &Library, shutdown: &Shutdown) {
        let stop = shutdown.cancelled();
        tokio::pin!(stop);
        loop {
            let seen = tokio::select! {
                () = &mut stop => return,
                seen = watch.next() => seen,
            };
            self.take(seen, library);
        }
    }

    fn take(&self, seen: Seen, library: &Library) {
        let mut known = self.write();
        match seen {
            Seen::Replaced => {
                tracing::error!("the bucket of records was made anew or restored: the view begins again");
                known.forget();
                library.hears(News::Replaced);
                drop(known);
                // Whoever waits has to look for himself.
                self.waiting.ring_all();
            }
            Seen::Loaded { generation } => {
                tracing::info!(generation, records = known.glances.len(), "the view is loaded");
                library.hears(News::Loaded);
            }
            // The watch logs it.
            Seen::Lost(_) => {}
            Seen::Malformed(error) => tracing::error!(%error, "the bucket holds something that isn't ours"),
            Seen::Change(change) => {
                if !known.newest.admit(&change) {
                    return;
                }
                match Key::parse(&change.key).ok().as_ref().and_then(Key::named) {
                    Some(Named::Instance { .. } | Named::Binding { .. }) => {
                        known.changed(change.key.clone(), change.revision, change.value.as_deref());
                        drop(known);
                        self.waiting.ring(&change.key);
                    }
                    Some(Named::Schemas { plan }) => library.hears(News::Changed(plan, change.value)),
                    Some(Named::Complete) => known.complete = change.value.is_some(),
                    None => tracing::warn!(key = change.key, "a key that isn't ours"),
                }
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        // A panic elsewhere leaves whole glances: each is put in by one insert.
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What was there says nothing about what is there now.
    fn forget(&mut self) {
        self.newest.forget_if_replaced(&Seen::Replaced);
        self.glances.clear();
        self.usual.forget();
        self.tally.clear();
        self.complete = false;
    }

    fn put(&mut self, key: String, record: &Record, revision: u64) {
        let mut glance = Glance::at(record, revision);
        glance.share(&mut self.texts);
        // The record of what is gone doesn't tell its plan any more.
        let same = self.glances.get(&key).filter(|old| old.job == glance.job);
        glance.plan = glance.plan.or_else(|| same?.plan.clone());
        if let Some(plan) = &glance.plan {
            self.usual.learn(plan, &record.job);
        }
        self.tally.change(self.glances.get(&key), Some(&glance));
        self.glances.insert(key, glance);
    }

    fn remove(&mut self, key: &str) {
        let before = self.glances.remove(key);
        self.tally.change(before.as_ref(), None);
    }

    fn plans(&self) -> Vec<PlanInUse> {
        // One that was renamed is called as the newest record calls it.
        let mut newest = BTreeMap::<_, (u64, PlanInUse)>::new();
        for glance in self.glances.values() {
            for plan in glance.stake.iter().flat_map(Stake::plans) {
                let known = newest.entry((plan.service_id.clone(), plan.plan_id.clone()));
                let (revision, named) = known.or_insert_with(|| (0, plan.clone()));
                if glance.revision > *revision {
                    (*revision, *named) = (glance.revision, plan);
                }
            }
        }
        newest.into_values().map(|(_, plan)| plan).collect()
    }

    fn changed(&mut self, key: String, revision: u64, value: Option<&[u8]>) {
        match value.map(Record::parse) {
            Some(Ok(record)) => self.put(key, &record, revision),
            Some(Err(error)) => {
                tracing::error!(key, revision, %error, "a record can't be read");
                self.remove(&key);
            }
            None => self.remove(&key),
        }
    }
}

#[cfg(test)]
mod tests;
