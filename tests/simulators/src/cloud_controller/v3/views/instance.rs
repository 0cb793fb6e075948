//! A managed service instance.

use serde_json::{Map, Value, json};

use super::{last_operation, link, metadata, row, to, with};
use crate::cloud_controller::model::Instance;
use crate::cloud_controller::state::State;

pub(in crate::cloud_controller::v3) fn instance(state: &State, instance: &Instance) -> Value {
    let guid = &instance.guid;
    let here = format!("/v3/service_instances/{guid}");
    let bindings = |kind: &str| {
        link(
            state,
            &format!("/v3/service_{kind}_bindings?service_instance_guids={guid}"),
        )
    };
    with(
        row(guid, &instance.stamp),
        json!({
            "name": instance.name,
            "tags": instance.tags,
            "last_operation": last_operation(&instance.last_operation),
            "type": "managed",
            "maintenance_info": instance.maintenance_info.clone().unwrap_or_default(),
            "upgrade_available": upgrade_available(state, instance),
            "dashboard_url": instance.dashboard_url,
            "relationships": {"space": to(&instance.space), "service_plan": to(&instance.plan)},
            "metadata": metadata(&instance.metadata),
            "links": {
                "self": link(state, &here),
                "space": link(state, &format!("/v3/spaces/{}", instance.space)),
                "service_plan": link(state, &format!("/v3/service_plans/{}", instance.plan)),
                "parameters": link(state, &format!("{here}/parameters")),
                "shared_spaces": link(state, &format!("{here}/relationships/shared_spaces")),
                "service_credential_bindings": bindings("credential"),
                "service_route_bindings": bindings("route"),
            },
        }),
    )
}

/// The plan has a version, and the instance hasn't this one.
fn upgrade_available(state: &State, instance: &Instance) -> bool {
    let version = |info: &Option<Map<String, Value>>| info.as_ref().and_then(|it| it.get("version")).cloned();
    let plan = state.plans.get(&instance.plan);
    match plan.and_then(|it| version(&it.maintenance_info)) {
        None => false,
        there => there != version(&instance.maintenance_info),
    }
}
