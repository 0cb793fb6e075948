//! How fresh a watch is, told to others.

use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How fresh a watch is. Clones look at the same watch.
#[derive(Debug, Clone)]
pub struct Freshness {
    state: watch::Receiver<State>,
}

/// What a watch has given out and its caller applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    /// When the server was heard last, a heartbeat included.
    pub last_heard: Option<Instant>,
    /// Whether the present generation has given out everything that was stored. Taken back as
    /// soon as the feed breaks.
    pub loaded: bool,
    /// Counts the builds of the watch, from 1; 0 before the first.
    pub generation: u64,
    /// The highest revision that was given out, of the present stream.
    pub revision: u64,
}

/// The other end. What was given out counts when the caller comes back for more.
#[derive(Debug)]
pub(super) struct Teller {
    told: watch::Sender<State>,
    next: Option<State>,
}

impl Freshness {
    /// The state right now.
    pub fn state(&self) -> State {
        *self.state.borrow()
    }

    /// How long ago the server was heard; `None` while the watch isn't loaded.
    pub fn age(&self) -> Option<Duration> {
        let state = self.state();
        state.last_heard.filter(|_| state.loaded).map(|heard| heard.elapsed())
    }

    /// Whether the watch is loaded and was heard within `limit`.
    pub fn is_fresh(&self, limit: Duration) -> bool {
        self.age().is_some_and(|age| age <= limit)
    }

    /// Waits until the watch is loaded. Says `false` if the watch is gone.
    pub async fn loaded(&self) -> bool {
        self.state.clone().wait_for(|state| state.loaded).await.is_ok()
    }

    /// Waits until the watch is loaded and has given out (and its caller applied) this revision or
    /// a later one. Says `false` if the watch is gone.
    pub async fn reached(&self, revision: u64) -> bool {
        let there = |state: &State| state.loaded && state.revision >= revision;
        self.state.clone().wait_for(there).await.is_ok()
    }
}

impl Teller {
    pub(super) fn new() -> Self {
        Teller {
            told: watch::channel(State::default()).0,
            next: None,
        }
    }

    pub(super) fn freshness(&self) -> Freshness {
        Freshness {
            state: self.told.subscribe(),
        }
    }

    /// The caller came back: what it got last is applied.
    pub(super) fn applied(&mut self) {
        if let Some(next) = self.next.take() {
            self.told.send_replace(next);
        }
    }

    pub(super) fn heard(&mut self) {
        let now = Instant::now();
        self.told.send_modify(|state| state.last_heard = Some(now));
    }

    pub(super) fn took(&mut self, revision: u64) {
        let now = *self.told.borrow();
        let revision = now.revision.max(revision);
        self.next = Some(State {
            last_heard: Some(Instant::now()),
            revision,
            ..now
        });
    }

    pub(super) fn loaded(&mut self) {
        let now = *self.told.borrow();
        self.next = Some(State {
            last_heard: Some(Instant::now()),
            loaded: true,
            ..now
        });
    }

    pub(super) fn started(&mut self, generation: u64, replaced: bool) {
        self.told.send_modify(|state| {
            state.generation = generation;
            state.loaded = false;
            if replaced {
                state.revision = 0;
            }
        });
    }

    pub(super) fn lost(&mut self) {
        self.told.send_modify(|state| state.loaded = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_out_counts_when_the_caller_comes_back() {
        let mut teller = Teller::new();
        let it = teller.freshness();
        teller.started(1, false);
        teller.took(7);
        assert_eq!(it.state().revision, 0);
        teller.applied();
        assert_eq!((it.state().revision, it.state().loaded, it.age()), (7, false, None));
        teller.loaded();
        assert!(!it.is_fresh(Duration::from_secs(60)));
        teller.applied();
        assert!(it.is_fresh(Duration::from_secs(60)));
        teller.lost();
        assert!(!it.is_fresh(Duration::from_secs(60)));
        assert_eq!(it.state().revision, 7);
        teller.started(2, true);
        assert_eq!((it.state().revision, it.state().generation), (0, 2));
    }
}
