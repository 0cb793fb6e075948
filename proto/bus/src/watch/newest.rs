//! For whoever keeps a view: which of two changes of a key counts.

use super::{Change, Seen};
use std::collections::HashMap;

/// The highest revision of each key. A watch that was rebuilt may give out older ones again, or
/// ones that a read through the leader overtook; they must not be put over newer ones.
#[derive(Debug, Clone, Default)]
pub struct Newest {
    revisions: HashMap<String, u64>,
}

impl Newest {
    /// Whether the change is newer than all that was seen of its key; if so it is remembered.
    pub fn admit(&mut self, change: &Change) -> bool {
        self.admit_revision(&change.key, change.revision)
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
}
