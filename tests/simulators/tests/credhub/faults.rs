//! Each way in which a CredHub can misbehave.

use std::time::{Duration, Instant};

use chandler_simulators::common::{CallAction, CallFate, CallFault, Outage};
use chandler_simulators::credhub::{Act, Trouble};
use serde_json::{Value, json};

use crate::bench::{Bench, error, send, set_body};

const SET: &str = "PUT /api/v1/data";

#[tokio::test]
async fn a_lost_request_did_nothing_and_a_lost_response_did() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    let body = || set_body("/c/x", json!({"a": 1}));
    for (action, versions, fate) in [
        (CallAction::LoseRequest, 0, CallFate::Lost),
        (CallAction::LoseResponse, 1, CallFate::Done),
        (CallAction::CutResponse, 2, CallFate::Done),
    ] {
        bench
            .credhub
            .set_fault(CallFault::once("PUT", "/api/v1/data$", action.clone()));
        let answer = broker.try_call("PUT", "/api/v1/data", body()).await;
        assert!(answer.is_err(), "{action:?}: {answer:?}");
        assert_eq!(bench.credhub.versions("/c/x"), versions, "{action:?}");
        let last = bench.credhub.journal().calls.pop().expect("a call");
        assert_eq!((last.call.as_str(), last.fate), (SET, fate), "{action:?}");
        assert_eq!(last.response_lost, fate == CallFate::Done, "{action:?}");
    }
    assert_eq!(broker.call("PUT", "/api/v1/data", body()).await.0, 200, "each hit once");
    let journal = bench.credhub.journal();
    assert_eq!((journal.count(SET), journal.done(SET)), (4, 3));
    let sets = bench
        .credhub
        .writes()
        .iter()
        .filter(|w| w.act == Act::Set && w.name == "/c/x")
        .count();
    assert_eq!(sets, 3);
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_or_a_grant() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    broker.set("/c/x", json!({"a": 1})).await;
    let grant = || json!({"path": "/c/x", "actor": "mtls-app:1", "operations": ["read"]});
    for (method, path, body, again) in [
        ("POST", "/api/v2/permissions", grant(), 409),
        ("DELETE", "/api/v1/data?name=/c/x", Value::Null, 404),
    ] {
        bench
            .credhub
            .set_fault(CallFault::once(method, "", CallAction::LoseResponse));
        assert!(broker.try_call(method, path, body.clone()).await.is_err(), "{method}");
        assert_eq!(broker.call(method, path, body).await.0, again, "{method}");
    }
    let acts: Vec<_> = bench.credhub.writes().iter().map(|w| w.act).collect();
    assert_eq!(acts, [Act::Set, Act::Grant, Act::Delete]);
}

#[tokio::test]
async fn troubles_are_answers_of_a_real_one_and_nothing_is_done() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    for (trouble, status, word) in [
        (Trouble::TokenExpired, 401, "access_token_expired"),
        (Trouble::TokenInvalid, 401, "invalid_token"),
        (Trouble::NotWritable, 403, "sufficient authorization"),
        (Trouble::NotFound, 404, "sufficient authorization"),
        (Trouble::OtherType, 400, "type cannot be modified"),
        (Trouble::PermissionExists, 409, "already exists"),
        (Trouble::ReadOnly, 503, "read only mode"),
    ] {
        bench.credhub.set_fault(CallFault::once("PUT", "/api", trouble.into()));
        let (seen, body) = broker.set("/c/x", json!({"a": 1})).await;
        assert_eq!(seen, status, "{trouble:?}");
        let text = body["error"].as_str().expect("an error");
        assert!(text.contains(word), "{trouble:?}: {text}");
        let last = bench.credhub.journal().calls.pop().expect("a call");
        assert_eq!(last.fate, CallFate::Refused, "{trouble:?}");
    }
    bench
        .credhub
        .set_fault(CallFault::once("PUT", "/api", Trouble::ScopeMissing.into()));
    assert_eq!(broker.set("/c/x", json!({"a": 1})).await, (403, Value::Null));
    assert_eq!(bench.credhub.names(), Vec::<String>::new());
    assert_eq!(broker.set("/c/x", json!({"a": 1})).await.0, 200);
}

#[tokio::test]
async fn read_only_mode_refuses_writes_only() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    broker.set("/c/x", json!({"a": 1})).await;
    let management = |on: bool| {
        bench
            .anonymous("POST", "/management")
            .json(&json!({"read_only_mode": on}))
    };
    let on = send(management(true)).await.expect("an answer");
    assert_eq!(on, (200, json!({"read_only_mode": true})));
    let refused = (
        503,
        error("Service Unavailable. Credhub is currently in read only mode."),
    );
    for (method, path, body) in [
        ("PUT", "/api/v1/data", set_body("/c/x", json!({"a": 2}))),
        ("POST", "/api/v1/data", json!({"name": "/c/p", "type": "password"})),
        ("POST", "/api/v1/regenerate", json!({"name": "/c/p"})),
        ("DELETE", "/api/v1/data?name=/c/x", Value::Null),
        (
            "POST",
            "/api/v2/permissions",
            json!({"path": "/c/x", "actor": "a", "operations": ["read"]}),
        ),
        ("PUT", "/api/v2/permissions/1", Value::Null),
        ("PATCH", "/api/v2/permissions/1", Value::Null),
        ("DELETE", "/api/v2/permissions/1", Value::Null),
        ("POST", "/api/v1/permissions", Value::Null),
        ("DELETE", "/api/v1/permissions", Value::Null),
    ] {
        assert_eq!(broker.call(method, path, body).await, refused, "{method} {path}");
    }
    assert_eq!(broker.get("/api/v1/data?name=/c/x").await.0, 200);
    let document = json!({"redis": [{"credentials": {"credhub-ref": "/c/x"}}]});
    assert_eq!(broker.call("POST", "/api/v1/interpolate", document).await.0, 200);
    assert_eq!(send(management(false)).await.expect("an answer").0, 200);
    assert_eq!(broker.set("/c/x", json!({"a": 2})).await.0, 200);
}

#[tokio::test]
async fn away_for_a_while() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    bench.credhub.freeze(true);
    let get = || broker.request("GET", "/api/v1/data?path=").send();
    bench.credhub.set_outage_for(Outage::Api, Duration::from_secs(30));
    assert_eq!(get().await.expect("an answer").status(), 502);
    bench.credhub.skip(Duration::from_secs(29));
    assert_eq!(get().await.expect("an answer").status(), 502);
    bench.credhub.skip(Duration::from_secs(1));
    assert_eq!(get().await.expect("an answer").status(), 200);

    bench.credhub.set_outage(Some(Outage::Connections));
    assert!(get().await.is_err());
    bench.credhub.set_outage(Some(Outage::Database));
    assert_eq!(get().await.expect("an answer").status(), 500);
    let info = bench.anonymous("GET", "/info").send().await.expect("an answer");
    assert_eq!(info.status(), 200);
    let down = CallAction::Answer {
        status: 503,
        body: None,
    };
    bench.credhub.set_outage(None);
    bench.credhub.set_fault(CallFault::always("", "/api", down));
    assert_eq!(get().await.expect("an answer").status(), 503);
    bench.credhub.clear_faults();
    assert_eq!(get().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn slow_answers_and_requests_that_arrive_late() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    bench.credhub.set_latency(Duration::from_millis(60));
    let begin = Instant::now();
    assert_eq!(broker.get("/version").await.0, 200);
    assert!(begin.elapsed() >= Duration::from_millis(60));
    bench.credhub.clear_faults();

    // The caller is gone before the answer comes, or before the request has arrived.
    for action in [
        CallAction::DelayResponse { ms: 60_000 },
        CallAction::DelayRequest { ms: 500 },
    ] {
        bench.credhub.delete_all();
        bench.credhub.clear_journal();
        bench.credhub.set_fault(CallFault::once("PUT", "", action.clone()));
        let put = broker
            .request("PUT", "/api/v1/data")
            .json(&set_body("/c/x", json!({"a": 1})));
        let caller = tokio::spawn(put.send());
        let is_late = matches!(action, CallAction::DelayRequest { .. });
        until(&format!("{action:?} is under way"), || {
            let (versions, calls) = (bench.credhub.versions("/c/x"), bench.credhub.journal().calls);
            match is_late {
                true => versions == 0 && calls.first().is_some_and(|call| call.fate == CallFate::Pending),
                false => versions == 1,
            }
        })
        .await;
        assert!(!caller.is_finished(), "{action:?}");
        caller.abort();
        until(&format!("{action:?} is done though nobody waits"), || {
            bench.credhub.versions("/c/x") == 1
        })
        .await;
    }
}

/// Waits for a condition, at most 10 s.
async fn until(what: &str, seen: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !seen() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
