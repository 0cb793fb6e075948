//! The dashboard of an instance.
use super::{LIMIT, deploys, start};
use chandler_simulators::bosh::TaskState;
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SMALL},
};
use serde_json::{Value, json};

/// What the adapter does instead of telling the URL.
fn ends_with(code: u8) -> Value {
    json!({"commands": ["dashboard-url"], "exit_code": code, "stdout": "no dashboard today"})
}

#[tokio::test]
async fn an_adapter_without_a_dashboard_is_fine() {
    let (world, id) = (start().await, "plain");
    let p = &world.platform;
    world.service.control(&ends_with(10));
    p.provision(id, json!({})).await;
    assert_eq!(p.fetched(id).await.get("dashboard_url"), None);
    world.service.control(&json!({}));
    p.changed(id, &Platform::update_body(SMALL, json!({"task_seconds": 0})))
        .await;
    let url = p.fetched(id).await["dashboard_url"].clone();
    assert!(url.as_str().unwrap().ends_with("/instances/plain"), "{url}");
    world.service.control(&ends_with(10));
    p.changed(id, &Platform::update_body(LARGE, json!({}))).await;
    assert_eq!(p.fetched(id).await["dashboard_url"], url, "nothing else was said since");
}

#[tokio::test]
async fn a_dashboard_that_fails_fails_the_operation() {
    let world = start().await;
    let p = &world.platform;
    world.service.control(&ends_with(1));
    let operation = p.accepted(p.put("new", json!({}))).await;
    let (answer, _) = p.ended("new", &operation, LIMIT).await;
    let text = answer.body["description"].as_str().unwrap();
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    assert!(text.contains("no dashboard today"), "{text}");
    p.deprovision("new").await;

    world.service.control(&json!({}));
    p.provision("old", json!({})).await;
    let before = p.fetched("old").await;
    world.service.control(&ends_with(1));
    let operation = p.accepted(p.update("old", LARGE, json!({}))).await;
    let (answer, _) = p.ended("old", &operation, LIMIT).await;
    let flags = ["instance_usable", "update_repeatable"].map(|it| answer.body[it].clone());
    assert_eq!(
        (&answer.body["state"], flags),
        (&json!("failed"), [json!(true), json!(true)])
    );
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.starts_with("Instance update failed: There was a problem completing your request."),
        "{text}"
    );
    assert_eq!(p.fetched("old").await, before);
    world.service.control(&json!({}));
    // The deployment is large already; nothing but the update itself has changed it.
    p.changed("old", &Platform::update_body(LARGE, json!({}))).await;
    let after = p.fetched("old").await;
    let told = (&after["plan_id"], &after["dashboard_url"]);
    assert_eq!(told, (&json!(LARGE), &before["dashboard_url"]));
    assert_eq!(deploys(&world, "old"), [TaskState::Done; 3]);
}
