//! Bindings of a platform that can't poll: its request waits for the end.
use crate::{
    binder::{POLLS, WAITS, key, path, provision, provisioned, wish},
    world::{Got, World, now, send, until},
};
use chandler_process::ManualClock;
use chandler_proto::{
    failure::{Failure, SyncError},
    job::{Event, Facts},
};
use reqwest::RequestBuilder;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

fn asking(request: RequestBuilder) -> JoinHandle<Got> {
    tokio::spawn(send(request))
}

/// A bind that waits, accepted.
async fn waiting(world: &World, binding: &str) -> JoinHandle<Got> {
    let request = asking(world.bind(0, binding, WAITS, &wish(&json!({}))));
    until("the bind is accepted", || world.runs(binding, false)).await;
    request
}

#[tokio::test]
async fn a_bind_is_answered_when_it_has_ended_and_so_is_an_unbind() {
    let world = provisioned(2).await;
    let request = waiting(&world, "b").await;
    assert!(world.binding("b").await.unwrap().job.synchronous);
    let answer = json!({ "credentials": { "uri": "kv://x" } });
    world.create("b", &answer).await;
    assert_eq!(request.await.unwrap().is(201).body, answer);
    for query in [WAITS, "", POLLS] {
        let again = send(world.bind(1, "b", query, &wish(&json!({})))).await;
        assert_eq!(again.is(200).body, answer, "{query}");
    }
    assert_eq!(send(world.fetch(1, "b")).await.is(200).body, answer);

    let request = asking(world.unbind(0, "b", WAITS));
    until("the unbind is accepted", || world.runs("b", true)).await;
    assert!(world.binding("b").await.unwrap().job.synchronous);
    let second = asking(world.unbind(1, "b", ""));
    until("it is written down that somebody else waits", || async {
        world.binding("b").await.unwrap().job.accepted_revision.is_some()
    })
    .await;
    assert!(
        world.binding("b").await.unwrap().job.synchronous,
        "an unbind isn't taken back"
    );
    world.leg_done("b", Facts::default()).await;
    for request in [request, second] {
        assert_eq!(request.await.unwrap().is(200).body, json!({}));
    }
    send(world.unbind(1, "b", WAITS)).await.is(410);
}

#[tokio::test]
async fn an_unbind_of_what_the_adapter_does_not_know_is_gone() {
    let world = provisioned(1).await;
    let request = waiting(&world, "b").await;
    world.create("b", &json!({ "credentials": {} })).await;
    request.await.unwrap().is(201);
    let request = asking(world.unbind(0, "b", WAITS));
    until("the unbind is accepted", || world.runs("b", true)).await;
    let facts = Facts {
        was_gone: Some(true),
        ..Facts::default()
    };
    world.leg_done("b", facts).await;
    request.await.unwrap().is(410);
    send(world.unbind(0, "unknown", WAITS)).await.is(410);
}

#[tokio::test]
async fn failures_have_their_codes() {
    let world = provisioned(1).await;
    for (binding, error, status, code) in [
        ("a", Some(SyncError::RequiresApp), 422, "RequiresApp"),
        ("b", Some(SyncError::Conflict), 409, ""),
        ("c", Some(SyncError::Gone), 410, ""),
        ("d", None, 500, ""),
    ] {
        let request = waiting(&world, binding).await;
        let failure = Failure {
            error,
            ..Failure::new("said to people", "said to operators")
        };
        world.turn_at(&key(binding), Event::Failed(failure)).await;
        let got = request.await.unwrap();
        assert_eq!(
            (got.is(status).error(), got.body["description"].as_str()),
            (code, Some("said to people"))
        );
        assert!(!world.runs(binding, true).await, "the platform's DELETE tidies up");
    }
    let request = asking(world.unbind(0, "d", WAITS));
    until("the unbind is accepted", || world.runs("d", true)).await;
    let failure = Failure::new("still there", "exit 1");
    world.turn_at(&key("d"), Event::Failed(failure)).await;
    assert_eq!(request.await.unwrap().is(500).body["description"], "still there");
}

#[tokio::test]
async fn an_equal_bind_waits_for_the_same_job() {
    let world = provisioned(2).await;
    let first = waiting(&world, "b").await;
    let job = world.binding("b").await.unwrap().job.id;
    let second = asking(world.bind(1, "b", WAITS, &wish(&json!({}))));
    until("it is written down that somebody else waits", || async {
        !world.binding("b").await.unwrap().job.synchronous
    })
    .await;
    world.create("b", &json!({ "credentials": {} })).await;
    first.await.unwrap().is(201);
    second.await.unwrap().is(200);
    assert_eq!(world.binding("b").await.unwrap().job.id, job);
}

#[tokio::test]
async fn a_delete_ends_the_wait_of_a_bind() {
    let world = provisioned(2).await;
    let request = waiting(&world, "b").await;
    send(world.unbind(1, "b", POLLS)).await.is(202);
    let got = request.await.unwrap();
    assert_eq!(got.is(422).error(), "ConcurrencyError");
    assert!(world.runs("b", true).await);
}

/// A world whose gateway goes by a clock that the test moves, with an instance.
async fn moved() -> (World, ManualClock) {
    let mut world = World::new(0).await;
    let clock = ManualClock::new(now().0);
    world.gateway(Arc::new(clock.clone())).await;
    provision(&world).await;
    (world, clock)
}

async fn answered_by(clock: &ManualClock, request: JoinHandle<Got>) -> Got {
    until("the request is answered", || async {
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        request.is_finished()
    })
    .await;
    request.await.unwrap()
}

#[tokio::test]
async fn a_bind_that_takes_too_long_gives_way_to_an_unbind() {
    let (world, clock) = moved().await;
    let request = waiting(&world, "b").await;
    let bind = world.binding("b").await.unwrap();
    let got = answered_by(&clock, request).await;
    let text = got.is(504).body["description"].as_str().unwrap();
    assert!(
        text.starts_with("The service binding could not be created in time"),
        "{text}"
    );
    let unbind = world.binding("b").await.unwrap();
    assert!(world.runs("b", true).await && !unbind.job.synchronous);
    assert_eq!(unbind.before.map(|past| past.job), Some(bind.job.id));
    let operation = send(world.unbind(0, "b", POLLS)).await.operation();
    assert!(
        operation.contains(&unbind.job.id.to_string()),
        "the platform's DELETE finds it running"
    );
}

#[tokio::test]
async fn a_bind_that_somebody_else_was_told_of_goes_on() {
    let (world, clock) = moved().await;
    let request = waiting(&world, "b").await;
    let operation = send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.operation();
    answered_by(&clock, request).await.is(504);
    assert!(world.runs("b", false).await);
    world.create("b", &json!({ "credentials": {} })).await;
    let poll = world.ended_by(|| world.poll_binding(0, "b", &operation)).await;
    assert_eq!(poll.state(), "succeeded");
}

#[tokio::test]
async fn an_unbind_that_takes_too_long_goes_on() {
    let (world, clock) = moved().await;
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(202);
    world.create("b", &json!({ "credentials": {} })).await;
    let request = asking(world.unbind(0, "b", WAITS));
    until("the unbind is accepted", || world.runs("b", true)).await;
    let job = world.binding("b").await.unwrap().job.id;
    let got = answered_by(&clock, request).await;
    let text = got.is(504).body["description"].as_str().unwrap();
    assert!(
        text.starts_with("The service binding could not be deleted in time"),
        "{text}"
    );
    assert_eq!(world.binding("b").await.unwrap().job.id, job);
    world.leg_done("b", Facts::default()).await;
    send(world.unbind(0, "b", WAITS)).await.is(410);
}

/// Long before the request's own time is over.
async fn taken_back(world: &World) {
    let taken_back = until("it is taken back", || world.runs("b", true));
    tokio::time::timeout(Duration::from_secs(10), taken_back).await.unwrap();
}

#[tokio::test]
async fn a_bind_whose_client_hangs_up_is_taken_back() {
    let world = provisioned(1).await;
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
    let request = asking(request.header("X-Broker-API-Version", "2.17"));
    until("the bind is accepted", || world.runs("b", false)).await;
    request.abort();
    taken_back(&world).await;
    world.leg_done("b", Facts::default()).await;
    until("it is gone", || async { world.binding("b").await.unwrap().gone() }).await;
}

#[tokio::test]
async fn over_http_1_too() {
    let world = provisioned(1).await;
    let body = wish(&json!({})).to_string();
    let head = format!(
        "Host: x\r\nAuthorization: Basic YnJva2VyOnA6c3M=\r\nX-Broker-API-Version: 2.17\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(world.gateways[0].addr).await.unwrap();
    let request = format!("PUT {}?{WAITS} HTTP/1.1\r\n{head}{body}", path("b"));
    stream.write_all(request.as_bytes()).await.unwrap();
    until("the bind is accepted", || world.runs("b", false)).await;
    drop(stream);
    taken_back(&world).await;
}

#[tokio::test]
async fn who_only_stops_sending_gets_an_answer_that_is_quick() {
    let world = provisioned(1).await;
    let head = "Host: x\r\nAuthorization: Basic YnJva2VyOnA6c3M=\r\nX-Broker-API-Version: 2.17\r\n\r\n";
    let mut stream = TcpStream::connect(world.gateways[0].addr).await.unwrap();
    let request = format!("GET {} HTTP/1.1\r\n{head}", path("unknown"));
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer));
    read.await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}
