//! What platforms send, and leave out.
use super::{is_unharmed, quick, updatable};
use chandler_tests::{
    bindings::{APP, Style},
    platform::Platform,
    settings::{LARGE, SERVICE, SMALL},
    world::{Plan, World},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A gateway without any worker.
async fn alone() -> World {
    World::start(Plan {
        workers: 0,
        binding_workers: 0,
        errand_workers: 0,
        client_workers: 0,
        ..quick()
    })
    .await
}

#[tokio::test]
async fn d01_a_bind_without_a_resource_is_a_bind() {
    let world = World::start(quick()).await;
    let (p, i) = (&world.platform, "bound");
    p.provision(i, json!({})).await;
    let cases = [
        ("for-nobody", json!({})),
        ("for-null", json!({"bind_resource": null})),
        ("for-an-app", json!({"app_guid": APP})),
    ];
    for (binding, more) in cases {
        let mut body = json!({"service_id": SERVICE, "plan_id": SMALL});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = p.send(p.bind_with(i, binding, &body, Style::Synchronous)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{binding}: {answer:?}");
        let user = &world.users(i)[binding];
        assert_eq!(answer.body["credentials"]["password"], user["password"], "{binding}");
    }
    is_unharmed(&world);
}

#[tokio::test]
async fn d02_a_context_that_is_no_object_is_refused() {
    let world = alone().await;
    let p = &world.platform;
    for context in [
        json!("text"),
        json!(7),
        json!(true),
        json!([]),
        json!([{"platform": "x"}]),
    ] {
        let mut body = Platform::body(json!({}));
        body["context"] = context.clone();
        let answer = p.send(p.put("contextual", json!({})).json(&body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{context}: {answer:?}");
        let text = answer.body["description"].as_str().unwrap();
        assert!(text.contains("context"), "{context}: {text}");
        assert_eq!(
            p.send(p.get("contextual")).await.status,
            StatusCode::NOT_FOUND,
            "{context}"
        );
    }
    is_unharmed(&world);
}

#[tokio::test]
async fn d14_a_412_has_a_description() {
    let world = alone().await;
    let p = &world.platform;
    for (version, status) in [
        (Some("1.9"), StatusCode::PRECONDITION_FAILED),
        (Some("3.0"), StatusCode::PRECONDITION_FAILED),
        (None, StatusCode::BAD_REQUEST),
    ] {
        let call = p.http.request(Method::GET, format!("{}/v2/catalog", p.url));
        let call = call.basic_auth("broker", Some("secret"));
        let call = version
            .into_iter()
            .fold(call, |call, it| call.header("X-Broker-API-Version", it));
        let answer = p.send(call).await;
        assert_eq!(answer.status, status, "{version:?}: {answer:?}");
        let names: Vec<_> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["description"], "{answer:?}");
        assert!(!answer.body["description"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn d17_a_patch_needs_no_plan_ids() {
    let world = World::start(Plan {
        change: updatable,
        ..quick()
    })
    .await;
    let (p, i) = (&world.platform, "patched");
    p.provision(i, json!({})).await;
    let without = |mut body: Value, path: &str, member: &str| {
        let at = body.pointer_mut(path).unwrap();
        at.as_object_mut().unwrap().remove(member).unwrap();
        body
    };
    // The plan is the one that it has.
    let same = Platform::update_body(SMALL, json!({"task_seconds": 0}));
    p.changed(i, &without(same, "", "plan_id")).await;
    let fetched = p.fetched(i).await;
    assert_eq!(fetched["plan_id"], SMALL, "{fetched}");
    assert_eq!(world.manifest(i)["properties"]["chosen"], json!({"task_seconds": 0}));
    // What it had before is known without being told.
    let other = Platform::update_body(LARGE, json!({}));
    p.changed(i, &without(other, "/previous_values", "plan_id")).await;
    let fetched = p.fetched(i).await;
    assert_eq!(fetched["plan_id"], LARGE, "{fetched}");
    let bare = without(
        Platform::update_body(LARGE, json!({"task_seconds": null})),
        "",
        "previous_values",
    );
    p.changed(i, &without(bare, "", "plan_id")).await;
    assert_eq!(p.fetched(i).await["plan_id"], LARGE);
    is_unharmed(&world);
}
