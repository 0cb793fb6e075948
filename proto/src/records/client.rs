//! What a record knows of the UAA client of its instance.
use super::Record;
use crate::job::{Job, OwnClient};

impl Record {
    /// For an instance: whether it has, or may have, a UAA client that a job of ours made.
    pub fn may_have_client(&self) -> bool {
        match self.job.facts.own_client {
            _ if self.gone() => false,
            Some(OwnClient::Had | OwnClient::Made) => true,
            Some(OwnClient::Gone) => false,
            None => self.in_force.as_ref().is_some_and(|force| force.uaa_client),
        }
    }

    /// Tells `job`, which takes the place of the present one, of the client.
    pub fn hand_client_to(&self, job: &mut Job) {
        let own = match self.job.facts.own_client {
            // What is in force doesn't know of it yet, and won't hear of it from a job that never ends.
            Some(OwnClient::Made) if !self.job.finished() => OwnClient::Made,
            Some(OwnClient::Had | OwnClient::Made | OwnClient::Gone) | None => OwnClient::Had,
        };
        job.facts.own_client = self.may_have_client().then_some(own);
    }

    /// What a job that failed has or may have made of the client counts for those that come after it.
    pub(super) fn keep_client(&mut self) {
        let has = self.may_have_client();
        let made = self.job.facts.own_client == Some(OwnClient::Made);
        if let Some(force) = &mut self.in_force {
            force.uaa_client = has;
            force.uaa_client_unsettled = has && (made || force.uaa_client_unsettled);
        }
    }
}
