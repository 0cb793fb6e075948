//! The sweep, by a clock that the test moves.
use crate::{
    binder::{POLLS, key, provision, wish},
    world::{World, body, now, send, until},
};
use chandler_bus::{Rung, Wake};
use chandler_process::ManualClock;
use chandler_proto::{
    layout::{Lane, instance_key},
    records::Phase,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

async fn moved() -> (World, ManualClock) {
    let mut world = World::new(0).await;
    let clock = ManualClock::new(now().0);
    world.gateway(Arc::new(clock.clone())).await;
    (world, clock)
}

#[tokio::test]
async fn a_job_that_nobody_rang_is_rung() {
    let (world, clock) = moved().await;
    send(world.put(0, "i", &body(json!({})))).await.is(202);
    // Another job under the same record, as a gateway leaves it that dies before it rings.
    let (mut record, revision) = world.record("i").await.unwrap();
    record.job.id = chandler_proto::ids::JobId(uuid::Uuid::now_v7());
    let revision = world
        .bus
        .write(&instance_key("i"), record.bytes().into(), revision)
        .await
        .unwrap();
    let text = |world: &World| world.gateways[0].registry.encode();
    until("the sweep rings", || async {
        clock.advance(Duration::from_secs(5));
        tokio::task::yield_now().await;
        text(&world).contains(r#"chandler_gateway_sweep_total{action="rang"} 1"#)
    })
    .await;
    let wake = Wake {
        worker: "provisioning".into(),
        lane: Lane::User,
        job: record.job.id.to_string(),
        leg: 0,
        key: record.key(),
        revision,
        traceparent: None,
        tracestate: None,
    };
    assert_eq!(world.bus.wake(&wake).await.unwrap(), Rung::Already);
}

#[tokio::test]
async fn jobs_of_bindings_are_swept_too() {
    let (world, clock) = moved().await;
    provision(&world).await;
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(202);
    send(world.unbind(0, "stray", POLLS)).await.is(410);
    let (mut record, revision) = world.record_at(&key("b")).await.unwrap();
    record.job.id = chandler_proto::ids::JobId(uuid::Uuid::now_v7());
    let revision = world
        .bus
        .write(&key("b"), record.bytes().into(), revision)
        .await
        .unwrap();
    let text = |world: &World| world.gateways[0].registry.encode();
    until("the sweep rings", || async {
        clock.advance(Duration::from_secs(5));
        tokio::task::yield_now().await;
        text(&world).contains(r#"chandler_gateway_sweep_total{action="rang"} 1"#)
    })
    .await;
    let wake = Wake::of(&record, revision).unwrap();
    assert_eq!(
        (wake.worker.as_str(), world.bus.wake(&wake).await.unwrap()),
        ("binding", Rung::Already)
    );
    clock.advance(Duration::from_secs(3600));
    until("the stray one is removed", || async {
        clock.advance(Duration::from_secs(5));
        world.record_at(&key("stray")).await.is_none()
    })
    .await;
}

#[tokio::test]
async fn stray_marks_go_after_an_hour_and_undecided_records_after_a_minute() {
    let (world, clock) = moved().await;
    send(world.delete(0, "stray")).await.is(410);
    send(world.put(0, "undecided", &body(json!({})))).await.is(202);
    let (mut record, revision) = world.record("undecided").await.unwrap();
    record.phase = Phase::Pending;
    world
        .bus
        .write(&instance_key("undecided"), record.bytes().into(), revision)
        .await
        .unwrap();
    until("the undecided one is given up", || async {
        clock.advance(Duration::from_secs(5));
        world.record("undecided").await.unwrap().0.gone()
    })
    .await;
    assert!(
        world.record("stray").await.is_some(),
        "it is too early for the stray one"
    );
    clock.advance(Duration::from_secs(3600));
    until("the stray one is removed", || async {
        clock.advance(Duration::from_secs(5));
        world.record("stray").await.is_none()
    })
    .await;
    assert!(
        world.bus.read(&instance_key("stray")).await.unwrap().revision > 0,
        "a delete marker stays"
    );
    until("the view knows", || async {
        send(world.put(0, "stray", &body(json!({})))).await.status == 202
    })
    .await;
}
