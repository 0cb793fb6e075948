//! The catalog as the platform gets it.
use super::{Catalog, MaintenanceShown, Offering, Plan};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, time::Duration};

/// Cloud Controller starts counting before us and stops one poll early, so that it waits this much
/// longer than we do, seconds.
const GRACE_SECONDS: u64 = 900;

/// What the catalog shows beside what it consists of.
#[derive(Debug, Clone, Default)]
pub struct Showing<'a> {
    /// The platform may tell of a changed context in an update of its own.
    pub allow_context_updates: bool,
    /// How much of the maintenance info.
    pub maintenance_info: MaintenanceShown,
    /// The `schemas` of plans, by their ids, as OSBAPI has them.
    pub schemas: BTreeMap<&'a str, Value>,
}

impl Catalog {
    /// The body of `GET /v2/catalog`. It holds the secret of a dashboard client: the platform needs
    /// it, nobody else may see the value.
    pub fn to_osbapi(&self, showing: &Showing<'_>) -> Value {
        let services = self.offerings.iter().map(|it| offering(it, showing));
        json!({ "services": services.collect::<Vec<_>>() })
    }
}

impl Plan {
    /// How long an operation on an instance may take that runs so many errands.
    pub fn instance_deadline(&self, errands: usize) -> Duration {
        Duration::from_secs(self.instance_seconds(u64::try_from(errands).unwrap_or(u64::MAX)))
    }

    fn instance_seconds(&self, errands: u64) -> u64 {
        let errands = self.deadlines.errand_seconds.saturating_mul(errands);
        self.deadlines.instance_seconds.saturating_add(errands)
    }

    /// How long the platform shall wait for an operation on an instance, seconds.
    pub fn maximum_polling_duration(&self) -> u64 {
        let errands = u64::try_from(self.lifecycle_errands.longest()).unwrap_or(u64::MAX);
        self.instance_seconds(errands).saturating_add(GRACE_SECONDS)
    }
}

fn offering(offering: &Offering, showing: &Showing<'_>) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), json!(offering.id));
    out.insert("name".into(), json!(offering.name));
    out.insert("description".into(), json!(offering.description));
    out.insert("bindable".into(), json!(offering.bindable));
    out.insert("plan_updateable".into(), json!(offering.plan_updatable));
    out.insert("instances_retrievable".into(), json!(true));
    out.insert("bindings_retrievable".into(), json!(true));
    if showing.allow_context_updates {
        out.insert("allow_context_updates".into(), json!(true));
    }
    if !offering.tags.is_empty() {
        out.insert("tags".into(), json!(offering.tags));
    }
    if !offering.requires.is_empty() {
        out.insert("requires".into(), json!(offering.requires));
    }
    out.insert("metadata".into(), Value::Object(offering.metadata.clone()));
    if let Some(client) = &offering.dashboard_client {
        let secret = client.secret.expose();
        let client = json!({ "id": client.id, "secret": secret, "redirect_uri": client.redirect_uri });
        out.insert("dashboard_client".into(), client);
    }
    let plans = offering
        .plans
        .iter()
        .map(|it| plan(it, offering.is_bindable(it), showing));
    out.insert("plans".into(), plans.collect());
    Value::Object(out)
}

fn plan(plan: &Plan, bindable: bool, showing: &Showing<'_>) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), json!(plan.id));
    out.insert("name".into(), json!(plan.name));
    out.insert("description".into(), json!(plan.description));
    for (name, flag) in [
        ("free", plan.free),
        ("bindable", plan.bindable),
        // A binding that takes another one's place is made of the same request.
        ("binding_rotatable", bindable.then_some(true)),
        ("plan_updateable", plan.plan_updatable),
    ] {
        if let Some(flag) = flag {
            out.insert(name.into(), json!(flag));
        }
    }
    out.insert("metadata".into(), Value::Object(plan.metadata.clone()));
    out.insert(
        "maximum_polling_duration".into(),
        json!(plan.maximum_polling_duration()),
    );
    let info = plan.maintenance_info.as_ref();
    if let Some(info) = info.and_then(|info| info.to_osbapi(showing.maintenance_info)) {
        out.insert("maintenance_info".into(), info);
    }
    if let Some(schemas) = showing.schemas.get(plan.id.as_str()) {
        out.insert("schemas".into(), schemas.clone());
    }
    Value::Object(out)
}
