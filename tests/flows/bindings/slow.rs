//! An adapter that takes long, and one whose worker dies.
use super::why;
use chandler_tests::{
    bindings::{APP, Style},
    process::Process,
    service::Side,
    wait,
    world::{Plan, World},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};

const I: &str = "bound";
const LIMIT: Duration = Duration::from_secs(60);

/// A gateway that lets nobody wait for more than two seconds, and adapters that are ended after ten.
fn impatient(json: &mut Value) {
    json["chandler"]["gateway"] = json!({"bind_wait_seconds": 2, "binding_grace_seconds": 0});
    json["chandler"]["workers"]["adapter_seconds"] = json!(10);
}

async fn start(binding_workers: usize) -> World {
    let world = World::start(Plan {
        secure: true,
        binding_workers,
        change: impatient,
        ..Plan::default()
    })
    .await;
    world.platform.provision(I, json!({})).await;
    world
}

fn nothing_left(world: &World) -> bool {
    let own = |(path, _, _): &(String, String, Vec<String>)| path.starts_with("/c/") && path != "/c/*";
    let credhub = world.credhub();
    world.users(I).is_empty() && credhub.names().is_empty() && !credhub.permissions().iter().any(own)
}

/// A bind that is answered by 504, and what becomes of it.
async fn taken_back(world: &World, binding: &str, slow: Value) {
    let p = &world.platform;
    let late = p.send(p.bind(I, binding, slow, Style::Synchronous)).await;
    assert_eq!(late.status, StatusCode::GATEWAY_TIMEOUT, "{late:?}");
    let text = late.body["description"].as_str().unwrap();
    assert!(
        text.contains("could not be created in time and is removed again"),
        "{text}"
    );
    wait::until("what became of it is removed", LIMIT, || async {
        let gone = p.send(p.unbind(I, binding, Style::Synchronous)).await;
        (gone.status == StatusCode::GONE).then_some(())
    })
    .await;
    assert_eq!(p.send(p.fetch_binding(I, binding)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bind_that_nobody_could_be_told_of_is_taken_back() {
    let world = start(1).await;
    tokio::join!(
        taken_back(&world, "before", json!({"adapter_sleep_ms": 4000})),
        taken_back(&world, "after", json!({"adapter_sleep_after_ms": 4000})),
    );
    assert!(
        nothing_left(&world),
        "{:?}, {:?}",
        world.users(I),
        world.credhub().names()
    );
    // One that is polled for takes the time that it needs.
    let p = &world.platform;
    p.bound(I, "polled", json!({"adapter_sleep_ms": 4000})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unbind_that_takes_too_long_goes_on() {
    let world = start(1).await;
    let p = &world.platform;
    p.bound(I, "slow", json!({})).await;
    world
        .service
        .control(&json!({"commands": ["delete-binding"], "sleep_ms": 4000}));
    let late = p.send(p.unbind(I, "slow", Style::Synchronous)).await;
    assert_eq!(late.status, StatusCode::GATEWAY_TIMEOUT, "{late:?}");
    assert!(
        late.body["description"]
            .as_str()
            .unwrap()
            .contains("its deletion goes on"),
        "{late:?}"
    );
    p.unbound(I, "slow").await;
    assert!(nothing_left(&world));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_adapter_that_never_ends_is_ended_and_another_try_succeeds() {
    let world = start(1).await;
    let p = &world.platform;
    let gate = world.service.gate("create-binding", Side::After);
    let operation = p.accepted(p.bind(I, "hangs", json!({}), Style::Asynchronous)).await;
    gate.reached().await;
    let first = world.users(I)["hangs"].clone();
    let (answer, seen) = p.binding_ended(I, "hangs", &operation, LIMIT).await;
    assert_eq!(
        answer.body["state"],
        "succeeded",
        "{answer:?}, {seen:?}\n{}",
        why(&world)
    );
    assert!(
        seen.iter().any(|text| text.contains("waiting for the service adapter")),
        "{seen:?}"
    );
    one_user(&world, "hangs", &first);
}

/// There is exactly one user, not the one that nobody knew the password of, and CredHub has its password.
fn one_user(world: &World, binding: &str, lost: &Value) {
    let users = world.users(I);
    assert_eq!(users.len(), 1, "{users:?}");
    assert_ne!(users[binding]["password"], lost["password"]);
    let services = json!({"kv": [{"credentials": {"credhub-ref": World::credential_name(I, binding)}}]});
    let seen = world
        .credhub()
        .interpolate_as(&format!("mtls-app:{APP}"), &services)
        .unwrap();
    assert_eq!(seen["kv"][0]["credentials"]["password"], users[binding]["password"]);
}

/// Whether a process has started another that runs.
fn has_child(process: &Process) -> bool {
    let parent = |stat: &str| stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let mut parents = entries.filter_map(|entry| parent(&fs::read_to_string(entry.path().join("stat")).ok()?));
    parents.any(|parent| parent == process.pid())
}

/// Whether any process has this path among its arguments.
fn runs(path: &Path) -> bool {
    let path = path.to_str().unwrap().as_bytes();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let mut lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| line.windows(path.len()).any(|window| window == path))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_takes_its_adapter_along_and_another_finishes() {
    let mut world = start(2).await;
    let p = world.platform.clone();
    let gate = world.service.gate("create-binding", Side::After);
    let operation = p.accepted(p.bind(I, "orphan", json!({}), Style::Asynchronous)).await;
    gate.reached().await;
    let first = world.users(I)["orphan"].clone();
    let at_work: Vec<_> = world.binding_workers.iter().map(has_child).collect();
    let victim = at_work.iter().position(|it| *it).expect("one of them runs the adapter");
    assert_eq!(at_work.iter().filter(|it| **it).count(), 1);
    assert!(runs(&world.service.adapter()));
    world.binding_workers[victim].kill();
    wait::until("the adapter dies with its worker", LIMIT, || async {
        (!runs(&world.service.adapter())).then_some(())
    })
    .await;
    // The wake comes back after `ack_wait`, and then the act window is over.
    let (answer, seen) = p.binding_ended(I, "orphan", &operation, LIMIT * 2).await;
    assert_eq!(
        answer.body["state"],
        "succeeded",
        "{answer:?}, {seen:?}\n{}",
        why(&world)
    );
    one_user(&world, "orphan", &first);
    assert!(world.binding_workers[victim].ended().is_some(), "the other one did it");
    p.unbound(I, "orphan").await;
    assert!(nothing_left(&world));
}
