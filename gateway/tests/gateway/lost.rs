//! The answer to an accept is lost: nothing stays half accepted, and nothing that somebody was told of is taken back.
use crate::{
    proxy::Proxy,
    world::{World, body, send, until},
};
use chandler_process::SystemClock;
use chandler_proto::{
    layout::{Lane, instance_key},
    records::Phase,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Gateway 0 loses the answer to its write of `id`; gateway 1 sees everything.
async fn losing(id: &str) -> (World, Proxy) {
    let mut world = World::new(0).await;
    let proxy = Proxy::to(&world.nats.url()).await;
    world
        .gateway_at(Arc::new(SystemClock::new()), &format!("nats://{}", proxy.addr))
        .await;
    world.gateway(Arc::new(SystemClock::new())).await;
    proxy.mute_from(&format!("PUB $KV.chandler-records.instance.{id} "));
    (world, proxy)
}

#[tokio::test]
async fn a_provision_that_nobody_was_told_of_is_taken_back() {
    let (world, proxy) = losing("i").await;
    let mut wakes = world.bus.wakes("provisioning", Lane::User).await.unwrap();
    send(world.put(0, "i", &body(json!({})))).await.is(503);
    assert!(proxy.is_mute());
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(record.phase, Phase::Admitted, "it was stored all the same");
    proxy.open();
    until("it is taken back", || async {
        world.record("i").await.unwrap().0.gone()
    })
    .await;
    let (record, _) = world.record("i").await.unwrap();
    assert!(record.job.sealed.is_empty() && !record.unfinished());
    send(world.get(1, "i")).await.is(404);
    send(world.delete(1, "i")).await.is(410);
    assert!(
        wakes.fetch(1, Duration::from_millis(100)).await.unwrap().is_empty(),
        "nobody was rung"
    );
}

#[tokio::test]
async fn a_delete_that_nobody_was_told_of_leaves_the_instance_as_it_was() {
    let (world, proxy) = losing("i").await;
    send(world.put(1, "i", &body(json!({})))).await.is(202);
    world.finish("i").await;
    let (before, _) = world.record("i").await.unwrap();
    send(world.delete(0, "i")).await.is(503);
    assert!(
        world.record("i").await.unwrap().0.job.operation.deletes(),
        "it was stored all the same"
    );
    proxy.open();
    until("it is taken back", || async {
        world.record("i").await.unwrap().0 == before
    })
    .await;
    send(world.get(0, "i")).await.is(200);
}

#[tokio::test]
async fn what_another_gateway_told_of_stays() {
    let (world, proxy) = losing("i").await;
    send(world.put(0, "i", &body(json!({})))).await.is(503);
    let operation = send(world.put(1, "i", &body(json!({})))).await.operation();
    proxy.open();
    let registry = &world.gateways[0].registry;
    until("the gateway has looked", || async {
        registry.encode().contains("chandler_gateway_settled_total{")
    })
    .await;
    assert_eq!(world.record("i").await.unwrap().0.phase, Phase::Admitted);
    assert_eq!(send(world.put(0, "i", &body(json!({})))).await.operation(), operation);
}

#[tokio::test]
async fn what_cannot_be_read_is_looked_at_once() {
    let (world, proxy) = losing("i").await;
    send(world.put(0, "i", &body(json!({})))).await.is(503);
    let (_, revision) = world.record("i").await.unwrap();
    let nonsense = "from another world".into();
    world.bus.write(&instance_key("i"), nonsense, revision).await.unwrap();
    proxy.open();
    let registry = &world.gateways[0].registry;
    until("the gateway gives it up", || async {
        registry
            .encode()
            .contains(r#"chandler_gateway_settled_total{outcome="left"} 1"#)
    })
    .await;
}
