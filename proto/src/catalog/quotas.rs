//! How much there may be of a plan, or of a service offering.
use std::collections::BTreeMap;

/// The quotas of a plan, or those of the whole offering.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quotas {
    /// How many instances there may be. `Some(0)`: none.
    pub service_instance_limit: Option<u64>,
    /// What instances use up, by the operator's name of the resource.
    pub resources: BTreeMap<String, ResourceQuota>,
}

/// How much of one resource there is, and how much of it an instance costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResourceQuota {
    /// How much there is. In a plan's quotas 0 is no limit, as in ODB; in the offering's it is none at all.
    pub limit: Option<u64>,
    /// How much an instance of the plan takes; without meaning in the offering's quotas.
    pub cost: u64,
}

impl Quotas {
    /// Whether nothing is limited and nothing costs anything.
    pub fn is_empty(&self) -> bool {
        *self == Quotas::default()
    }

    /// What an instance of the plan takes, by resource; what it takes nothing of is left out.
    pub fn costs(&self) -> BTreeMap<String, u64> {
        let costs = self.resources.iter().map(|(name, it)| (name.clone(), it.cost));
        costs.filter(|(_, cost)| *cost > 0).collect()
    }
}
