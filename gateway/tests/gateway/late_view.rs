//! The view hears nothing of the bus any more, while requests to it are answered: who waits looks for himself.
use crate::{
    binder::{POLLS, WAITS, provision, wish},
    config::config_of,
    proxy::Proxy,
    world::{World, config_text, now, send, until},
};
use chandler_process::{Clock, ManualClock, SystemClock};
use chandler_proto::job::Facts;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// With an instance.
async fn through_a_proxy(clock: Arc<dyn Clock>) -> (World, Proxy) {
    let mut world = World::new(0).await;
    let proxy = Proxy::to(&world.nats.url()).await;
    let text = config_text(&format!("nats://{}", proxy.addr));
    let a_minute = text.replace("request_timeout_seconds: 20", "request_timeout_seconds: 60");
    world.start(clock, &config_of(&a_minute)).await;
    provision(&world).await;
    (world, proxy)
}

/// From now on no watch can be built. `pass` lets time pass.
async fn deafen(world: &World, proxy: &Proxy, pass: impl Fn()) {
    proxy.garble("CONSUMER.CREATE");
    let health = &world.gateways[0].health;
    until("the view is late", || async {
        pass();
        let report = serde_json::to_string(&health.report()).unwrap();
        health.is_ready() && report.contains("the view is late")
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_bind_is_read_through_the_leader() {
    let (world, proxy) = through_a_proxy(Arc::new(SystemClock::new())).await;
    deafen(&world, &proxy, || ()).await;
    let request = tokio::spawn(send(world.bind(0, "b", WAITS, &wish(&json!({})))));
    until("the bind is accepted", || world.runs("b", false)).await;
    let answer = json!({ "credentials": { "uri": "kv://x" } });
    world.create("b", &answer).await;
    // Long before the request's own time is over.
    let got = tokio::time::timeout(Duration::from_secs(25), request).await;
    assert_eq!(got.unwrap().unwrap().is(201).body, answer);
}

#[tokio::test]
async fn nothing_that_has_ended_is_called_too_slow() {
    let clock = ManualClock::new(now().0);
    let (world, proxy) = through_a_proxy(Arc::new(clock.clone())).await;
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(202);
    world.create("b", &json!({ "credentials": {} })).await;
    deafen(&world, &proxy, || clock.advance(Duration::from_secs(1))).await;
    let request = tokio::spawn(send(world.unbind(0, "b", WAITS)));
    until("the unbind is accepted", || world.runs("b", true)).await;
    world.leg_done("b", Facts::default()).await;
    // At once: there is no time for a look in between.
    clock.advance(Duration::from_secs(60));
    assert_eq!(request.await.unwrap().is(200).body, json!({}));
}
