//! What has to be unique in a whole catalog, and beside what is stored (CCC-2 to CCC-7).

use serde_json::{Map, Value};

use super::inspect::{inspect, plain};
use super::problems::Problems;
use super::service::{of, present};
use crate::cloud_controller::model::{Offering, Plan};
use crate::cloud_controller::state::State;

type Object = Map<String, Value>;

/// Ids and names of services, then ids of plans, then ids of dashboard clients.
pub(super) fn check(services: &[&Object], broker: &str, state: &State, problems: &mut Problems) {
    if any_twice(services.iter().filter_map(|it| present(it.get("id"))).map(Some)) {
        problems.add("Service ids must be unique");
    }
    if any_twice(services.iter().map(|it| present(it.get("name")))) {
        problems.add("Service names must be unique within a broker");
    }
    let taken = taken_names(services, broker, state);
    if !taken.is_empty() {
        let taken = inspect(Some(&Value::from(taken)));
        problems.add(format!(
            "Service names must be unique within a broker. Services with names {taken} already exist"
        ));
    }
    plan_ids(services, broker, state, problems);
    let clients = services.iter().filter_map(|it| it.get("dashboard_client"));
    if any_twice(clients.filter_map(|it| present(it.get("id"))).map(Some)) {
        problems.add("Service dashboard_client id must be unique");
    }
}

fn any_twice<'a>(values: impl Iterator<Item = Option<&'a Value>>) -> bool {
    let values: Vec<_> = values.collect();
    values.iter().enumerate().any(|(at, it)| values[..at].contains(it))
}

/// Names of services that are another's still, because it has instances.
fn taken_names(services: &[&Object], broker: &str, state: &State) -> Vec<String> {
    let has_instances = |it: &Offering| {
        let mut plans = state.plans_of(&it.guid);
        plans.any(|plan| state.instances_of(&plan.guid).next().is_some())
    };
    let mut stored: Vec<&Offering> = state.offerings_of(broker).filter(|it| has_instances(it)).collect();
    stored.sort_by_key(|it| it.stamp.serial);
    let is_another = |it: &&Offering| {
        let mut named = services.iter();
        let found = named.find(|new| text(new, "name") == Some(&it.name));
        found.is_some_and(|new| text(new, "id") != Some(&it.catalog_id))
    };
    stored
        .into_iter()
        .filter(is_another)
        .map(|it| it.name.clone())
        .collect()
}

fn plan_ids(services: &[&Object], broker: &str, state: &State, problems: &mut Problems) {
    let mut seen: Vec<(Option<&Value>, &Object, &Object)> = Vec::new();
    for service in services {
        for plan in of(service.get("plans")) {
            let id = present(plan.get("id"));
            if let Some((_, other, its_service)) = seen.iter().rev().find(|(known, ..)| *known == id) {
                problems.add(format!(
                    "Plan ids must be unique. Unable to register plan with id '{}' (plan name '{}', service name '{}') \
                     because it uses the same id as another plan in the catalog (plan name '{}', service name '{}')",
                    plain(id),
                    name(plan),
                    name(service),
                    name(other),
                    name(its_service),
                ));
            }
            seen.push((id, plan, service));
        }
    }
    for (stored, its_service) in stored_plans(broker, state) {
        let same = |id: Option<&Value>| id.and_then(Value::as_str) == Some(&stored.catalog_id);
        let Some((_, plan, service)) = seen.iter().rev().find(|(id, ..)| same(*id)) else {
            continue;
        };
        if text(service, "id") == Some(&its_service.catalog_id) {
            continue;
        }
        problems.add(format!(
            "Plan ids must be unique. Unable to register plan with id '{}' (plan name '{}', service name '{}') \
             because it uses the same id as an existing plan (plan name '{}', service name '{}', broker name '{}')",
            stored.catalog_id,
            name(plan),
            name(service),
            stored.name,
            its_service.name,
            state.brokers.get(broker).map_or("", |it| it.name_to_be()),
        ));
    }
}

/// Plans of a broker with their services, the oldest first.
fn stored_plans<'a>(broker: &'a str, state: &'a State) -> Vec<(&'a Plan, &'a Offering)> {
    let of_service = |service: &'a Offering| state.plans_of(&service.guid).map(move |it| (it, service));
    let mut plans: Vec<_> = state.offerings_of(broker).flat_map(of_service).collect();
    plans.sort_by_key(|(it, _)| it.stamp.serial);
    plans
}

fn name(object: &Object) -> String {
    plain(object.get("name"))
}

fn text<'a>(object: &'a Object, member: &str) -> Option<&'a str> {
    object.get(member).and_then(Value::as_str)
}
