//! The state and the faults, for tests in the same process.

use std::ops::Deref;
use std::sync::Arc;

use super::options::Instance;
use super::site::Desk;
use crate::common::Controls;
use crate::common::site::Front;

/// A handle on a running simulator; clones see the same state. It can do all that [`Controls`] can.
#[derive(Clone)]
pub struct InstancesApiWorld {
    front: Arc<Front<Desk>>,
}

impl std::fmt::Debug for InstancesApiWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstancesApiWorld").finish_non_exhaustive()
    }
}

impl Deref for InstancesApiWorld {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.front.controls
    }
}

impl InstancesApiWorld {
    pub(super) fn new(front: Arc<Front<Desk>>) -> Self {
        Self { front }
    }

    /// Lists these from now on, and no others.
    pub fn set_instances(&self, instances: impl IntoIterator<Item = Instance>) {
        self.front.site.state().instances = instances.into_iter().collect();
    }

    /// What is listed.
    pub fn instances(&self) -> Vec<Instance> {
        self.front.site.state().instances.clone()
    }

    /// The user's password is rotated.
    pub fn set_password(&self, password: &str) {
        password.clone_into(&mut self.front.site.state().password);
    }
}
