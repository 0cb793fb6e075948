//! For whoever keeps a view: which of two changes of a key counts.

use super::{Change, Seen};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// How long the revision of a removed key is kept: longer than anybody holds on to what was read before.
const REMOVED: Duration = Duration::from_secs(60 * 60);

/// The highest revision of each key. A watch that was rebuilt may give out older ones again, or
/// ones that a read through the leader overtook; they must not be put over newer ones.
#[derive(Debug, Clone, Default)]
pub struct Newest {
    revisions: HashMap<String, u64>,
    /// What was removed, the earliest first.
    removed: VecDeque<(Instant, String, u64)>,
}

impl Newest {
    /// Whether the change is newer than all that was seen of its key; if so it is remembered.
    pub fn admit(&mut self, change: &Change) -> bool {
        let now = Instant::now();
        let news = self.admit_revision(&change.key, change.revision);
        if news && change.value.is_none() {
            self.removed.push_back((now, change.key.clone(), change.revision));
        }
        self.forget_removed(now);
        news
    }

    /// Ids come and go; without this the revisions of all that there ever were would stay.
    fn forget_removed(&mut self, now: Instant) {
        let old = |(at, _, _): &mut (Instant, String, u64)| now.saturating_duration_since(*at) >= REMOVED;
        while let Some((_, key, revision)) = self.removed.pop_front_if(old) {
            if self.revisions.get(&key) == Some(&revision) {
                self.revisions.remove(&key);
            }
        }
    }

    /// [`Newest::admit`] for what was read or written directly.
    pub fn admit_revision(&mut self, key: &str, revision: u64) -> bool {
        match self.revisions.get_mut(key) {
            Some(known) if *known >= revision => false,
            Some(known) => {
                *known = revision;
                true
            }
            None => {
                self.revisions.insert(key.to_owned(), revision);
                true
            }
        }
    }

    /// Forgets everything when the watch says [`Seen::Replaced`]; says whether it did, so that the
    /// view does the same.
    pub fn forget_if_replaced(&mut self, seen: &Seen) -> bool {
        let replaced = matches!(seen, Seen::Replaced);
        if replaced {
            self.revisions.clear();
            self.removed.clear();
        }
        replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_revision_is_never_put_over_a_higher_one() {
        let mut newest = Newest::default();
        let change = |revision| Change {
            key: "instance.a".into(),
            revision,
            value: None,
            loaded: true,
        };
        assert!(newest.admit(&change(5)));
        assert!(!newest.admit(&change(5)));
        assert!(!newest.admit(&change(4)));
        assert!(newest.admit_revision("instance.b", 1));
        assert!(newest.admit(&change(6)));
        assert!(!newest.forget_if_replaced(&Seen::Loaded { generation: 1 }));
        assert!(!newest.admit(&change(1)));
        assert!(newest.forget_if_replaced(&Seen::Replaced));
        assert!(newest.admit(&change(1)));
    }

    #[test]
    fn what_was_removed_is_forgotten_after_an_hour_unless_it_came_back() {
        let mut newest = Newest::default();
        for (key, revision) in [("instance.a", 5), ("instance.b", 6)] {
            let removed = Change {
                key: key.into(),
                revision,
                value: None,
                loaded: true,
            };
            assert!(newest.admit(&removed));
        }
        assert!(newest.admit_revision("instance.b", 7));
        newest.forget_removed(Instant::now());
        assert!(!newest.admit_revision("instance.a", 4), "a read from before");
        newest.forget_removed(Instant::now() + REMOVED);
        assert!(newest.removed.is_empty());
        assert_eq!(newest.revisions, HashMap::from([("instance.b".to_owned(), 7)]));
    }
}
