//! Labels, from the adapter to the platform.
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SMALL},
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// What GET says of them.
async fn labels(p: &Platform, id: &str) -> Option<Value> {
    let body = p.fetched(id).await;
    let metadata = body.get("metadata")?.as_object().unwrap().clone();
    let members: Vec<_> = metadata.keys().map(String::as_str).collect();
    assert_eq!(members, ["labels"], "nothing that isn't there");
    Some(metadata["labels"].clone())
}

#[tokio::test]
async fn labels_go_from_the_adapter_to_the_platform_and_follow_what_is_deployed() {
    let world = World::start(Plan {
        change: |json| json["service_catalog"]["plan_updatable"] = json!(true),
        ..Plan::default()
    })
    .await;
    let (p, id) = (&world.platform, "labelled");
    let own = json!({"release-version": "1.2.0", "service": "example-kv"});
    p.provision(id, json!({})).await;
    assert_eq!(labels(p, id).await.as_ref(), Some(&own), "the adapter's own");

    // Texts, whatever the adapter says; null is none.
    let said = json!({"labels": {"tier": "gold", "nodes": 3, "tls": true, "none": null}});
    p.changed(id, &Platform::update_body(SMALL, said)).await;
    let kept = json!({"nodes": "3", "tier": "gold", "tls": "true"});
    assert_eq!(labels(p, id).await.as_ref(), Some(&kept), "others, all of them");

    // An update that the Director gives up leaves those of what is in force.
    let fails = json!({"fail_at_stage": "Updating instance", "labels": {"tier": "none"}});
    let operation = p.accepted(p.update(id, LARGE, fails)).await;
    let (answer, _) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    assert_eq!(labels(p, id).await.as_ref(), Some(&kept));

    // An adapter that says nothing of labels leaves them; one that says there are none takes them away.
    let silent = json!({"fail_at_stage": null, "labels": null});
    p.changed(id, &Platform::update_body(LARGE, silent)).await;
    assert_eq!(labels(p, id).await.as_ref(), Some(&kept));
    let mut body = Platform::update_body(SMALL, json!({"labels": {}}));
    body["previous_values"]["plan_id"] = json!(LARGE);
    body["maintenance_info"] = json!({"version": "1.0.0"});
    p.changed(id, &body).await;
    assert_eq!(labels(p, id).await, None);

    // They are the instance's: a binding has none.
    p.bound(id, "b", json!({})).await;
    let bound = p.fetched_binding(id, "b").await;
    assert!(bound.get("metadata").is_none(), "{bound}");
    p.deprovision(id).await;
}
