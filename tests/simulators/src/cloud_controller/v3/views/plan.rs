//! A plan, and who may use it.

use serde_json::{Value, json};

use super::{link, no_metadata, row, to, with};
use crate::cloud_controller::model::{Plan, Space};
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::market::{Reach, reach, visibility_type};

pub(in crate::cloud_controller::v3) fn plan(state: &State, plan: &Plan) -> Value {
    let guid = &plan.guid;
    let offering = state.offerings.get(&plan.offering);
    let bindable = plan.bindable.or(offering.map(|it| it.bindable)).unwrap_or_default();
    let updateable = plan
        .plan_updateable
        .or(offering.map(|it| it.plan_updateable))
        .unwrap_or_default();
    let mut relationships = json!({"service_offering": to(&plan.offering)});
    let mut links = json!({
        "self": link(state, &format!("/v3/service_plans/{guid}")),
        "service_offering": link(state, &format!("/v3/service_offerings/{}", plan.offering)),
        "visibility": link(state, &format!("/v3/service_plans/{guid}/visibility")),
    });
    if let Reach::Space(space) = reach(state, plan) {
        relationships["space"] = to(space);
        links["space"] = link(state, &format!("/v3/spaces/{space}"));
    }
    with(
        row(guid, &plan.stamp),
        json!({
            "name": plan.name,
            "visibility_type": visibility_type(state, plan),
            "available": plan.available,
            "free": plan.free,
            "costs": costs(plan).unwrap_or_default(),
            "description": plan.description,
            "maintenance_info": plan.maintenance_info.clone().unwrap_or_default(),
            "broker_catalog": {
                "id": plan.catalog_id,
                "metadata": plan.metadata,
                "maximum_polling_duration": plan.maximum_polling_duration,
                "features": {"plan_updateable": updateable, "bindable": bindable},
            },
            "schemas": {
                "service_instance": {
                    "create": schema(plan, "/service_instance/create"),
                    "update": schema(plan, "/service_instance/update"),
                },
                "service_binding": {"create": schema(plan, "/service_binding/create")},
            },
            "relationships": relationships,
            "metadata": no_metadata(),
            "links": links,
        }),
    )
}

fn schema(plan: &Plan, path: &str) -> Value {
    let parameters = plan.schemas.pointer(&format!("{path}/parameters"));
    json!({"parameters": parameters.filter(|it| it.is_object()).unwrap_or(&json!({}))})
}

/// The plan's `metadata.costs`, one row for each currency; all or nothing.
fn costs(plan: &Plan) -> Option<Vec<Value>> {
    let mut rows = Vec::new();
    for cost in plan.metadata.get("costs")?.as_array()? {
        let unit = cost["unit"].as_str().filter(|it| !it.is_empty())?;
        for (currency, amount) in cost["amount"].as_object()? {
            let currency = Some(currency.to_uppercase()).filter(|it| !it.is_empty())?;
            rows.push(json!({"currency": currency, "amount": amount.as_f64()?, "unit": unit}));
        }
    }
    Some(rows)
}

/// `organizations`: whether they are named.
pub(in crate::cloud_controller::v3) fn visibility(state: &State, plan: &Plan, organizations: bool) -> Value {
    let mut view = json!({"type": visibility_type(state, plan)});
    match reach(state, plan) {
        Reach::Organizations(all) if organizations => {
            let named = all.iter().filter_map(|guid| state.organizations.get(guid));
            view["organizations"] = named.map(|it| json!({"guid": it.guid, "name": it.name})).collect();
        }
        Reach::Space(guid) => {
            let space: Option<&Space> = state.spaces.get(guid);
            view["space"] = json!({"guid": guid, "name": space.map(|it| &it.name)});
        }
        Reach::Admin | Reach::Public | Reach::Organizations(_) => {}
    }
    view
}
