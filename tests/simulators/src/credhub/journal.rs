//! What was changed, for tests that count.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Changes that are kept; older ones are forgotten.
const KEPT: usize = 10_000;

/// A change that took effect, whether its answer arrived or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// What was done.
    pub act: Act,
    /// The credential's name, or the permission's path.
    pub name: String,
    /// Who did it, such as `uaa-client:broker`.
    pub actor: String,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A version was set.
    Set,
    /// A version was generated. One that was kept as it is isn't here.
    Generate,
    /// A credential was deleted.
    Delete,
    /// A permission was added.
    Grant,
    /// A permission's operations were replaced.
    ChangeGrant,
    /// A permission was taken away.
    Revoke,
}

/// The changes in the order in which they took effect.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    rows: VecDeque<Write>,
}

impl Ledger {
    pub(super) fn note(&mut self, act: Act, name: &str, actor: &str) {
        self.rows.push_back(Write {
            act,
            name: name.to_owned(),
            actor: actor.to_owned(),
        });
        if self.rows.len() > KEPT {
            self.rows.pop_front();
        }
    }

    pub(super) fn shown(&self) -> Vec<Write> {
        self.rows.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }
}
