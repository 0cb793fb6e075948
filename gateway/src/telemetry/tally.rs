//! How many instances each plan has. A change costs the same however many there are, and so does a count.
use super::Home;
use crate::standing::Glance;
use chandler_proto::records::Phase;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// The instances that there are: admitted and not gone, whatever became of their operations, as a platform lists them.
#[derive(Debug, Default)]
pub(crate) struct Tally(HashMap<Arc<str>, BTreeMap<Arc<str>, u64>>);

/// Those of one offering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// All of them, also those whose plan has left the configuration.
    pub(crate) total: u64,
    /// By the id of the plan; one without instances may be missing.
    pub(crate) plans: BTreeMap<Arc<str>, u64>,
}

impl Tally {
    /// What is known of a thing takes the place of what was known of it.
    pub(crate) fn change(&mut self, before: Option<&Glance>, after: Option<&Glance>) {
        let (before, after) = (before.and_then(home), after.and_then(home));
        if before == after {
            return;
        }
        if let Some((service, plan)) = before {
            self.leave(&service, &plan);
        }
        if let Some((service, plan)) = after {
            *self.0.entry(service).or_default().entry(plan).or_default() += 1;
        }
    }

    /// Nothing is known any more.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those of an offering.
    pub(crate) fn count(&self, service_id: &str) -> Count {
        let plans = self.0.get(service_id).cloned().unwrap_or_default();
        Count {
            total: plans.values().sum(),
            plans,
        }
    }

    fn leave(&mut self, service: &str, plan: &str) {
        let Some(plans) = self.0.get_mut(service) else { return };
        if let Some(count) = plans.get_mut(plan) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                plans.remove(plan);
            }
        }
        if plans.is_empty() {
            self.0.remove(service);
        }
    }
}

/// Where it counts: by the plan that it has, else by the one that it is to have.
fn home(glance: &Glance) -> Option<Home> {
    match glance.phase {
        Phase::Admitted => glance.stake.as_ref()?.home(),
        Phase::Pending | Phase::Gone { .. } => None,
    }
}
