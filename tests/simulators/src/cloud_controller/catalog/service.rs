//! The checks of a service (CCC-8 to CCC-25).

use serde_json::{Map, Value};

use super::check::{Messages, truthy};
use super::inspect::plain;
use super::plan;
use super::problems::ServiceProblems;

/// Permissions that a service can ask for.
const REQUIRES: [&str; 3] = ["syslog_drain", "route_forwarding", "volume_mount"];
/// The longest tags, all in a row, in characters.
const TAGS: usize = 2048;

/// What is wrong with a service and its plans.
pub(super) fn check(service: &Map<String, Value>) -> ServiceProblems {
    let mut it = Messages::default();
    let name = plain(service.get("name"));
    it.required_text("Service id", service.get("id"));
    it.required_text("Service name", service.get("name"));
    it.description("Service description", service.get("description"));
    it.required_boolean("Service \"bindable\" field", service.get("bindable"));
    for flag in [
        "plan_updateable",
        "bindings_retrievable",
        "instances_retrievable",
        "allow_context_updates",
    ] {
        it.optional_boolean(&format!("Service \"{flag}\" field"), service.get(flag));
    }
    tags(&mut it, &name, service.get("tags"));
    it.texts("Service \"requires\" field", service.get("requires"));
    metadata(&mut it, truthy(service.get("metadata")));
    dashboard_client(&mut it, truthy(service.get("dashboard_client")));
    requires(&mut it, service.get("requires"));
    let plans = plans(&mut it, &name, service.get("plans"));
    ServiceProblems {
        name,
        messages: it.0,
        plans,
    }
}

fn tags(it: &mut Messages, name: &str, tags: Option<&Value>) {
    let tags = it.texts("Service tags", tags).unwrap_or_default();
    if tags.concat().chars().count() > TAGS {
        it.add(format!(
            "Tags for the service {name} must be {TAGS} characters or less."
        ));
    }
}

fn requires(it: &mut Messages, asked: Option<&Value>) {
    for value in asked.and_then(Value::as_array).into_iter().flatten() {
        if !value.as_str().is_some_and(|text| REQUIRES.contains(&text)) {
            let value = plain(Some(value));
            it.add(format!(
                "Service \"requires\" field contains unsupported value \"{value}\""
            ));
        }
    }
}

fn metadata(it: &mut Messages, metadata: Option<&Value>) {
    if let Some(metadata) = metadata
        && it.hash("Service metadata", metadata)
    {
        it.optional_boolean("Service metadata shareable", metadata.get("shareable"));
    }
}

fn dashboard_client(it: &mut Messages, client: Option<&Value>) {
    if let Some(client) = client
        && it.hash("Service dashboard client attributes", client)
    {
        for member in ["id", "secret", "redirect_uri"] {
            it.required_text(&format!("Service dashboard client {member}"), client.get(member));
        }
    }
}

/// The list, then each plan and what has to be unique among them. What a plan does wrong doesn't hide what is wrong with the list (CCC-25): it is nested
/// under the plan, and Cloud Controller counts the messages of the service itself.
fn plans(it: &mut Messages, name: &str, plans: Option<&Value>) -> Vec<super::problems::PlanProblems> {
    let empty = match plans {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    };
    if empty {
        it.add("At least one plan is required");
        return Vec::new();
    }
    let before = it.0.len();
    let list = plans.unwrap_or(&Value::Null);
    it.hashes("Service plans list", list);
    if it.0.len() > before {
        return Vec::new();
    }
    let list: Vec<&Map<String, Value>> = of(plans).collect();
    for id in doubles(&list, "id") {
        let id = plain(id);
        it.add(format!(
            "Plan ids must be unique. Service {name} already has a plan with id '{id}'"
        ));
    }
    for plan in doubles(&list, "name") {
        let plan = plain(plan);
        it.add(format!(
            "Plan names must be unique within a service. Service {name} already has a plan named {plan}"
        ));
    }
    let problems = list.into_iter().map(plan::check);
    problems.filter(|it| !it.is_empty()).collect()
}

/// The plans of a list, as far as they are objects.
pub(super) fn of(plans: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let items = plans.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_object)
}

/// Each value of a member that more than one plan has, once.
fn doubles<'a>(plans: &[&'a Map<String, Value>], member: &str) -> Vec<Option<&'a Value>> {
    let values: Vec<Option<&Value>> = plans.iter().map(|it| present(it.get(member))).collect();
    let mut found = Vec::new();
    for value in &values {
        if values.iter().filter(|it| *it == value).count() > 1 && !found.contains(value) {
            found.push(*value);
        }
    }
    found
}

/// `null` is as good as absent.
pub(super) fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|it| !it.is_null())
}
