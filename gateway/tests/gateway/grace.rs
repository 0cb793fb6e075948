//! Bindings of a platform that polls, whose answers wait a short while for the end of the job. The gateways go by a clock that
//! only the test moves: what is answered while it stands still didn't wait for time.
use crate::{
    binder::{POLLS, WAITS, key, path, provision, wish},
    config::config_of,
    proxy::Proxy,
    world::{Got, World, config_text, now, send, until},
};
use chandler_process::{Clock as _, ManualClock};
use chandler_proto::{
    failure::{Failure, SyncError},
    job::{Event, Facts},
};
use reqwest::RequestBuilder;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How time passes: a small step for each look.
const STEP: Duration = Duration::from_millis(100);

/// What is configured, with a request that may live for a minute; `None` is the default.
fn graceful(url: &str, seconds: Option<u64>) -> String {
    let grace = seconds.map_or_else(String::new, |seconds| format!("binding_grace_seconds: {seconds}, "));
    let text = config_text(url).replace("request_timeout_seconds: 20", "request_timeout_seconds: 60");
    text.replace("binding_grace_seconds: 0, ", &grace)
}

/// So many gateways with one clock, and an instance.
async fn patient(gateways: usize, seconds: Option<u64>) -> (World, ManualClock) {
    let mut world = World::new(0).await;
    let clock = ManualClock::new(now().0);
    let config = config_of(&graceful(&world.nats.url(), seconds));
    for _ in 0..gateways {
        world.start(Arc::new(clock.clone()), &config).await;
    }
    provision(&world).await;
    (world, clock)
}

fn asking(request: RequestBuilder) -> JoinHandle<Got> {
    tokio::spawn(send(request))
}

fn equal(world: &World, gateway: usize) -> RequestBuilder {
    world.bind(gateway, "b", POLLS, &wish(&json!({})))
}

/// A bind that may be asynchronous, accepted.
async fn binding(world: &World) -> JoinHandle<Got> {
    let request = asking(equal(world, 0));
    until("the bind is accepted", || world.runs("b", false)).await;
    assert!(!world.binding("b").await.unwrap().job.synchronous);
    request
}

async fn unbinding(world: &World) -> JoinHandle<Got> {
    let request = asking(world.unbind(0, "b", POLLS));
    until("the unbind is accepted", || world.runs("b", true)).await;
    request
}

/// Lets time pass until somebody is answered.
async fn pass_until(clock: &ManualClock, request: &JoinHandle<Got>) {
    until("the request is answered", || async {
        clock.advance(STEP);
        tokio::task::yield_now().await;
        request.is_finished()
    })
    .await;
}

fn seconds(clock: &ManualClock, since: Duration) -> f64 {
    (clock.monotonic() - since).as_secs_f64()
}

/// The operation that is answered is the job that the record has.
async fn polls_for_it(world: &World, got: &Got) -> String {
    let operation = got.operation();
    let job = world.binding("b").await.unwrap().job.id.to_string();
    assert!(operation.contains(&job), "{operation} isn't {job}");
    assert_eq!(got.body.as_object().unwrap().len(), 1, "{got:?}");
    operation
}

#[tokio::test]
async fn by_default_what_ends_soon_is_answered_as_if_it_were_synchronous() {
    let (world, _still) = patient(2, None).await;
    let request = binding(&world).await;
    let answer = json!({ "credentials": { "uri": "kv://x" } });
    world.create("b", &answer).await;
    assert_eq!(request.await.unwrap().is(201).body, answer);
    assert_eq!(send(equal(&world, 1)).await.is(200).body, answer);

    let request = unbinding(&world).await;
    assert!(!world.binding("b").await.unwrap().job.synchronous);
    world.leg_done("b", Facts::default()).await;
    assert_eq!(request.await.unwrap().is(200).body, json!({}));
    send(world.unbind(1, "b", POLLS)).await.is(410);
    send(world.unbind(1, "unknown", POLLS)).await.is(410);
}

#[tokio::test]
async fn an_unbind_of_what_the_adapter_does_not_know_is_gone() {
    let (world, _still) = patient(1, None).await;
    let request = binding(&world).await;
    world.create("b", &json!({ "credentials": {} })).await;
    request.await.unwrap().is(201);
    let request = unbinding(&world).await;
    let facts = Facts {
        was_gone: Some(true),
        ..Facts::default()
    };
    world.leg_done("b", facts).await;
    request.await.unwrap().is(410);
}

#[tokio::test]
async fn with_0_it_is_polled_at_once() {
    let (world, _still) = patient(1, Some(0)).await;
    let got = send(equal(&world, 0)).await;
    polls_for_it(&world, &got).await;
    assert!(world.runs("b", false).await);
    world.create("b", &json!({ "credentials": {} })).await;
    let got = send(world.unbind(0, "b", POLLS)).await;
    polls_for_it(&world, &got).await;
    assert!(world.runs("b", true).await);
}

#[tokio::test]
async fn what_takes_longer_is_polled_and_goes_on() {
    for (configured, least) in [(None, 10.0), (Some(3), 3.0)] {
        let (world, clock) = patient(1, configured).await;
        let began = clock.monotonic();
        let request = binding(&world).await;
        pass_until(&clock, &request).await;
        // Long before the end of a request.
        let took = seconds(&clock, began);
        assert!((least..45.0).contains(&took), "{configured:?}: {took}");
        let operation = polls_for_it(&world, &request.await.unwrap()).await;
        assert!(world.runs("b", false).await, "nothing is taken back");
        world.create("b", &json!({ "credentials": {} })).await;
        let poll = world.ended_by(|| world.poll_binding(0, "b", &operation)).await;
        assert_eq!(poll.state(), "succeeded");

        let began = clock.monotonic();
        let request = unbinding(&world).await;
        pass_until(&clock, &request).await;
        let took = seconds(&clock, began);
        assert!((least..45.0).contains(&took), "{configured:?}: {took}");
        let operation = polls_for_it(&world, &request.await.unwrap()).await;
        world.leg_done("b", Facts::default()).await;
        world.ended_by(|| world.poll_binding(0, "b", &operation)).await.is(410);
    }
}

#[tokio::test]
async fn a_failure_is_told_to_the_poll_that_follows_at_once() {
    let (world, _still) = patient(1, None).await;
    for error in [
        Some(SyncError::RequiresApp),
        Some(SyncError::Conflict),
        Some(SyncError::Gone),
        None,
    ] {
        let request = binding(&world).await;
        let failure = Failure {
            error,
            ..Failure::new("said to people", "said to operators")
        };
        world.turn_at(&key("b"), Event::Failed(failure)).await;
        let operation = polls_for_it(&world, &request.await.unwrap()).await;
        let poll = world.ended_by(|| world.poll_binding(0, "b", &operation)).await;
        assert_eq!(
            (poll.state(), poll.body["description"].as_str()),
            ("failed", Some("said to people")),
            "{error:?}"
        );
    }
    let request = unbinding(&world).await;
    world
        .turn_at(&key("b"), Event::Failed(Failure::new("still there", "exit 1")))
        .await;
    let operation = polls_for_it(&world, &request.await.unwrap()).await;
    let poll = world.ended_by(|| world.poll_binding(0, "b", &operation)).await;
    assert_eq!(
        (poll.state(), &poll.body["description"]),
        ("failed", &json!("still there"))
    );
}

#[tokio::test]
async fn a_bind_that_a_delete_ends_is_polled() {
    let (world, _still) = patient(2, None).await;
    let request = binding(&world).await;
    let bind = world.binding("b").await.unwrap().job.id;
    let unbind = asking(world.unbind(1, "b", POLLS));
    let operation = request.await.unwrap().operation();
    assert!(operation.contains(&bind.to_string()), "{operation}");
    let poll = send(world.poll_binding(0, "b", &operation)).await;
    assert_eq!(poll.state(), "failed");
    world.leg_done("b", Facts::default()).await;
    unbind.await.unwrap().is(200);
}

#[tokio::test]
async fn a_repeat_waits_as_well_and_has_its_own_time() {
    let (world, clock) = patient(2, None).await;
    let began = clock.monotonic();
    let first = binding(&world).await;
    until("half of it is over", || async {
        clock.advance(STEP);
        seconds(&clock, began) >= 5.0
    })
    .await;
    let second_began = clock.monotonic();
    let second = asking(equal(&world, 1));
    pass_until(&clock, &first).await;
    let operation = polls_for_it(&world, &first.await.unwrap()).await;
    pass_until(&clock, &second).await;
    assert!(seconds(&clock, second_began) >= 10.0);
    assert_eq!(second.await.unwrap().operation(), operation);

    let answer = json!({ "credentials": {} });
    world.create("b", &answer).await;
    // Of two that wait one has made it.
    for (id, query) in [("third", POLLS), ("fourth", WAITS)] {
        let ask = |gateway: usize, query: &str| asking(world.bind(gateway, id, query, &wish(&json!({}))));
        let made = ask(0, POLLS);
        until("the bind is accepted", || world.runs(id, false)).await;
        let repeat = ask(1, query);
        until("it is written down that somebody else waits", || async {
            world.binding(id).await.unwrap().job.accepted_revision.is_some()
        })
        .await;
        world.create(id, &answer).await;
        assert_eq!(made.await.unwrap().is(201).body, answer);
        let got = repeat.await.unwrap();
        assert_eq!(got.is(200).body, answer, "it is another request's job");
    }
    let first = unbinding(&world).await;
    let second = asking(world.unbind(1, "b", POLLS));
    until("it is written down that somebody else waits", || async {
        world.binding("b").await.unwrap().job.accepted_revision.is_some()
    })
    .await;
    world.leg_done("b", Facts::default()).await;
    for request in [first, second] {
        assert_eq!(request.await.unwrap().is(200).body, json!({}));
    }
}

#[tokio::test]
async fn a_shutdown_does_not_wait() {
    let (mut world, _still) = patient(2, None).await;
    let request = binding(&world).await;
    world.gateways[0].shutdown.cancel();
    let got = tokio::time::timeout(Duration::from_secs(10), request).await;
    let operation = polls_for_it(&world, &got.unwrap().unwrap()).await;
    let stopped = world.gateways.remove(0);
    tokio::time::timeout(Duration::from_secs(10), stopped.task)
        .await
        .unwrap()
        .unwrap();
    // Another gateway answers the polls.
    world.create("b", &json!({ "credentials": {} })).await;
    let poll = world.ended_by(|| world.poll_binding(0, "b", &operation)).await;
    assert_eq!(poll.state(), "succeeded");
}

#[tokio::test]
async fn who_hangs_up_changes_nothing() {
    let (world, clock) = patient(1, None).await;
    let connections = |n: usize| {
        let line = format!("chandler_gateway_connections {n}");
        let registry = world.gateways[0].registry.clone();
        move || {
            let there = registry.encode().lines().any(|it| it == line);
            async move { there }
        }
    };
    until("nobody is connected", connections(0)).await;
    let http2 = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let url = format!("http://{}{}?{POLLS}", world.gateways[0].addr, path("b"));
    let request = http2
        .put(url)
        .basic_auth("broker", Some("p:ss"))
        .header("X-Broker-API-Version", "2.17")
        .json(&wish(&json!({})));
    let request = asking(request);
    until("the bind is accepted", || world.runs("b", false)).await;
    until("it is connected", connections(1)).await;
    let (bind, revision) = world.record_at(&key("b")).await.unwrap();
    drop(http2);
    request.abort();
    until("the gateway has seen that nobody is there", connections(0)).await;
    clock.advance(Duration::from_secs(20));
    // It is still the same, and whoever asks for it waits for it.
    assert_eq!(world.record_at(&key("b")).await.unwrap(), (bind, revision));
    let again = asking(equal(&world, 0));
    world.create("b", &json!({ "credentials": {} })).await;
    again.await.unwrap().is(200);
}

#[tokio::test]
async fn when_nobody_can_tell_whether_it_has_ended_it_is_polled() {
    let mut world = World::new(0).await;
    let clock = ManualClock::new(now().0);
    let proxy = Proxy::to(&world.nats.url()).await;
    let config = config_of(&graceful(&format!("nats://{}", proxy.addr), None));
    world.start(Arc::new(clock.clone()), &config).await;
    provision(&world).await;
    let began = clock.monotonic();
    let request = binding(&world).await;
    // It hears of the end, and then nobody answers its question.
    proxy.mute_from("GET");
    world.create("b", &json!({ "credentials": {} })).await;
    until("the bus is silent", || async { proxy.is_mute() }).await;
    pass_until(&clock, &request).await;
    let took = seconds(&clock, began);
    assert!((10.0..45.0).contains(&took), "{took}");
    let operation = request.await.unwrap().operation();
    proxy.open();
    let poll = world.ended_by(|| world.poll_binding(0, "b", &operation)).await;
    assert_eq!(poll.state(), "succeeded");
}
