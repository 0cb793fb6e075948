//! A gateway that dies, or hears nothing, before it has decided: no limit is exceeded, and nothing is left for good.
use crate::{
    proxy::Proxy,
    quotas::{LARGE, change, limited, make, of, refused, rings, too_many},
    world::{PLAN, World, now, send, until},
};
use chandler_process::{ManualClock, SystemClock};
use chandler_proto::{operation::Operation, records::Phase};
use reqwest::Method;
use std::{sync::Arc, time::Duration};

const ONE: &str = "service_instance_limit: 1";
/// In the second write of a provision, or of a change.
const ADMITTED: &str = r#""phase":"admitted""#;
const GONE: &str = r#""phase":{"gone""#;

/// There may be one of each plan. Gateway 0 is behind the proxy; 1 goes by the clock.
async fn through_a_proxy() -> (World, Proxy, ManualClock) {
    let mut world = World::new(0).await;
    let proxy = Proxy::to(&world.nats.url()).await;
    let clock = ManualClock::new(now().0);
    let far = limited(&format!("nats://{}", proxy.addr), ONE, ONE, "");
    let near = limited(&world.nats.url(), ONE, ONE, "");
    world.start(Arc::new(SystemClock::new()), &far).await;
    world.start(Arc::new(clock.clone()), &near).await;
    (world, proxy, clock)
}
/// Gateway 0 writes `i` undecided and is never heard of again, until the proxy is opened.
async fn half_done() -> (World, Proxy, ManualClock) {
    let (world, proxy, clock) = through_a_proxy().await;
    proxy.mute_from("PUB $KV.chandler-records.instance.i ");
    send(world.put(0, "i", &of(PLAN))).await.is(503);
    assert_eq!(world.record("i").await.unwrap().0.phase, Phase::Pending);
    (world, proxy, clock)
}
/// The same with a change of the plan. The record as it was is told, too.
async fn half_changed() -> (World, Proxy, ManualClock, chandler_proto::records::Record) {
    let (world, proxy, clock) = through_a_proxy().await;
    make(&world, "i", PLAN).await;
    let (before, _) = world.record("i").await.unwrap();
    rings(&world).await;
    proxy.mute_from("PUB $KV.chandler-records.instance.i ");
    send(world.patch(0, "i", &change(LARGE))).await.is(503);
    assert!(world.record("i").await.unwrap().0.job.undecided.is_some());
    (world, proxy, clock, before)
}
async fn gone(world: &World, id: &str) -> bool {
    world.record(id).await.unwrap().0.gone()
}
async fn settled(world: &World) {
    let registry = &world.gateways[0].registry;
    until("the gateway has looked", || async {
        registry.encode().contains("chandler_gateway_settled_total{")
    })
    .await;
}

#[tokio::test]
async fn what_nobody_decides_counts_until_the_sweep_gives_it_up() {
    let (world, _proxy, clock) = half_done().await;
    refused(&send(world.put(1, "j", &of(PLAN))).await, 400, &too_many(1));
    let poll = world.ask(1, Method::GET, "/v2/service_instances/i/last_operation");
    assert_eq!(send(poll).await.state(), "in progress");
    until("it is given up", || async {
        clock.advance(Duration::from_secs(5));
        gone(&world, "i").await
    })
    .await;
    send(world.put(1, "k", &of(PLAN))).await.is(202);
    assert_eq!(rings(&world).await, 1, "only for the one that was admitted");
}

#[tokio::test]
async fn a_repeat_decides_it_and_then_nobody_takes_it_back() {
    let (world, proxy, _clock) = half_done().await;
    let operation = send(world.put(1, "i", &of(PLAN))).await.operation();
    proxy.open();
    settled(&world).await;
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!((&record.phase, rings(&world).await), (&Phase::Admitted, 1));
    until("the gateway is back", || async {
        send(world.put(0, "i", &of(PLAN))).await.status == 202
    })
    .await;
    assert_eq!(send(world.put(0, "i", &of(PLAN))).await.operation(), operation);
    refused(&send(world.put(1, "j", &of(PLAN))).await, 400, &too_many(1));
}

#[tokio::test]
async fn a_repeat_refuses_it_where_others_came_before() {
    let (world, proxy, _clock) = through_a_proxy().await;
    send(world.put(1, "first", &of(PLAN))).await.is(202);
    proxy.mute_from("PUB $KV.chandler-records.instance.i ");
    send(world.put(0, "i", &of(PLAN))).await.is(503);
    refused(&send(world.put(1, "i", &of(PLAN))).await, 400, &too_many(1));
    assert!(gone(&world, "i").await);
    proxy.open();
    settled(&world).await;
    assert!(gone(&world, "i").await);
}

#[tokio::test]
async fn a_delete_ends_it_at_once() {
    let (world, proxy, _clock) = half_done().await;
    send(world.delete(1, "i")).await.is(410);
    assert!(gone(&world, "i").await);
    send(world.put(1, "j", &of(PLAN))).await.is(202);
    proxy.open();
    settled(&world).await;
    assert!(gone(&world, "i").await);
    send(world.get(1, "i")).await.is(404);
}

#[tokio::test]
async fn who_hears_again_takes_back_what_it_wrote() {
    let (world, proxy, _clock) = half_done().await;
    proxy.open();
    until("it is taken back", || async { gone(&world, "i").await }).await;
    send(world.put(1, "j", &of(PLAN))).await.is(202);
}

#[tokio::test]
async fn an_admission_that_nobody_was_told_of_is_taken_back() {
    let (world, proxy, _clock) = through_a_proxy().await;
    proxy.mute_from(ADMITTED);
    send(world.put(0, "i", &of(PLAN))).await.is(503);
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(record.phase, Phase::Admitted, "it was stored all the same");
    refused(&send(world.put(1, "j", &of(PLAN))).await, 400, &too_many(1));
    proxy.open();
    until("it is taken back", || async { gone(&world, "i").await }).await;
    assert_eq!(rings(&world).await, 0);
    send(world.put(1, "k", &of(PLAN))).await.is(202);
}

#[tokio::test]
async fn an_admission_that_somebody_else_told_of_stays() {
    let (world, proxy, _clock) = through_a_proxy().await;
    proxy.mute_from(ADMITTED);
    send(world.put(0, "i", &of(PLAN))).await.is(503);
    let operation = send(world.put(1, "i", &of(PLAN))).await.operation();
    proxy.open();
    settled(&world).await;
    assert_eq!(send(world.put(1, "i", &of(PLAN))).await.operation(), operation);
    assert_eq!(world.record("i").await.unwrap().0.phase, Phase::Admitted);
}

#[tokio::test]
async fn a_refusal_whose_answer_is_lost_leaves_nothing() {
    let (world, proxy, _clock) = through_a_proxy().await;
    send(world.put(1, "first", &of(PLAN))).await.is(202);
    proxy.mute_from(GONE);
    send(world.put(0, "i", &of(PLAN))).await.is(503);
    let (refused, _) = world.record("i").await.unwrap();
    assert!(refused.gone());
    proxy.open();
    settled(&world).await;
    assert_eq!(world.record("i").await.unwrap().0, refused);
}

#[tokio::test]
async fn nobody_counts_before_the_view_has_come_so_far() {
    let (world, proxy, _clock) = through_a_proxy().await;
    proxy.hold("$KV.chandler-records.");
    send(world.put(1, "j", &of(PLAN))).await.is(202);
    let late = tokio::spawn(send(world.put(0, "i", &of(PLAN))));
    until("it is written undecided", || async {
        world
            .record("i")
            .await
            .is_some_and(|(record, _)| record.phase == Phase::Pending)
    })
    .await;
    // Time enough for who wouldn't wait to decide.
    send(world.put(1, "k", &of(PLAN))).await.is(400);
    assert_eq!(world.record("i").await.unwrap().0.phase, Phase::Pending);
    proxy.open();
    refused(&late.await.unwrap(), 400, &too_many(1));
}

#[tokio::test]
async fn a_view_that_hears_nothing_decides_nothing() {
    let (world, proxy, _clock) = through_a_proxy().await;
    proxy.garble("CONSUMER.CREATE");
    let health = &world.gateways[0].health;
    until("the view is late", || async {
        let report = serde_json::to_string(&health.report()).unwrap();
        health.is_ready() && report.contains("the view is late")
    })
    .await;
    send(world.put(1, "unseen", &of(PLAN))).await.is(202);
    send(world.put(0, "i", &of(PLAN))).await.is(503);
    until("it is taken back", || async { gone(&world, "i").await }).await;
    proxy.open();
    until("the view is fresh", || async {
        send(world.put(0, "j", &of(PLAN))).await.status == 400
    })
    .await;
}

#[tokio::test]
async fn a_change_that_nobody_decides_is_taken_back_as_if_it_had_never_been() {
    let (world, _proxy, clock, before) = half_changed().await;
    let poll = || world.ask(1, Method::GET, "/v2/service_instances/i/last_operation");
    assert_eq!(send(poll()).await.state(), "in progress");
    assert_eq!(send(world.get(1, "i")).await.is(200).body["plan_id"], PLAN);
    refused(&send(world.put(1, "j", &of(LARGE))).await, 400, &too_many(1));
    until("it is taken back", || async {
        clock.advance(Duration::from_secs(5));
        world.record("i").await.unwrap().0 == before
    })
    .await;
    until("the view knows", || async {
        send(poll()).await.body["description"] == "Instance provisioning completed"
    })
    .await;
    assert_eq!(rings(&world).await, 0, "no worker was called");
    send(world.put(1, "k", &of(LARGE))).await.is(202);
}

#[tokio::test]
async fn who_hears_again_takes_its_change_back() {
    let (world, proxy, _clock, before) = half_changed().await;
    proxy.open();
    until("it is taken back", || async {
        world.record("i").await.unwrap().0 == before
    })
    .await;
    assert_eq!(rings(&world).await, 0);
}

#[tokio::test]
async fn an_admitted_change_that_nobody_was_told_of_is_taken_back() {
    let (world, proxy, _clock) = through_a_proxy().await;
    make(&world, "i", PLAN).await;
    let (before, _) = world.record("i").await.unwrap();
    // The answer to the first write has come when the second is on its way: it alone is without this member.
    proxy.mute_after("PUB $KV.chandler-records.instance.i ", 2);
    send(world.patch(0, "i", &change(LARGE))).await.is(503);
    let (record, _) = world.record("i").await.unwrap();
    assert!(
        record.job.operation == Operation::Update && record.unfinished(),
        "it was stored all the same"
    );
    proxy.open();
    until("it is taken back", || async {
        world.record("i").await.unwrap().0 == before
    })
    .await;
}

#[tokio::test]
async fn a_repeated_change_is_decided_and_a_delete_replaces_it() {
    let (world, proxy, _clock, _) = half_changed().await;
    let operation = send(world.patch(1, "i", &change(LARGE))).await.operation();
    proxy.open();
    settled(&world).await;
    let (record, _) = world.record("i").await.unwrap();
    assert!(record.unfinished() && operation.contains(&record.job.id.to_string()));

    let (world, proxy, _clock, before) = half_changed().await;
    send(world.delete(1, "i")).await.is(202);
    proxy.open();
    settled(&world).await;
    let (record, _) = world.record("i").await.unwrap();
    assert!(record.job.operation.deletes() && record.unfinished() && record.in_force == before.in_force);
    send(world.put(1, "j", &of(LARGE))).await.is(202);
}
