//! The platform asks for everything there is and never polls: operations go on by themselves.
use chandler_engine::store::{Found, Store};
use chandler_proto::{
    job::State,
    layout::{self, Key},
    operation::Operation,
    records::Record,
};
use chandler_simulators::bosh::{TaskKind, TaskState};
use chandler_tests::{
    bindings::Style,
    platform::Platform,
    settings::{CLEANUP_DATA, HEALTH_CHECK, LARGE, SMALL, SMOKE_TESTS},
    wait,
    world::{Plan, World},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const I: &str = "unwatched";
const B: &str = "unseen";
/// The maintenance version after the upgrade.
const NEW: &str = "2.0.0";

fn updatable(json: &mut Value) {
    json["service_catalog"]["plan_updatable"] = json!(true);
}

/// The record, without asking any gateway.
async fn record(world: &World, key: &Key) -> Option<Record> {
    let store = Store::new(world.bus.clone(), Duration::ZERO);
    match store.load(key.as_str()).await.unwrap() {
        Found::Record(record, _) => Some(*record),
        Found::Nothing(_) => None,
    }
}

/// One request that is accepted; then nothing is asked until the bus says that the job has succeeded.
async fn left_alone(world: &World, key: &Key, operation: Operation, request: RequestBuilder) -> Record {
    let answer = world.platform.send(request).await;
    assert_eq!(answer.status, 202, "{operation:?}: {answer:?}");
    let told = answer.body["operation"].as_str().unwrap().to_owned();
    let ended = wait::until(&format!("{operation:?} has ended"), LIMIT, || async {
        let record = record(world, key).await?;
        let of_it = record.job.operation == operation && told.contains(&record.job.id.to_string());
        (of_it && record.job.finished()).then_some(record)
    })
    .await;
    assert!(matches!(ended.job.state, State::Succeeded { .. }), "{ended:#?}");
    ended
}

/// Another maintenance version of all plans.
fn maintained(json: &mut Value) {
    for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
        plan["maintenance_info"]["version"] = json!(NEW);
    }
}

/// How often the Director deployed and made anew, and the names of the errands since then.
fn seen(world: &World, errands: &mut usize) -> (usize, usize, Vec<String>) {
    let tasks = world.director.tasks();
    let done = |kind| {
        let mut of = tasks.iter().filter(|task| task.kind == kind);
        assert!(of.all(|task| task.state == TaskState::Done), "{tasks:#?}");
        tasks.iter().filter(|task| task.kind == kind).count()
    };
    let all = world.errands(I);
    assert!(all.iter().all(|(_, state)| *state == TaskState::Done), "{all:?}");
    let new = all.iter().skip(*errands).map(|(name, _)| name.clone()).collect();
    *errands = all.len();
    (done(TaskKind::Deploy), done(TaskKind::Change), new)
}

/// The instance's client has the dashboard's URL, and its secret is the one that the deployment has.
fn has_its_client(world: &World, record: &Record) {
    let force = record.in_force.as_ref().unwrap();
    let client = world.client(I).unwrap();
    assert_eq!(client.redirect_uri, [force.dashboard_url.clone().unwrap()]);
    let manifest = world.manifest(I);
    let told = &manifest["properties"]["uaa_client"];
    assert!(
        client.secrets == [told["client_secret"].as_str().unwrap()],
        "one secret"
    );
}

#[tokio::test]
async fn every_operation_ends_although_nobody_polls() {
    let mut world = World::start(Plan {
        errands: true,
        uaa_clients: true,
        secure: true,
        change: updatable,
        ..Plan::default()
    })
    .await;
    let (instance, binding) = (layout::instance_key(I), layout::binding_key(I, B));
    let (mut errands, after) = (0, vec![SMOKE_TESTS.to_owned(), HEALTH_CHECK.to_owned()]);

    let p = world.platform.clone();
    let ended = left_alone(&world, &instance, Operation::Provision, p.put(I, json!({}))).await;
    assert_eq!(seen(&world, &mut errands), (1, 0, after.clone()));
    has_its_client(&world, &ended);

    let bind = p.bind(I, B, json!({}), Style::Asynchronous);
    left_alone(&world, &binding, Operation::Bind, bind).await;
    assert!(world.users(I).contains_key(B) && world.credhub().names().len() == 1);

    let update = p.update(I, SMALL, json!({"task_seconds": 0}));
    left_alone(&world, &instance, Operation::Update, update).await;
    assert_eq!(seen(&world, &mut errands), (2, 0, after.clone()));
    assert_eq!(world.manifest(I)["properties"]["chosen"], json!({"task_seconds": 0}));

    let change = p.update(I, LARGE, json!({}));
    let ended = left_alone(&world, &instance, Operation::Update, change).await;
    assert_eq!(seen(&world, &mut errands), (3, 0, after.clone()));
    assert_eq!(ended.in_force.as_ref().unwrap().plan.plan_id, LARGE);
    assert_eq!(world.manifest(I)["instance_groups"][0]["instances"], 3);
    has_its_client(&world, &ended);

    world.reconfigure(maintained).await;
    let mut body = Platform::upgrade_body("1.0.0", NEW);
    body["plan_id"] = json!(LARGE);
    body["previous_values"]["plan_id"] = json!(LARGE);
    let ended = left_alone(&world, &instance, Operation::Upgrade, p.patch(I, &body)).await;
    assert_eq!(seen(&world, &mut errands), (4, 0, after.clone()));
    assert_eq!(
        ended.in_force.as_ref().unwrap().maintenance_version.as_deref(),
        Some(NEW)
    );
    has_its_client(&world, &ended);

    let recreate = p.manage(I, "recreate", LARGE);
    let ended = left_alone(&world, &instance, Operation::Recreate, recreate).await;
    assert_eq!(seen(&world, &mut errands), (4, 1, after));
    has_its_client(&world, &ended);

    let unbind = p.unbind(I, B, Style::Asynchronous);
    left_alone(&world, &binding, Operation::Unbind, unbind).await;
    assert!(world.users(I).is_empty() && world.credhub().names().is_empty());

    let ended = left_alone(&world, &instance, Operation::Deprovision, p.delete(I)).await;
    assert!(ended.gone(), "{ended:#?}");
    assert_eq!(seen(&world, &mut errands), (4, 1, vec![CLEANUP_DATA.to_owned()]));
    assert!(world.director.deployments().is_empty());
    assert!(world.client(I).is_none(), "the client is left");
}
