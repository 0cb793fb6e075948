//! Plans that instances have, and what follows where the configuration hasn't one of them (any more).
use crate::{desk::Desk, shelf::Shelf, view::View};
use chandler_process::Health;
use chandler_proto::{
    catalog::Catalog,
    config::{Config, Finding, Findings},
};
use std::{collections::BTreeMap, sync::Arc};

/// A plan that instances have, or are to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PlanInUse {
    pub(crate) service_id: Arc<str>,
    pub(crate) plan_id: Arc<str>,
    pub(crate) name: Arc<str>,
}

/// Where plans belong in the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Where the catalogs of the offerings stand, by their ids.
    offerings: BTreeMap<String, String>,
    /// Where an offering belongs that isn't there.
    others: &'static str,
}

/// The catalog of an offering at the top.
const TOP: &str = "service_catalog";
const FURTHER: &str = "chandler.offerings";
const ALLOW: &str = "chandler.allow_missing_plans: true";
const NOTICE: &str = "plans";
/// Every so many looks of the watchman all instances are gone through.
const EVERY: u32 = 60;

impl PlanInUse {
    /// The Go broker's text.
    fn is_missing(&self) -> String {
        let PlanInUse { plan_id, name, .. } = self;
        format!(
            "plan {name} ({plan_id}) was expected but is now missing. You cannot remove or change the plan_id of a plan \
             which has existing service instances"
        )
    }

    /// With what to do about it.
    fn finding(&self, places: &Places) -> Finding {
        let (text, service) = (self.is_missing(), &self.service_id);
        let stays = match places.has_offering(self) {
            true => "",
            false => ". Leave an offering in the file as long as it has bindings: unbind needs its adapter",
        };
        Finding {
            path: places.path(self),
            message: format!(
                "{text}. Put it back into the service offering {service}, wait if all its instances are being deleted, \
                 or set {ALLOW}{stays}"
            ),
        }
    }
}

impl Places {
    /// Those of the configuration's catalog.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let offerings = &catalog.offerings;
        let is_at_top = offerings.first().is_none_or(|it| it.key == TOP);
        Places {
            offerings: offerings.iter().map(|it| (it.id.clone(), it.key.clone())).collect(),
            others: if is_at_top { TOP } else { FURTHER },
        }
    }

    fn has_offering(&self, plan: &PlanInUse) -> bool {
        self.offerings.contains_key(&*plan.service_id)
    }

    /// Where the plan belongs, or its offering if that isn't there.
    fn path(&self, plan: &PlanInUse) -> String {
        let offering = self.offerings.get(&*plan.service_id);
        offering.map_or_else(|| self.others.to_owned(), |key| format!("{key}.plans"))
    }
}

/// Those that aren't there.
fn missing(in_use: Vec<PlanInUse>, has: impl Fn(&str, &str) -> bool) -> Vec<PlanInUse> {
    let mut missing = in_use;
    missing.retain(|plan| !has(&plan.service_id, &plan.plan_id));
    missing
}

fn found(missing: &[PlanInUse], places: &Places) -> Result<(), Findings> {
    match missing {
        [] => Ok(()),
        some => Err(Findings(some.iter().map(|plan| plan.finding(places)).collect())),
    }
}

fn missing_in(shelf: &Shelf, view: &View) -> Vec<PlanInUse> {
    missing(view.plans(), |service, plan| shelf.has(service, plan))
}

/// When everything was loaded for the first time: whether the gateway may go on with what is in force.
///
/// # Errors
/// A finding for each plan that is missing and mustn't be.
pub(crate) fn at_start(desk: &Desk) -> Result<(), Findings> {
    match desk.shelf.instances.allow_missing_plans {
        true => Ok(()),
        false => found(&missing_in(&desk.shelf, &desk.view), &desk.shelf.places),
    }
}

/// Whether another configuration may take the place of the one in force. What is known of the instances counts, also
/// when the view is late: who refuses too much has changed nothing.
///
/// # Errors
/// As [`at_start`].
pub(crate) fn at_reload(config: &Config, view: &View) -> Result<(), Findings> {
    if config.chandler.allow_missing_plans {
        return Ok(());
    }
    let places = Places::of(&config.catalog);
    let missing = missing(view.plans(), |service, plan| {
        config.catalog.plan(service, plan).is_some()
    });
    found(&missing, &places)?;
    if !view.is_fresh() {
        tracing::warn!(
            key = places.others,
            "not all instances are known at the moment: whether each has its plan will be looked at when they are"
        );
    }
    Ok(())
}

/// Looks now and then whether a plan is missing, and tells. Nothing else comes of it: who serves goes on.
#[derive(Default)]
pub(crate) struct Looks {
    /// What was in force at the last look.
    under: Option<Arc<Desk>>,
    /// What was missing then, as far as it mustn't be.
    told: Vec<PlanInUse>,
    since: u32,
}

impl Looks {
    /// Looks under another configuration at once, else every minute; not while the view is late or loads.
    pub(crate) fn look(&mut self, desk: &Arc<Desk>, health: &Health) {
        self.since = self.since.saturating_add(1);
        let is_another = self.under.as_ref().is_none_or(|under| !Arc::ptr_eq(under, desk));
        if !desk.view.is_fresh() || (!is_another && self.since < EVERY) {
            return;
        }
        self.since = 0;
        self.under = Some(desk.clone());
        let (mut missing, places) = (missing_in(&desk.shelf, &desk.view), &desk.shelf.places);
        if desk.shelf.instances.allow_missing_plans {
            // An operator has chosen it.
            for plan in missing.drain(..).filter(|_| is_another) {
                tracing::warn!(key = places.path(&plan), "{}", plan.is_missing());
            }
        }
        for plan in missing.iter().filter(|plan| is_another || !self.told.contains(plan)) {
            let Finding { path, message } = plan.finding(places);
            tracing::error!(key = path, "{message}");
        }
        let lines: Vec<_> = missing.iter().map(|plan| plan.finding(places).message).collect();
        health.notice(NOTICE, (!lines.is_empty()).then(|| lines.join("; ")));
        self.told = missing;
    }
}
