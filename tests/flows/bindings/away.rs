//! Tokens that end, a client whose secret was rotated, and a CredHub that is away.
use super::why;
use chandler_simulators::common::{CallAction, CallFault};
use chandler_tests::{
    bindings::{APP, Style},
    service::Side,
    systems::UaaClientOf,
    wait,
    world::{Plan, World},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

const I: &str = "bound";
const LIMIT: Duration = Duration::from_secs(90);

async fn start() -> World {
    let world = World::start(Plan {
        secure: true,
        change: |json| json["chandler"]["workers"]["adapter_seconds"] = json!(10),
        ..Plan::default()
    })
    .await;
    world.platform.provision(I, json!({})).await;
    world
}

/// The one user of a binding; CredHub has its password and its app may read it.
fn whole(world: &World, binding: &str) -> Value {
    let users = world.users(I);
    let user = users.get(binding).unwrap_or_else(|| panic!("no user: {users:?}"));
    let services = json!({"kv": [{"credentials": {"credhub-ref": World::credential_name(I, binding)}}]});
    let seen = world
        .credhub()
        .interpolate_as(&format!("mtls-app:{APP}"), &services)
        .unwrap();
    assert_eq!(seen["kv"][0]["credentials"]["password"], user["password"], "{binding}");
    user.clone()
}

async fn begin(world: &World, binding: &str) -> String {
    let p = &world.platform;
    p.accepted(p.bind(I, binding, json!({}), Style::Asynchronous)).await
}

/// Polls until the note says so.
async fn says(world: &World, binding: &str, operation: &str, text: &str) {
    let p = &world.platform;
    wait::until(&format!("the note says {text:?}"), LIMIT, || async {
        let answer = p.send(p.binding_last_operation(I, binding, Some(operation))).await;
        assert_eq!(answer.body["state"], "in progress", "{answer:?}");
        answer.body["description"].as_str()?.contains(text).then_some(())
    })
    .await;
}

async fn succeeds(world: &World, binding: &str, operation: &str) -> Vec<String> {
    let (answer, seen) = world.platform.binding_ended(I, binding, operation, LIMIT).await;
    assert_eq!(
        answer.body["state"],
        "succeeded",
        "{answer:?}, {seen:?}\n{}",
        why(world)
    );
    seen
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_fetched_anew() {
    let world = start().await;
    let id = UaaClientOf::CredHub.id();
    // By order, between the adapter's work and CredHub.
    let gate = world.service.gate("create-binding", Side::After);
    let operation = begin(&world, "ordered").await;
    gate.reached().await;
    let (made, tokens) = (world.users(I)["ordered"].clone(), world.uaa().tokens_issued(id));
    assert!(tokens > 0, "CredHub was looked at before the adapter ran");
    world.uaa().expire_tokens();
    gate.open();
    succeeds(&world, "ordered", &operation).await;
    assert_eq!(whole(&world, "ordered"), made, "the adapter wasn't needed again");
    assert!(world.uaa().tokens_issued(id) > tokens);

    // By time: they are good for a second, and the adapter needs three.
    world.uaa().set_token_seconds(1);
    world.uaa().expire_tokens();
    let tokens = world.uaa().tokens_issued(id);
    let p = &world.platform;
    let slow = p.bind(I, "timed", json!({"adapter_sleep_after_ms": 3000}), Style::Synchronous);
    let answer = p.send(slow).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    whole(&world, "timed");
    assert!(world.uaa().tokens_issued(id) >= tokens + 2);
    p.unbound(I, "ordered").await;
    p.unbound(I, "timed").await;
    assert!(world.credhub().names().is_empty());
}

#[tokio::test]
async fn a_rotated_secret_is_waited_for() {
    let mut world = start().await;
    let (id, secret) = (UaaClientOf::CredHub.id(), UaaClientOf::CredHub.secret());
    // Before anything was done.
    world.uaa().rotate_secret(id, "another");
    let operation = begin(&world, "early").await;
    says(&world, "early", &operation, "waiting for the UAA").await;
    assert!(
        world.users(I).is_empty(),
        "nothing is made that nobody could get the credentials of"
    );
    assert!(world.uaa().rotate_secret(id, secret));
    succeeds(&world, "early", &operation).await;
    whole(&world, "early");

    // When the adapter has done its work, and its credentials can't be stored.
    let gate = world.service.gate("create-binding", Side::After);
    let operation = begin(&world, "middle").await;
    gate.reached().await;
    let lost = world.users(I)["middle"].clone();
    world.uaa().rotate_secret(id, "another");
    world.uaa().expire_tokens();
    gate.open();
    says(&world, "middle", &operation, "waiting for the UAA").await;
    // A worker with the new secret carries on.
    let text = std::fs::read_to_string(&world.config).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["credhub"]["client_secret"] = json!("another");
    std::fs::write(&world.config, config.to_string()).unwrap();
    world.binding_workers[0].stop();
    wait::until("the worker has stopped", LIMIT, || {
        let ended = world.binding_workers[0].ended();
        async move { ended }
    })
    .await;
    world.binding_workers[0].restart();
    succeeds(&world, "middle", &operation).await;
    assert_ne!(
        whole(&world, "middle")["password"],
        lost["password"],
        "what nobody knew is gone"
    );
    for binding in ["early", "middle"] {
        world.platform.unbound(I, binding).await;
    }
    assert!(world.users(I).is_empty() && world.credhub().names().is_empty());
}

#[tokio::test]
async fn credhub_may_be_away_for_thirty_seconds() {
    let world = start().await;
    let p = &world.platform;
    p.bound(I, "there", json!({})).await;
    // One whose adapter has run already when CredHub goes.
    let gate = world.service.gate("create-binding", Side::After);
    let middle = begin(&world, "middle").await;
    gate.reached().await;
    for method in ["GET", "PUT", "POST", "DELETE"] {
        let action = CallAction::Answer {
            status: 503,
            body: None,
        };
        world.credhub().set_fault(CallFault::always(method, "/api/", action));
    }
    let begun = Instant::now();
    gate.open();
    let new = begin(&world, "new").await;
    let unbind = p.accepted(p.unbind(I, "there", Style::Asynchronous)).await;
    for (binding, operation) in [("new", &new), ("there", &unbind), ("middle", &middle)] {
        says(&world, binding, operation, "waiting for CredHub").await;
    }
    // A platform that waits in its request needn't learn of it.
    tokio::time::sleep_until(begun + Duration::from_secs(25)).await;
    let waiting = p.bind(I, "waiting", json!({}), Style::Synchronous);
    let waiting = tokio::spawn({
        let p = p.clone();
        async move { p.send(waiting).await }
    });
    tokio::time::sleep_until(begun + Duration::from_secs(30)).await;
    assert!(!waiting.is_finished());
    world.credhub().clear_faults();
    let back = Instant::now();
    for (binding, operation) in [("new", &new), ("middle", &middle)] {
        succeeds(&world, binding, operation).await;
        whole(&world, binding);
    }
    let (gone, _) = p.binding_ended(I, "there", &unbind, LIMIT).await;
    assert_eq!(gone.status, StatusCode::GONE, "{gone:?}");
    let waited = waiting.await.unwrap();
    assert_eq!(waited.status, StatusCode::CREATED, "{waited:?}\n{}", why(&world));
    whole(&world, "waiting");
    println!(
        "CredHub answered 503 for 30 s; three binds and an unbind were done {:?} after it",
        back.elapsed()
    );
    let mut names = ["new", "middle", "waiting"].map(|binding| World::credential_name(I, binding));
    names.sort();
    assert_eq!(world.credhub().names(), names);
    assert_eq!(world.users(I).len(), 3);
}
