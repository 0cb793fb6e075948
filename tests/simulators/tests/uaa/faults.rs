//! Each way in which it can misbehave.

use std::time::{Duration, Instant};

use chandler_simulators::common::{CallAction, CallFate, CallFault, Outage};
use serde_json::json;

use crate::bench::Bench;

const TOKEN: &str = "POST /oauth/token";

#[tokio::test]
async fn a_lost_request_does_nothing_and_a_lost_answer_everything() {
    let bench = Bench::new().await;
    for (action, issued, fate) in [
        (CallAction::LoseRequest, 0, CallFate::Lost),
        (CallAction::LoseResponse, 1, CallFate::Done),
        (CallAction::CutResponse, 2, CallFate::Done),
    ] {
        bench
            .uaa
            .set_fault(CallFault::once("POST", "/oauth/token$", action.clone()));
        let sent = bench.grant("bosh", "s", "grant_type=client_credentials").send().await;
        let read = match sent {
            Ok(answer) => answer.bytes().await.map(|_| ()),
            Err(error) => Err(error),
        };
        assert!(read.is_err(), "{action:?}");
        assert_eq!(bench.uaa.tokens_issued("bosh"), issued, "{action:?}");
        let journal = bench.uaa.journal();
        let last = journal.calls.last().expect("a call");
        assert_eq!((last.call.as_str(), last.fate), (TOKEN, fate), "{action:?}");
        assert_eq!(last.response_lost, fate == CallFate::Done);
    }
    let journal = bench.uaa.journal();
    assert_eq!((journal.count(TOKEN), journal.done(TOKEN)), (3, 2));
    assert_eq!(journal.calls[1].actor.as_deref(), Some("bosh"));
    bench.token("bosh").await;
    bench.uaa.clear_journal();
    assert_eq!(bench.uaa.journal().count(TOKEN), 0);
}

#[tokio::test]
async fn statuses_are_answered_as_often_as_told() {
    let bench = Bench::new().await;
    let body = json!({"error": "unauthorized", "error_description": "told to"}).to_string();
    let answer = |status, body: Option<&String>| CallAction::Answer {
        status,
        body: body.cloned(),
    };
    bench.uaa.set_fault(CallFault {
        skip: 1,
        count: Some(2),
        ..CallFault::always("POST", "/oauth/*", answer(503, None))
    });
    let id = bench
        .uaa
        .set_fault(CallFault::always("", "/oauth/token", answer(401, Some(&body))));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(
            bench
                .send(bench.grant("bosh", "s", "grant_type=client_credentials"))
                .await,
        );
    }
    let statuses: Vec<u16> = seen.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [401, 503, 503, 401]);
    assert_eq!(seen[0].refusal(), (401, "unauthorized", "told to"));
    assert_eq!(seen[0].headers["content-type"], "application/json");
    assert!(seen[1].text.contains("nginx"));
    assert_eq!(bench.uaa.tokens_issued("bosh"), 0);
    bench.uaa.clear_fault(id);
    bench.token("bosh").await;
    assert_eq!(bench.uaa.journal().calls[1].status, Some(503));
}

#[tokio::test]
async fn slow_calls_take_their_time() {
    let bench = Bench::new().await;
    let begin = Instant::now();
    bench
        .uaa
        .set_fault(CallFault::once("", "/info", CallAction::DelayResponse { ms: 100 }));
    bench.send(bench.request("GET", "/info")).await;
    assert!(begin.elapsed() >= Duration::from_millis(100));
    let begin = Instant::now();
    bench.uaa.set_latency(Duration::from_millis(100));
    bench.send(bench.request("GET", "/info")).await;
    assert!(begin.elapsed() >= Duration::from_millis(100));
    bench.uaa.clear_faults();

    // Who hangs up doesn't take back what is on its way.
    bench
        .uaa
        .set_fault(CallFault::once("POST", "", CallAction::DelayRequest { ms: 300 }));
    bench.uaa.clear_journal();
    let calling = tokio::spawn(bench.grant("bosh", "s", "grant_type=client_credentials").send());
    until("the request arrives", || bench.uaa.journal().count(TOKEN) == 1).await;
    calling.abort();
    until("it is done", || bench.uaa.tokens_issued("bosh") == 1).await;
}

/// Waits for a condition, at most 10 s.
async fn until(what: &str, seen: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !seen() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn it_can_be_away_until_told_or_for_a_while() {
    let bench = Bench::new().await;
    bench.uaa.set_outage(Some(Outage::Connections));
    assert!(bench.request("GET", "/info").send().await.is_err());
    bench.uaa.set_outage(Some(Outage::Api));
    assert_eq!(bench.send(bench.request("GET", "/info")).await.status, 502);
    bench.uaa.set_outage(Some(Outage::Database));
    assert_eq!(bench.send(bench.request("GET", "/healthz")).await.status, 200);
    let answer = bench
        .send(bench.grant("bosh", "s", "grant_type=client_credentials"))
        .await;
    assert_eq!((answer.status, answer.text.as_str()), (500, ""));
    bench.uaa.set_outage(None);
    bench.token("bosh").await;

    bench.uaa.freeze(true);
    bench.uaa.set_outage_for(Outage::Connections, Duration::from_secs(60));
    assert!(bench.request("GET", "/info").send().await.is_err());
    bench.uaa.skip(Duration::from_secs(59));
    assert!(bench.request("GET", "/info").send().await.is_err());
    bench.uaa.skip(Duration::from_secs(1));
    assert_eq!(bench.send(bench.request("GET", "/info")).await.status, 200);
}
