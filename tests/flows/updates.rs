//! Updates and upgrades of an instance, and its dashboard, through real processes.
mod adapter;
mod dashboard;
mod ends;
mod pending;

use chandler_bus::Bus;
use chandler_engine::store::{Found, Store};
use chandler_proto::{layout::instance_key, records::Record};
use chandler_simulators::bosh::{TaskKind, TaskState};
use chandler_tests::world::{Plan, World};
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const RELEASE: &str = "1.2.0";

/// Plans may be changed.
fn updatable(json: &mut Value) {
    json["service_catalog"]["plan_updatable"] = json!(true);
}

async fn start() -> World {
    start_with(Plan::default()).await
}

async fn start_with(plan: Plan) -> World {
    World::start(Plan {
        change: updatable,
        ..plan
    })
    .await
}

/// How the deploys of an instance ended, oldest first.
fn deploys(world: &World, id: &str) -> Vec<TaskState> {
    let name = format!("service-instance_{id}");
    let tasks = world.director.tasks().into_iter();
    let of = tasks.filter(|t| t.deployment == name && t.kind == TaskKind::Deploy);
    of.map(|t| t.state).collect()
}

/// The manifest that the Director carried out last.
fn manifest(world: &World, id: &str) -> Value {
    let deployment = world.director.deployment(&format!("service-instance_{id}")).unwrap();
    serde_json::from_str(&deployment.manifest.unwrap()).unwrap()
}

fn instances(manifest: &Value) -> &Value {
    &manifest["instance_groups"][0]["instances"]
}

/// The record of an instance, without asking any gateway.
async fn record(bus: &Bus, id: &str) -> Record {
    let store = Store::new(bus.clone(), Duration::ZERO);
    match store.load(instance_key(id).as_str()).await.unwrap() {
        Found::Record(record, _) => *record,
        Found::Nothing(_) => panic!("no record of {id}"),
    }
}
