//! What a job learns on its way.
use super::{ClientCopy, Later, OwnClient};
use crate::{failure::Failure, ids::Millis, seal::Sealed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Names of what is sealed in a job.
pub mod sealed {
    /// The request as the adapter gets it.
    pub const REQUEST: &str = "request";
    /// What the platform will be answered for a binding.
    pub const ANSWER: &str = "answer";
    /// The secret of the instance's UAA client, from before it is put until the job ends.
    pub const CLIENT_SECRET: &str = "client_secret";
}

/// Non-secret results.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The newest BOSH task that the present leg started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bosh_task: Option<u64>,
    /// Labels that the adapter gave the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// The instance's dashboard, as the adapter tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard_url: Option<String>,
    /// When the event log of the present leg's task was read last, by whichever worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_read_at: Option<Millis>,
    /// Addresses by BOSH DNS, by the name that the plan gives each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<String, Address>,
    /// Links that the Director refuses to delete: they go with the deployment.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left_links: BTreeSet<String>,
    /// How the creates of the binding went that brought nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates: Option<Creates>,
    /// Nobody has the credentials of what may be there: of a binding that the adapter may have created, or of a UAA client
    /// that somebody else did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsure: Option<bool>,
    /// The adapter knew nothing of the binding that it was to delete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_gone: Option<bool>,
    /// How the job will end: what follows must be done all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_off: Option<Failure>,
    /// The instance's UAA client as the adapter gets it, without its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uaa_client: Option<ClientCopy>,
    /// What became of the instance's own UAA client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_client: Option<OwnClient>,
    /// Why the present leg is left undone, in a forced operation that goes on all the same. For the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave_up: Option<String>,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

/// One address by BOSH DNS, and the link that it was asked by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The link's id at the Director.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The link is deleted again.
    #[serde(default)]
    pub dropped: bool,
}

/// Creates of a binding that brought nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creates {
    /// How many may have run.
    #[serde(default)]
    pub ran: u32,
    /// One was begun that isn't counted yet.
    #[serde(default)]
    pub open: bool,
}

impl Facts {
    /// Takes over what `newer` knows.
    pub fn merge(&mut self, newer: Facts) {
        let Facts {
            bosh_task,
            labels,
            dashboard_url,
            log_read_at,
            addresses,
            left_links,
            creates,
            unsure,
            was_gone,
            put_off,
            uaa_client,
            own_client,
            gave_up,
            later,
        } = newer;
        self.later.extend(later);
        self.addresses.extend(addresses);
        self.left_links.extend(left_links);
        self.creates = creates.or(self.creates);
        self.bosh_task = bosh_task.or(self.bosh_task);
        self.labels = labels.or(self.labels.take());
        self.dashboard_url = dashboard_url.or(self.dashboard_url.take());
        self.log_read_at = log_read_at.or(self.log_read_at);
        self.unsure = unsure.or(self.unsure);
        self.was_gone = was_gone.or(self.was_gone);
        self.put_off = put_off.or(self.put_off.take());
        self.uaa_client = uaa_client.or(self.uaa_client.take());
        self.own_client = own_client.or(self.own_client);
        self.gave_up = gave_up.or(self.gave_up.take());
    }
}

/// What a turn has learnt; it goes into the job with the turn's next write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learnt {
    /// What isn't secret.
    pub facts: Facts,
    /// What is, by name (see [`sealed`]).
    pub sealed: BTreeMap<String, Sealed>,
}

impl From<Facts> for Learnt {
    fn from(facts: Facts) -> Self {
        Learnt {
            facts,
            sealed: BTreeMap::new(),
        }
    }
}
