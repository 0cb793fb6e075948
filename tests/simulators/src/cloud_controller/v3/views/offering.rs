//! A service offering.

use serde_json::{Value, json};

use super::{link, no_metadata, row, to, with};
use crate::cloud_controller::model::Offering;
use crate::cloud_controller::state::State;

pub(in crate::cloud_controller::v3) fn offering(state: &State, offering: &Offering) -> Value {
    let guid = &offering.guid;
    let documentation = offering.metadata.get("documentationUrl").and_then(Value::as_str);
    with(
        row(guid, &offering.stamp),
        json!({
            "name": offering.name,
            "description": offering.description,
            "available": offering.available,
            "tags": offering.tags,
            "requires": offering.requires,
            "shareable": offering.metadata.get("shareable") == Some(&json!(true)),
            "documentation_url": documentation.unwrap_or_default(),
            "broker_catalog": {
                "id": offering.catalog_id,
                "metadata": offering.metadata,
                "features": {
                    "plan_updateable": offering.plan_updateable,
                    "bindable": offering.bindable,
                    "instances_retrievable": offering.instances_retrievable,
                    "bindings_retrievable": offering.bindings_retrievable,
                    "allow_context_updates": offering.allow_context_updates,
                },
            },
            "relationships": {"service_broker": to(&offering.broker)},
            "metadata": no_metadata(),
            "links": {
                "self": link(state, &format!("/v3/service_offerings/{guid}")),
                "service_plans": link(state, &format!("/v3/service_plans?service_offering_guids={guid}")),
                "service_broker": link(state, &format!("/v3/service_brokers/{}", offering.broker)),
            },
        }),
    )
}
