//! What a plan on the shelf says of maintenance.
use super::Offer;
use crate::ask::MaintenanceAsk;
use chandler_proto::catalog::{MaintenanceInfo, MaintenanceShown};
use std::collections::BTreeMap;

/// What the catalog shows of maintenance info besides version and description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) public: BTreeMap<String, String>,
    /// The hash of those that nobody may see.
    pub(crate) private: Option<String>,
}

impl Facts {
    pub(super) fn of(info: &MaintenanceInfo, shown: MaintenanceShown) -> Self {
        match shown {
            MaintenanceShown::Minimal => Facts::default(),
            MaintenanceShown::Full => Facts {
                public: info.public.clone(),
                private: info.private.clone(),
            },
        }
    }
}

impl Offer {
    /// Whether the catalog shows maintenance info.
    pub(crate) fn shows_maintenance(&self) -> bool {
        self.maintenance_version.is_some() || self.facts != Facts::default()
    }

    /// Whether the version, if it was sent, is that of the catalog.
    pub(crate) fn has_version(&self, sent: &MaintenanceAsk) -> bool {
        sent.version.is_none() || sent.version == self.maintenance_version
    }

    /// Whether the facts, as far as they were sent, are those that the catalog shows.
    pub(crate) fn has_facts(&self, sent: &MaintenanceAsk) -> bool {
        let Facts { public, private } = &self.facts;
        sent.public.as_ref().is_none_or(|sent| sent == public) && (sent.private.is_none() || sent.private == *private)
    }

    /// Whether this is the digest that a record has. One of a release that didn't know it has none, and is taken at its
    /// version.
    pub(crate) fn has_digest(&self, recorded: Option<&str>) -> bool {
        recorded.is_none_or(|recorded| recorded == self.maintenance_digest)
    }
}
