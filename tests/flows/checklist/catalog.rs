//! `GET /v2/catalog`
use super::{
    catalog_rules::{RULES, plans},
    floor::{Floor, get},
    updates::FIXED,
    wire::Request,
};
use chandler_tests::settings::LARGE;
use serde_json::{Value, json};

/// The configuration of the tests, with everything in it that a catalog may show, and less patience.
pub(crate) fn richer(config: &mut Value) {
    // The body of a request has a third of it.
    config["chandler"]["gateway"] =
        json!({"request_timeout_seconds": 30, "bind_wait_seconds": 10, "binding_grace_seconds": 0});
    // Who cancels a bind waits that long.
    config["chandler"]["workers"]["adapter_seconds"] = json!(16);
    config["chandler"]["allow_context_updates"] = json!(true);
    config["chandler"]["plans"]["fixed"] = json!({"plan_updatable": false});
    let offering = &mut config["service_catalog"];
    offering["plan_updatable"] = json!(true);
    offering["tags"] = json!(["example-kv", "key-value"]);
    offering["requires"] = json!(["syslog_drain", "route_forwarding", "volume_mount"]);
    offering["metadata"] = json!({"display_name": "Example KV", "image_url": "https://kv.example.com/i.png",
        "long_description": "keys and values", "provider_display_name": "Example",
        "documentation_url": "https://kv.example.com/docs", "support_url": "https://kv.example.com/help", "shareable": true});
    offering["dashboard_client"] =
        json!({"id": "kv-dashboard", "secret": "shown", "redirect_uri": "https://kv.example.com/dashboard"});
    let small = &mut offering["plans"][0];
    small["maintenance_info"]["description"] = json!("away for a minute");
    small["metadata"] = json!({"display_name": "Small", "bullets": ["1 VM"],
        "costs": [{"amount": {"usd": 1.5}, "unit": "MONTHLY"}]});
    let large = &mut offering["plans"][1];
    large["free"] = json!(false);
    large["bindable"] = json!(false);
    // A plan without maintenance info.
    large.as_object_mut().unwrap().remove("maintenance_info");
    let mut fixed = offering["plans"][0].clone();
    fixed["plan_id"] = json!(FIXED);
    fixed["name"] = json!("fixed");
    offering["plans"].as_array_mut().unwrap().push(fixed);
}

/// The same with an offering that can't be bound but for one plan.
pub(crate) fn bound_by_the_plan(config: &mut Value) {
    richer(config);
    let offering = &mut config["service_catalog"];
    offering["bindable"] = json!(false);
    offering["plans"][0]["bindable"] = json!(true);
    offering["plans"][1].as_object_mut().unwrap().remove("bindable");
}

/// Every rule holds, and would be found to be broken.
pub(crate) async fn the_catalog_keeps_the_rules(floor: &Floor) {
    let catalog = floor.expect(200, Request::new("GET", "/v2/catalog")).await.body;
    for rule in RULES {
        assert!((rule.holds)(&catalog), "{:?}: {catalog:#}", rule.ids);
        let mut broken = catalog.clone();
        (rule.breaks)(&mut broken);
        assert!(!(rule.holds)(&broken), "{:?} can't be broken", rule.ids);
        floor.covers(rule.ids);
    }
    let again = floor
        .expect(
            200,
            Request::new("GET", "/v2/catalog").set("X-Broker-API-Version", "2.0"),
        )
        .await
        .body;
    assert_eq!(again, catalog, "ids and all else stay");
    let offering = &catalog["services"][0];
    assert_eq!(
        (&offering["tags"], &offering["requires"]),
        (
            &json!(["example-kv", "key-value"]),
            &json!(["syslog_drain", "route_forwarding", "volume_mount"])
        )
    );
    let plan = &offering["plans"][0];
    let info = json!({"version": "1.0.0", "description": "away for a minute"});
    assert_eq!(plan["maintenance_info"], info);
    let large = &offering["plans"][1];
    assert_eq!((&large["free"], &large["bindable"]), (&json!(false), &json!(false)));
    assert_eq!(offering["bindable"], true);
    floor.covers(&["CAT-4"]);
}

pub(crate) async fn the_catalog_can_be_cached(floor: &Floor) {
    let first = floor.expect(200, Request::new("GET", "/v2/catalog")).await;
    let tag = first.header("ETag").unwrap();
    let asks = |tags: &str| Request::new("GET", "/v2/catalog").with("If-None-Match", tags);
    for known in [tag, &format!("\"other\", {tag}"), &format!("W/{tag}"), "*"] {
        let reply = floor.expect(304, asks(known)).await;
        assert!(reply.bytes.is_empty(), "{reply:?}");
        assert_eq!(reply.header("ETag"), Some(tag));
    }
    for unknown in ["\"other\"", "", "nonsense"] {
        let reply = floor.expect(200, asks(unknown)).await;
        assert_eq!((&reply.body, reply.header("ETag")), (&first.body, Some(tag)));
    }
    floor.covers(&["CAT-24"]);
}

/// `instances_retrievable` is for all plans.
pub(crate) async fn every_plan_can_be_fetched(floor: &Floor) {
    let catalog = floor.expect(200, Request::new("GET", "/v2/catalog")).await.body;
    assert!(plans(&catalog).count() == 3 && plans(&catalog).any(|plan| plan["id"] == LARGE));
    for (n, plan) in plans(&catalog).enumerate() {
        let id = format!("of-plan-{n}");
        let service = &catalog["services"][0]["id"];
        let body = json!({"service_id": service, "plan_id": plan["id"], "organization_guid": "o", "space_guid": "s"});
        let request = super::floor::put_with(&id, "accepts_incomplete=true", &body);
        let operation = floor.accepted(request).await;
        assert_eq!(floor.ended(&id, &operation).await.body["state"], "succeeded");
        let fetched = floor.expect(200, get(&id)).await.body;
        assert_eq!((&fetched["service_id"], &fetched["plan_id"]), (service, &plan["id"]));
        let version = &plan["maintenance_info"]["version"];
        assert_eq!(&fetched["maintenance_info"]["version"], version, "{fetched}");
    }
    floor.covers(&["CAT-12"]);
}
