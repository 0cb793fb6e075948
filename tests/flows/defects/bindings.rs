//! Bindings whose credentials are in CredHub.
use super::{LIMIT, quick};
use chandler_simulators::{common::CallFault, credhub::Trouble};
use chandler_tests::{
    bindings::{APP, Style},
    platform::Answer,
    rig::{Fate, Rig, Thing},
    world::{Plan, World},
};
use reqwest::StatusCode;
use serde_json::json;

const I: &str = "secured";
const PERMISSIONS: &str = "/api/v2/permissions$";

fn secure() -> Plan {
    Plan {
        secure: true,
        ..quick()
    }
}

/// Binds, and gives the last answer to a poll.
async fn bound(rig: &mut Rig, binding: &str) -> Answer {
    let p = rig.world.platform.clone();
    let operation = p.accepted(p.bind(I, binding, json!({}), Style::Asynchronous)).await;
    rig.drive(&Thing::binding(I, binding), Fate::default()).await;
    p.binding_ended(I, binding, &operation, LIMIT).await.0
}

#[tokio::test]
async fn d15_a_secure_bind_without_its_permission_is_none() {
    let mut rig = Rig::start(secure()).await;
    let p = rig.world.platform.clone();
    p.accepted(p.put(I, json!({}))).await;
    rig.drive(&Thing::instance(I), Fate::default()).await;
    // CredHub is unwell for a moment: the bind isn't done before its app may read.
    rig.world
        .credhub()
        .set_fault(CallFault::once("POST", PERMISSIONS, Trouble::ReadOnly.into()));
    let made = bound(&mut rig, "delayed").await;
    assert_eq!(made.body["state"], "succeeded", "{made:?}");
    let tries = rig.world.credhub().journal().count("POST /api/v2/permissions");
    assert_eq!(tries, 2, "one that failed, one that didn't");
    let fetched = p.fetched_binding(I, "delayed").await;
    let name = World::credential_name(I, "delayed");
    assert_eq!(fetched["credentials"], json!({"credhub-ref": name}));
    let services = json!({"kv": [{"credentials": fetched["credentials"]}]});
    let reader = format!("mtls-app:{APP}");
    let seen = rig.world.credhub().interpolate_as(&reader, &services).unwrap();
    let password = &rig.world.users(I)["delayed"]["password"];
    assert_eq!(&seen["kv"][0]["credentials"]["password"], password);

    // It never may: nobody is told of a reference that can't be read.
    let refusal = CallFault::always("POST", PERMISSIONS, Trouble::NotWritable.into());
    let refusal = rig.world.credhub().set_fault(refusal);
    let failed = bound(&mut rig, "forbidden").await;
    assert_eq!(failed.body["state"], "failed", "{failed:?}");
    let there = p.send(p.fetch_binding(I, "forbidden")).await;
    assert_eq!(there.status, StatusCode::NOT_FOUND, "{there:?}");
    rig.world.credhub().clear_fault(refusal);
    p.accepted(p.unbind(I, "forbidden", Style::Asynchronous)).await;
    rig.drive(&Thing::binding(I, "forbidden"), Fate::default()).await;
    assert_eq!(rig.world.credhub().names(), [name]);
}

#[tokio::test]
async fn d16_a_credential_goes_without_its_user() {
    let world = World::start(secure()).await;
    let p = &world.platform;
    p.provision(I, json!({})).await;
    p.bound(I, "orphaned", json!({})).await;
    let name = World::credential_name(I, "orphaned");
    assert_eq!(
        world.credhub().get(&name).map(|it| it["password"].clone()),
        Some(world.users(I)["orphaned"]["password"].clone())
    );
    // From here on the adapter ends with "no such binding".
    std::fs::remove_file(world.service.users_dir(I).join("orphaned.json")).unwrap();
    let gone = p.send(p.unbind(I, "orphaned", Style::Synchronous)).await;
    assert_eq!(gone.status, StatusCode::GONE, "{gone:?}");
    assert!(world.credhub().names().is_empty() && world.permissions(&name).is_empty());
}
