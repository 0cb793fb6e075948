//! A catalog is taken over into the rows (CCC-43 to CCC-46).

use std::collections::{BTreeMap, BTreeSet};

use super::offered::{Catalog, OfferedPlan, OfferedService};
use crate::cloud_controller::model::{Offering, Plan, Stamp, Visibility};
use crate::cloud_controller::state::{State, guid};

/// Takes a catalog over: what is new is added, what is known by its id is changed, what has left is taken away or made unavailable. Warnings, if any.
pub(in crate::cloud_controller) fn apply(state: &mut State, broker: &str, catalog: &Catalog, now: f64) -> Vec<String> {
    let mut offered = BTreeSet::new();
    for service in &catalog.services {
        let offering = put_offering(state, broker, service, now);
        for plan in &service.plans {
            offered.insert(put_plan(state, &offering, plan, now));
        }
    }
    let ids: BTreeSet<&str> = catalog.services.iter().map(|it| it.id.as_str()).collect();
    for offering in state.offerings.values_mut().filter(|it| it.broker == broker) {
        if !ids.contains(offering.catalog_id.as_str()) {
            offering.available = false;
            offering.stamp.updated_at = now;
        }
    }
    let warnings = withdraw_plans(state, broker, &offered, now);
    remove_empty_offerings(state, broker);
    warnings.into_iter().collect()
}

/// The guid of the row.
fn put_offering(state: &mut State, broker: &str, service: &OfferedService, now: f64) -> String {
    let known = state.offerings_of(broker).find(|it| it.catalog_id == service.id);
    let (guid, stamp) = match known.map(|it| (it.guid.clone(), it.stamp)) {
        Some((guid, stamp)) => (guid, touched(stamp, now)),
        None => (guid(), state.stamp(now)),
    };
    let row = Offering {
        guid: guid.clone(),
        broker: broker.to_owned(),
        catalog_id: service.id.clone(),
        name: service.name.clone(),
        description: service.description.clone(),
        available: true,
        bindable: service.bindable,
        plan_updateable: service.plan_updateable,
        instances_retrievable: service.instances_retrievable,
        bindings_retrievable: service.bindings_retrievable,
        allow_context_updates: service.allow_context_updates,
        tags: service.tags.clone(),
        requires: service.requires.clone(),
        metadata: service.metadata.clone(),
        stamp,
    };
    state.offerings.insert(guid.clone(), row);
    guid
}

/// The guid of the row. A plan that is known keeps its visibility.
fn put_plan(state: &mut State, offering: &str, plan: &OfferedPlan, now: f64) -> String {
    let known = state.plans_of(offering).find(|it| it.catalog_id == plan.id);
    let (guid, stamp, visibility) = match known.map(|it| (it.guid.clone(), it.stamp, it.visibility.clone())) {
        Some((guid, stamp, visibility)) => (guid, touched(stamp, now), visibility),
        None => (guid(), state.stamp(now), Visibility::Admin),
    };
    let row = Plan {
        guid: guid.clone(),
        offering: offering.to_owned(),
        catalog_id: plan.id.clone(),
        name: plan.name.clone(),
        description: plan.description.clone(),
        available: true,
        free: plan.free,
        bindable: plan.bindable,
        plan_updateable: plan.plan_updateable,
        maximum_polling_duration: plan.maximum_polling_duration,
        maintenance_info: plan.maintenance_info.clone(),
        metadata: plan.metadata.clone(),
        schemas: plan.schemas.clone(),
        visibility,
        stamp,
    };
    state.plans.insert(guid.clone(), row);
    guid
}

fn touched(stamp: Stamp, now: f64) -> Stamp {
    Stamp {
        updated_at: now,
        ..stamp
    }
}

/// Plans that aren't offered any more go, but for those with instances: they become unavailable, each time with a warning.
fn withdraw_plans(state: &mut State, broker: &str, offered: &BTreeSet<String>, now: f64) -> Option<String> {
    let of_broker = |state: &State, plan: &Plan| {
        let offering = state.offerings.get(&plan.offering);
        offering.is_some_and(|it| it.broker == broker)
    };
    let gone = state.plans.values().filter(|it| !offered.contains(&it.guid));
    let gone: Vec<String> = gone
        .filter(|it| of_broker(state, it))
        .map(|it| it.guid.clone())
        .collect();
    let mut kept: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for guid in gone {
        if state.instances_of(&guid).next().is_none() {
            state.plans.remove(&guid);
            continue;
        }
        let Some(plan) = state.plans.get_mut(&guid) else {
            continue;
        };
        plan.available = false;
        plan.stamp.updated_at = now;
        if let Some(offering) = state.offerings.get(&plan.offering) {
            kept.entry(offering.name.clone()).or_default().insert(plan.name.clone());
        }
    }
    let url = state.brokers.get(broker).map_or("", |it| it.url_to_be());
    (!kept.is_empty()).then(|| warning(url, &kept))
}

/// `kept`: names of plans by the name of their offering.
fn warning(url: &str, kept: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut text = format!(
        "Warning: Service plans are missing from the broker's catalog ({url}/v2/catalog) but can not be removed from Cloud Foundry while instances exist. \
         The plans have been deactivated to prevent users from attempting to provision new instances of these plans. \
         The broker should continue to support bind, unbind, and delete for existing instances; if these operations fail contact your broker provider.\n"
    );
    for (offering, plans) in kept {
        let plans: Vec<&str> = plans.iter().map(String::as_str).collect();
        let plans = plans.join(", ");
        text.push_str(&format!("\nService Offering: {offering}\nPlans deactivated: {plans}\n"));
    }
    text
}

fn remove_empty_offerings(state: &mut State, broker: &str) {
    let with_plans: BTreeSet<&str> = state.plans.values().map(|it| it.offering.as_str()).collect();
    let empty = |it: &Offering| it.broker == broker && !with_plans.contains(it.guid.as_str());
    let empty: Vec<String> = state
        .offerings
        .values()
        .filter(|it| empty(it))
        .map(|it| it.guid.clone())
        .collect();
    for guid in empty {
        state.offerings.remove(&guid);
    }
}
