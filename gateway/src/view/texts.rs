//! Thousands of instances have few plans: what they say alike is kept once.
use std::{collections::HashSet, sync::Arc};

/// The texts that there are. One that nobody has any more stays: they are as many as there ever were plans.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The same text, as others have it.
    pub(crate) fn share(&mut self, text: &mut Arc<str>) {
        match self.0.get(text) {
            Some(shared) => *text = shared.clone(),
            None => {
                self.0.insert(text.clone());
            }
        }
    }
}
