//! A catalog without faults.

use serde_json::{Map, Value};

use super::service::of;

/// A catalog without faults.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cloud_controller) struct Catalog {
    pub(super) services: Vec<OfferedService>,
}

/// A service of a catalog; what may be left out has its default.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfferedService {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) bindable: bool,
    pub(super) plan_updateable: bool,
    pub(super) instances_retrievable: bool,
    pub(super) bindings_retrievable: bool,
    pub(super) allow_context_updates: bool,
    pub(super) tags: Vec<String>,
    pub(super) requires: Vec<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) plans: Vec<OfferedPlan>,
}

/// A plan of a catalog; what may be left out has its default.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfferedPlan {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) free: bool,
    pub(super) bindable: Option<bool>,
    pub(super) plan_updateable: Option<bool>,
    pub(super) maximum_polling_duration: Option<u64>,
    pub(super) maintenance_info: Option<Map<String, Value>>,
    pub(super) metadata: Map<String, Value>,
    /// An object, or null.
    pub(super) schemas: Value,
}

impl Catalog {
    /// Of services that were checked.
    pub(super) fn of(services: &[&Map<String, Value>]) -> Self {
        Self {
            services: services.iter().map(|it| OfferedService::of(it)).collect(),
        }
    }
}

impl OfferedService {
    fn of(service: &Map<String, Value>) -> Self {
        Self {
            id: text(service, "id"),
            name: text(service, "name"),
            description: text(service, "description"),
            bindable: flag(service, "bindable").unwrap_or(false),
            plan_updateable: flag(service, "plan_updateable").unwrap_or(false),
            instances_retrievable: flag(service, "instances_retrievable").unwrap_or(false),
            bindings_retrievable: flag(service, "bindings_retrievable").unwrap_or(false),
            allow_context_updates: flag(service, "allow_context_updates").unwrap_or(false),
            tags: texts(service, "tags"),
            requires: texts(service, "requires"),
            metadata: object(service, "metadata").unwrap_or_default(),
            plans: of(service.get("plans")).map(OfferedPlan::of).collect(),
        }
    }
}

impl OfferedPlan {
    fn of(plan: &Map<String, Value>) -> Self {
        Self {
            id: text(plan, "id"),
            name: text(plan, "name"),
            description: text(plan, "description"),
            free: flag(plan, "free").unwrap_or(true),
            bindable: flag(plan, "bindable"),
            plan_updateable: flag(plan, "plan_updateable"),
            maximum_polling_duration: plan.get("maximum_polling_duration").and_then(Value::as_u64),
            maintenance_info: object(plan, "maintenance_info"),
            metadata: object(plan, "metadata").unwrap_or_default(),
            schemas: object(plan, "schemas").map_or(Value::Null, Value::Object),
        }
    }
}

fn text(of: &Map<String, Value>, member: &str) -> String {
    let text = of.get(member).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn flag(of: &Map<String, Value>, member: &str) -> Option<bool> {
    of.get(member).and_then(Value::as_bool)
}

fn texts(of: &Map<String, Value>, member: &str) -> Vec<String> {
    let items = of.get(member).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn object(of: &Map<String, Value>, member: &str) -> Option<Map<String, Value>> {
    of.get(member).and_then(Value::as_object).cloned()
}
