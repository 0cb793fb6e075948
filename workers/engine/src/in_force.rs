//! What turns are taken with, and how that changes while they are.
use crate::store::Store;
use chandler_bus::BootstrapSettings;
use std::{
    fmt, mem,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// What turns are taken with.
pub struct Terms<R> {
    /// The worker's own steps.
    pub room: R,
    /// Records. The bus below it is the same for as long as the worker runs.
    pub store: Store,
    /// The longest turn; after it the turn is dropped and its wake comes again.
    pub turn: Duration,
    /// What the bus should be like.
    pub wanted: BootstrapSettings,
}

/// The terms of turns that begin now; clones share them. A turn keeps those that it began with to its end, and the last turn
/// with them drops them.
pub struct InForce<R>(Arc<RwLock<Arc<Terms<R>>>>);

impl<R> InForce<R> {
    /// As the worker starts.
    pub fn new(terms: Terms<R>) -> Self {
        InForce(Arc::new(RwLock::new(Arc::new(terms))))
    }

    /// For a turn that begins.
    pub fn now(&self) -> Arc<Terms<R>> {
        // Nothing in these locks can panic half-way.
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// For turns that begin from now on. The bus of `terms` must be the one that there is.
    pub fn put(&self, terms: Terms<R>) {
        let terms = Arc::new(terms);
        let before = mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), terms);
        // Not under the lock: a room may have a lot to put away.
        drop(before);
    }
}

impl<R> Clone for InForce<R> {
    fn clone(&self) -> Self {
        InForce(self.0.clone())
    }
}

impl<R> fmt::Debug for InForce<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InForce")
    }
}
