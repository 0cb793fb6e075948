//! PATCHes that are well-formed and can't be served: nothing of the instance has changed.
use super::{
    bind::code,
    binding::{bind, bind_now},
    floor::{Floor, delete, get, put},
    updates::{FIXED, as_cloud_controller, body, patch, patch_with, vms},
    wire::Request,
};
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SERVICE, SMALL},
};
use serde_json::json;

pub(crate) async fn who_cannot_wait_is_refused(floor: &Floor) {
    let id = "updates-cannot-wait";
    floor.provisioned(id, json!({})).await;
    for query in [
        "",
        "accepts_incomplete=false",
        "accepts_incomplete=TRUE",
        "accepts_incomplete=1",
        "accepts_incomplete=",
        "accepts_incomplete",
        "Accepts_Incomplete=true",
    ] {
        for ask in [
            as_cloud_controller(LARGE, json!({})),
            as_cloud_controller(SMALL, json!({"password": "p"})),
        ] {
            let reply = floor.refuses(id, 422, patch_with(id, query, &ask)).await;
            assert_eq!(code(&reply), "AsyncRequired", "{query}");
        }
    }
    floor
        .updated(
            id,
            patch_with(
                id,
                "accepts%5Fincomplete=%74rue",
                &as_cloud_controller(LARGE, json!({})),
            ),
        )
        .await;
    floor.covers(&["UPD-6", "UPD-8", "ERR-6", "ASY-4", "CCR-22", "CCS-6"]);
}

pub(crate) async fn maintenance_info_is_compared(floor: &Floor) {
    let id = "updates-maintenance";
    floor.provisioned(id, json!({})).await;
    let ask = |plan: &str, version: &str| {
        let mut body = as_cloud_controller(plan, json!({"password": "p"}));
        body["maintenance_info"] = json!({"version": version});
        patch(id, &body)
    };
    for version in ["1.0.1", "0.9.0", "1.0.0-rc1", "1.0.0+1", "nonsense"] {
        let reply = floor.refuses(id, 422, ask(SMALL, version)).await;
        assert_eq!(code(&reply), "MaintenanceInfoConflict", "{version}");
    }
    // The new plan has none.
    let reply = floor.refuses(id, 422, ask(LARGE, "1.0.0")).await;
    assert_eq!(code(&reply), "MaintenanceInfoConflict");
    // Without a plan it is that of the instance.
    let mut own = body(&json!({"maintenance_info": {"version": "2.0.0"}}));
    let reply = floor.refuses(id, 422, patch(id, &own)).await;
    assert_eq!(code(&reply), "MaintenanceInfoConflict");
    floor.covers(&["UPD-7", "UPD-8", "CCR-22", "ERR-9"]);
    own["maintenance_info"] = json!({"version": "1.0.0", "description": "something else", "private": {"a": [1]}});
    own["parameters"] = json!({"password": "p"});
    floor.updated(id, patch(id, &own)).await;
    assert_eq!(
        floor.expect(200, get(id)).await.body["maintenance_info"]["version"],
        "1.0.0"
    );
}

pub(crate) async fn what_the_catalog_does_not_have(floor: &Floor) {
    let id = "updates-not-in-the-catalog";
    floor.provisioned(id, json!({})).await;
    let upper = LARGE.to_uppercase();
    for (service, plan) in [
        ("other", LARGE),
        (SERVICE, "other"),
        (SERVICE, SERVICE),
        (LARGE, LARGE),
        (SERVICE, &upper),
        (SERVICE, "large"),
        (" ", LARGE),
        ("../..", LARGE),
    ] {
        let mut ask = as_cloud_controller(plan, json!({}));
        ask["service_id"] = json!(service);
        let reply = floor.refuses(id, 400, patch(id, &ask)).await;
        assert!(reply.error().is_none(), "{reply:?}");
    }
    floor.covers(&["UPD-11", "UPD-8", "AMB-6"]);
}

/// An instance that isn't there has no status of its own in the specification: 404.
pub(crate) async fn what_is_not_there(floor: &Floor) {
    let id = "updates-nothing";
    floor.expect(404, patch(id, &json!({"plan_id": LARGE}))).await;
    floor.expect(404, patch(id, &json!({"context": {}}))).await;
    floor.expect(404, bind(id, "b", json!({}))).await;
    floor.expect(404, bind_now(id, "b", json!({}))).await;
    floor.is_unknown(id).await;
    floor.is_unbound(id, "b").await;
    floor.provisioned(id, json!({})).await;
    floor.deprovisioned(id).await;
    floor.expect(404, patch(id, &json!({"plan_id": LARGE}))).await;
    floor.expect(404, bind(id, "b", json!({}))).await;
    assert!(!floor.is_deployed(id));
    floor.covers(&["AMB-5", "CCR-24"]);
}

/// What the present state forbids, and what the plan does.
pub(crate) async fn what_is_not_possible(floor: &Floor) {
    let catalog = floor.expect(200, Request::new("GET", "/v2/catalog")).await.body;
    let offering = &catalog["services"][0];
    assert_eq!(offering["allow_context_updates"], true);
    assert_eq!(offering["plan_updateable"], true);
    let plans = offering["plans"].as_array().unwrap();
    let said = |id: &str| {
        let plan = plans.iter().find(|plan| plan["id"] == id).unwrap();
        plan.get("plan_updateable").cloned().unwrap_or_default()
    };
    assert_eq!(said(FIXED), false);
    assert_ne!(said(SMALL), false);
    floor.covers(&["CAT-14", "CAT-15"]);

    let id = "updates-fixed";
    let mut create = Platform::body(json!({"password": "one"}));
    create["plan_id"] = json!(FIXED);
    let operation = floor
        .accepted(super::floor::put_with(id, "accepts_incomplete=true", &create))
        .await;
    assert_eq!(floor.ended(id, &operation).await.body["state"], "succeeded");
    for plan in [SMALL, LARGE] {
        for parameters in [json!({}), json!({"password": "two"})] {
            let mut ask = as_cloud_controller(plan, parameters);
            ask["previous_values"]["plan_id"] = json!(FIXED);
            let reply = floor.refuses(id, 422, patch(id, &ask)).await;
            assert!(reply.error().is_none(), "{reply:?}");
        }
    }
    // Its parameters can be changed, with the plan's name or without.
    floor
        .updated(id, patch(id, &json!({"parameters": {"password": "two"}})))
        .await;
    let ask = as_cloud_controller(FIXED, json!({"password": "three"}));
    floor.updated(id, patch(id, &ask)).await;
    let manifest = floor.manifest(id);
    assert_eq!(
        (vms(&manifest), super::updates::password(&manifest)),
        (&json!(1), &json!("three"))
    );

    let id = "updates-half-built";
    let stage = json!({"fail_at_stage": "Updating instance"});
    let operation = floor.accepted(put(id, stage)).await;
    let reply = floor.ask(patch(id, &json!({"plan_id": LARGE}))).await;
    assert!(
        reply.status == 422 && reply.error() == Some("ConcurrencyError") || reply.status == 404,
        "it is being made: {reply:?}"
    );
    assert_eq!(floor.ended(id, &operation).await.body["state"], "failed");
    let before = floor.before(id).await;
    let reply = floor.ask(patch(id, &json!({"plan_id": LARGE}))).await;
    assert!([404, 422].contains(&reply.status), "it was never made: {reply:?}");
    assert!(!reply.description().is_empty());
    assert_eq!(floor.before(id).await, before);
    let remove = floor.accepted(delete(id)).await;
    let reply = floor.ask(patch(id, &json!({"plan_id": LARGE}))).await;
    assert!([404, 422].contains(&reply.status), "it is being deleted: {reply:?}");
    assert_eq!(floor.ended(id, &remove).await.status, 410);
    floor.covers(&["UPD-5", "UPD-8", "UPD-19", "CCR-23"]);
}
