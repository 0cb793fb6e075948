//! Waiting for a change of a record.
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// A bell for each record that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Bells {
    all: Mutex<HashMap<String, watch::Sender<()>>>,
}

/// Somebody who listens. The last one to leave takes the bell along.
#[derive(Debug)]
pub(super) struct Bell<'a> {
    bells: &'a Bells,
    key: &'a str,
    changes: Option<watch::Receiver<()>>,
}

impl Bells {
    /// Listens from now on.
    pub(super) fn listen<'a>(&'a self, key: &'a str) -> Bell<'a> {
        Bell {
            bells: self,
            key,
            changes: Some(self.subscribed(key)),
        }
    }

    /// Tells whoever listens.
    pub(super) fn ring(&self, key: &str) {
        if let Some(bell) = self.lock().get(key) {
            // Whoever leaves just now takes the bell along.
            let _ = bell.send(());
        }
    }

    /// Everything may have changed: all who listen look again.
    pub(super) fn ring_all(&self) {
        self.lock().clear();
    }

    fn subscribed(&self, key: &str) -> watch::Receiver<()> {
        self.lock().entry(key.to_owned()).or_default().subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bell<'_> {
    /// Waits for a change since the last time.
    pub(super) async fn rings(&mut self) {
        if let Some(changes) = &mut self.changes
            && changes.changed().await.is_err()
        {
            *changes = self.bells.subscribed(self.key);
        }
    }
}

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        let mut all = self.bells.lock();
        self.changes = None;
        if all.get(self.key).is_some_and(|bell| bell.receiver_count() == 0) {
            all.remove(self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[test]
    fn who_listens_hears_each_change_and_the_last_one_leaves_nothing_behind() {
        let bells = Bells::default();
        let (mut one, mut other) = (bells.listen("a"), bells.listen("a"));
        assert!(one.rings().now_or_never().is_none());
        bells.ring("b");
        assert!(one.rings().now_or_never().is_none());
        bells.ring("a");
        assert!(one.rings().now_or_never().is_some() && other.rings().now_or_never().is_some());
        drop(one);
        assert_eq!(bells.lock().len(), 1, "the other one still listens");
        bells.ring("a");
        assert!(other.rings().now_or_never().is_some());
        drop(other);
        assert_eq!(bells.lock().len(), 0);
    }

    #[test]
    fn who_listened_when_all_may_have_changed_goes_on_to_listen() {
        let bells = Bells::default();
        let mut one = bells.listen("a");
        bells.ring_all();
        assert!(one.rings().now_or_never().is_some());
        assert!(one.rings().now_or_never().is_none());
        bells.ring("a");
        assert!(one.rings().now_or_never().is_some());
        drop(one);
        assert_eq!(bells.lock().len(), 0);
    }
}
