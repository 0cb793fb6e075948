//! Plans that instances have, and what follows where the configuration hasn't one of them (any more).
use crate::{desk::Desk, shelf::Shelf, view::View};
use chandler_process::Health;
use chandler_proto::config::{Config, Finding, Findings};
use std::sync::Arc;

/// A plan that instances have, or are to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PlanInUse {
    pub(crate) service_id: Arc<str>,
    pub(crate) plan_id: Arc<str>,
    pub(crate) name: Arc<str>,
}

const KEY: &str = "service_catalog.plans";
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
    fn finding(&self) -> Finding {
        let (text, service) = (self.is_missing(), &self.service_id);
        Finding {
            path: KEY.to_owned(),
            message: format!("{text}. Put it back into the service offering {service}, or set {ALLOW}"),
        }
    }
}

/// Those that aren't there.
fn missing(in_use: Vec<PlanInUse>, has: impl Fn(&str, &str) -> bool) -> Vec<PlanInUse> {
    let mut missing = in_use;
    missing.retain(|plan| !has(&plan.service_id, &plan.plan_id));
    missing
}

fn found(missing: &[PlanInUse]) -> Result<(), Findings> {
    match missing {
        [] => Ok(()),
        some => Err(Findings(some.iter().map(PlanInUse::finding).collect())),
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
        false => found(&missing_in(&desk.shelf, &desk.view)),
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
    found(&missing(view.plans(), |service, plan| {
        config.catalog.plan(service, plan).is_some()
    }))?;
    if !view.is_fresh() {
        tracing::warn!(
            key = KEY,
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
        let mut missing = missing_in(&desk.shelf, &desk.view);
        if desk.shelf.instances.allow_missing_plans {
            // An operator has chosen it.
            for plan in missing.drain(..).filter(|_| is_another) {
                tracing::warn!(key = KEY, "{}", plan.is_missing());
            }
        }
        for plan in missing.iter().filter(|plan| is_another || !self.told.contains(plan)) {
            let Finding { path, message } = plan.finding();
            tracing::error!(key = path, "{message}");
        }
        let lines: Vec<_> = missing.iter().map(|plan| plan.finding().message).collect();
        health.notice(NOTICE, (!lines.is_empty()).then(|| lines.join("; ")));
        self.told = missing;
    }
}
