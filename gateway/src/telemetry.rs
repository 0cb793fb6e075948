//! Telemetry (`broker.enable_telemetry`): how many instances there are, as lines of JSON on stdout, in the Go broker's shapes. They
//! are told when the gateway begins to count and with each answer to a poll of an instance.
//!
//! | file | what |
//! |---|---|
//! | `tally` | how many instances each plan has, kept up to date change by change |
//! | `lines` | the lines; pure |
//! | `outlet` | stdout, for which no request waits |
mod lines;
mod outlet;
mod tally;

pub(crate) use outlet::Outlet;
pub(crate) use tally::{Count, Tally};

use crate::{desk::Desk, standing::Glance};
use chandler_proto::{catalog::Catalog, operation::OperationString};
use lines::Event;
use std::sync::Arc;

/// The offerings that are counted, in the order of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted(Vec<Offered>);

/// An offering that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offered {
    id: String,
    name: String,
    /// The ids of its plans.
    plans: Vec<String>,
}

/// What is counted now, seen again and again: whoever begins to count tells so.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// Whether anything was counted at the last look, if there was one.
    counted: Option<bool>,
    /// The counts of the beginning are still to be told.
    owed: bool,
}

impl Counted {
    /// What the catalog offers.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let offered = catalog.offerings.iter().map(|offering| Offered {
            id: offering.id.clone(),
            name: offering.name.clone(),
            plans: offering.plans.iter().map(|plan| plan.id.clone()).collect(),
        });
        Counted(offered.collect())
    }

    /// One offering; all of them when nobody knows which.
    fn some(&self, service_id: Option<&str>) -> impl Iterator<Item = &Offered> {
        self.0
            .iter()
            .filter(move |offered| service_id.is_none_or(|id| offered.id == id))
    }
}

impl Looks {
    /// Tells when the counting begins, once everything was loaded, or that there is none: at the start and when a reload has
    /// changed it. `serves`: it was loaded once, and all that has to be was found right.
    pub(crate) fn look(&mut self, desk: &Desk, serves: bool) {
        let counts = desk.shelf.counted.is_some();
        if self.counted != Some(counts) {
            self.counted = Some(counts);
            self.owed = counts;
            if !counts {
                tracing::info!("Telemetry logging is disabled.");
            }
        }
        if self.owed && serves && desk.view.is_loaded() {
            self.owed = !tell(desk, None, Event::startup());
        }
    }
}

/// Tells that a poll of an instance was answered with 200; nothing, where telemetry is off.
pub(crate) fn polled(desk: &Desk, key: &str, asked: Option<OperationString>) {
    if desk.shelf.counted.is_none() {
        return;
    }
    let glance = desk.view.glance(key);
    let Some(operation) = operation(asked, glance.as_ref()) else {
        return;
    };
    let home = glance.and_then(|glance| glance.stake?.home());
    let service = home.as_ref().map(|(service, _)| &**service);
    let _ = tell(desk, service, Event::instance(operation));
}

/// The one that was asked for; of what isn't ours, the one that is going on.
fn operation(asked: Option<OperationString>, glance: Option<&Glance>) -> Option<&'static str> {
    match (asked, glance) {
        (Some(asked), Some(glance)) if asked.job != glance.job => Some(asked.operation.word(false)),
        (_, Some(glance)) => Some(glance.operation.word(glance.force)),
        (Some(asked), None) => Some(asked.operation.word(false)),
        (None, None) => None,
    }
}

/// Whether it could be counted.
fn tell(desk: &Desk, service_id: Option<&str>, event: Event) -> bool {
    let Some(counted) = &desk.shelf.counted else {
        return false;
    };
    let why = match (desk.view.is_loaded(), desk.view.complete()) {
        (false, _) => Some("the bus is away, or its records are being loaded"),
        (true, false) => Some("the bus isn't marked as complete, so there may be instances which nobody knows here"),
        (true, true) => None,
    };
    desk.outlet.hindered(why);
    if why.is_some() {
        return false;
    }
    let now = desk.now();
    let told = counted.some(service_id).map(|offered| {
        let count = desk.view.count(&offered.id);
        lines::lines(now, offered, event, &count)
    });
    desk.outlet.put(told.collect());
    true
}

/// A plan and the offering that it belongs to, by their ids.
pub(crate) type Home = (Arc<str>, Arc<str>);

#[cfg(test)]
mod tests;
