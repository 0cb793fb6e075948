//! The answer to an accept is lost: nothing stays half accepted, and nothing that somebody was told of is taken back.
use crate::{
    binder::{POLLS, WAITS, path, provision, wish},
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
    let (world, proxy) = through_a_proxy().await;
    proxy.mute_from(&format!("PUB $KV.chandler-records.instance.{id} "));
    (world, proxy)
}

async fn through_a_proxy() -> (World, Proxy) {
    let mut world = World::new(0).await;
    let proxy = Proxy::to(&world.nats.url()).await;
    world
        .gateway_at(Arc::new(SystemClock::new()), &format!("nats://{}", proxy.addr))
        .await;
    world.gateway(Arc::new(SystemClock::new())).await;
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

#[tokio::test]
async fn a_bind_that_nobody_was_told_of_is_taken_back() {
    for query in [POLLS, WAITS] {
        let (world, proxy) = through_a_proxy().await;
        provision(&world).await;
        proxy.mute_from("PUB $KV.chandler-records.binding.i.b ");
        send(world.bind(0, "b", query, &wish(&json!({})))).await.is(503);
        assert!(world.runs("b", false).await, "it was stored all the same");
        proxy.open();
        until("it is taken back", || async {
            world.binding("b").await.unwrap().gone()
        })
        .await;
        send(world.unbind(1, "b", POLLS)).await.is(410);
    }
}

#[tokio::test]
async fn a_bind_whose_client_hung_up_is_taken_back_once() {
    let (world, proxy) = through_a_proxy().await;
    provision(&world).await;
    let http2 = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let url = format!("http://{}{}?{WAITS}", world.gateways[0].addr, path("b"));
    let request = http2
        .put(url)
        .basic_auth("broker", Some("p:ss"))
        .json(&wish(&json!({})));
    let request = tokio::spawn(send(request.header("X-Broker-API-Version", "2.17")));
    until("the bind is accepted", || world.runs("b", false)).await;
    let bind = world.binding("b").await.unwrap().job.id;
    proxy.mute_from("PUB $KV.chandler-records.binding.i.b ");
    request.abort();
    until("the unbind is stored", || world.runs("b", true)).await;
    assert!(proxy.is_mute(), "and the gateway doesn't know");
    proxy.open();
    let unbind = world.binding("b").await.unwrap();
    let mut wakes = world.bus.wakes("binding", Lane::User).await.unwrap();
    let rung = async {
        loop {
            let got = wakes.fetch(1, Duration::from_secs(1)).await.unwrap();
            if got
                .iter()
                .any(|delivery| delivery.as_ref().unwrap().wake.job == unbind.job.id.to_string())
            {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), rung).await.unwrap();
    let record = world.binding("b").await.unwrap();
    assert_eq!(
        (record.job.id, record.before.map(|past| past.job)),
        (unbind.job.id, Some(bind)),
        "one unbind, over the bind"
    );
}
