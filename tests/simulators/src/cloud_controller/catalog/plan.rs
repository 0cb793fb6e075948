//! The checks of a plan (CCC-26 to CCC-34); those of its schemas are in [`super::schemas`].

use serde_json::{Map, Value};

use super::check::{Messages, length, truthy};
use super::inspect::{inspect, plain};
use super::problems::PlanProblems;
use super::{schemas, version};

/// The longest maintenance info as JSON, in characters.
const MAINTENANCE_INFO: usize = 2000;

/// What is wrong with a plan and its schemas.
pub(super) fn check(plan: &Map<String, Value>) -> PlanProblems {
    let mut it = Messages::default();
    it.required_text("Plan id", plan.get("id"));
    it.required_text("Plan name", plan.get("name"));
    it.description("Plan description", plan.get("description"));
    if let Some(metadata) = truthy(plan.get("metadata")) {
        it.hash("Plan metadata", metadata);
    }
    it.optional_boolean("Plan free", plan.get("free"));
    it.optional_boolean("Plan bindable", plan.get("bindable"));
    it.optional_boolean("Plan updateable", plan.get("plan_updateable"));
    if let Some(seconds) = truthy(plan.get("maximum_polling_duration")) {
        it.integer("Maximum polling duration", seconds);
    }
    let schemas = truthy(plan.get("schemas"));
    if let Some(schemas) = schemas {
        it.hash("Plan schemas", schemas);
    }
    if let Some(info) = truthy(plan.get("maintenance_info")) {
        maintenance_info(&mut it, info);
    }
    PlanProblems {
        name: plain(plan.get("name")),
        messages: it.0,
        schemas: schemas
            .and_then(Value::as_object)
            .map(schemas::check)
            .unwrap_or_default(),
    }
}

/// A missing version, or one that is no text, is no semantic version either: two messages.
fn maintenance_info(it: &mut Messages, info: &Value) {
    it.hash("Maintenance info", info);
    let asked = info.get("version");
    it.required_text("Maintenance info version", asked);
    if !version::is_semantic(&plain(asked)) {
        let value = inspect(asked);
        it.add(format!(
            "Maintenance info version must be a Semantic Version, but has value {value}"
        ));
    }
    it.optional_text("Maintenance info description", info.get("description"));
    let long = length(info);
    if long > MAINTENANCE_INFO {
        it.add(format!(
            "Maintenance info must serialize to {MAINTENANCE_INFO} characters or fewer in JSON, but serializes to {long} characters"
        ));
    }
    let known = ["version", "description"];
    let others: Vec<&str> = info
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .filter(|key| !known.contains(key))
        .collect();
    if !others.is_empty() {
        it.add(format!(
            "Maintenance info contains invalid key(s): {}",
            others.join(", ")
        ));
    }
}
