//! What looks at the files of a certificate have found, and what is to be told of it; pure.
use crate::tls::Digest;

/// What is known of the files. A digest stands for what they held.
#[derive(Debug)]
pub(super) struct Looks {
    in_force: Digest,
    /// What they held when it was taken or refused last.
    settled: Digest,
    /// What can't be used and was there at the last look only: somebody may be writing.
    suspect: Option<Digest>,
}

/// What a look has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing new.
    Nothing,
    /// What is in force, after something that was refused.
    Back,
    /// What may be taken, if it can be used.
    Another,
}

impl Looks {
    /// This was taken.
    pub(super) fn taken(in_force: Digest) -> Self {
        Looks {
            in_force,
            settled: in_force,
            suspect: None,
        }
    }

    /// They hold this.
    pub(super) fn find(&mut self, digest: Digest) -> Found {
        if self.suspect != Some(digest) {
            self.suspect = None;
        }
        if digest == self.settled {
            Found::Nothing
        } else if digest == self.in_force {
            self.settled = digest;
            Found::Back
        } else {
            Found::Another
        }
    }

    /// That can't be used. Whether it is to be told: not at once, since nobody writes two files in one moment, and once
    /// only.
    pub(super) fn unusable(&mut self, digest: Digest) -> bool {
        let again = self.suspect == Some(digest);
        if again {
            self.settled = digest;
        } else {
            self.suspect = Some(digest);
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(bytes: u8) -> Digest {
        Digest([bytes; 32])
    }

    #[test]
    fn what_cannot_be_used_is_told_at_the_second_look_and_only_then() {
        let mut looks = Looks::taken(held(1));
        assert_eq!(looks.find(held(1)), Found::Nothing);
        assert_eq!(looks.find(held(2)), Found::Another);
        assert!(!looks.unusable(held(2)), "somebody may be writing");
        assert_eq!(looks.find(held(2)), Found::Another);
        assert!(looks.unusable(held(2)));
        assert_eq!(looks.find(held(2)), Found::Nothing, "it was told");
        assert_eq!(looks.find(held(1)), Found::Back);
        assert_eq!(looks.find(held(1)), Found::Nothing);
        assert_eq!(looks.find(held(2)), Found::Another);
        assert!(!looks.unusable(held(2)), "this is another time");
    }

    #[test]
    fn what_changes_with_each_look_is_being_written() {
        let mut looks = Looks::taken(held(1));
        for bytes in [2, 3, 2, 1, 2] {
            if looks.find(held(bytes)) == Found::Another {
                assert!(!looks.unusable(held(bytes)), "{bytes}");
            }
        }
    }
}
