//! Faults of calls: lost, late, refused, the Director away.

use std::time::{Duration, Instant};

use chandler_simulators::bosh::{CallAction, CallFault, Fate, Outage};
use serde_json::json;

use crate::client::{Bench, manifest, until};

#[tokio::test]
async fn a_lost_request_does_nothing_and_gets_no_answer() {
    let bench = Bench::new().await;
    bench
        .world
        .set_fault(CallFault::once("POST", "/deployments$", CallAction::LoseRequest));
    let sent = bench
        .post_manifest(&manifest("d", 1, 1))
        .header("X-Bosh-Context-Id", "job.0");
    assert!(sent.send().await.is_err());
    assert_eq!(bench.world.tasks(), []);
    assert!(bench.world.deployment("d").is_none());
    let journal = bench.world.journal();
    assert_eq!(journal.count("POST /deployments"), 1);
    assert_eq!((journal.starts[0].fate, journal.starts[0].task), (Fate::Lost, None));
    assert_eq!(journal.starts[0].context_id, "job.0");
    bench.deploy(&manifest("d", 1, 1)).await;
    assert_eq!(bench.world.tasks().len(), 1, "the fault was for one call");
}

#[tokio::test]
async fn a_lost_response_acts_and_gets_no_answer() {
    let bench = Bench::new().await;
    bench
        .world
        .set_fault(CallFault::once("POST", "/deployments$", CallAction::LoseResponse));
    let sent = bench
        .post_manifest(&manifest("d", 1, 1))
        .header("X-Bosh-Context-Id", "job.0");
    assert!(sent.send().await.is_err());
    let found = bench.get("/tasks?context_id=job.0").await;
    assert_eq!(
        (found[0]["id"].as_u64(), found[0]["state"].as_str()),
        (Some(1), Some("done"))
    );
    let start = &bench.world.journal().starts[0];
    assert_eq!(
        (start.fate, start.task, start.response_lost),
        (Fate::Started, Some(1), true)
    );
}

#[tokio::test]
async fn a_cut_response_ends_in_the_middle() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 1, 1)).await;
    bench
        .world
        .set_fault(CallFault::once("GET", "/deployments/d$", CallAction::CutResponse));
    let answer = bench.request("GET", "/deployments/d").send().await.expect("its head");
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
    bench
        .world
        .set_fault(CallFault::once("POST", "/deployments$", CallAction::CutResponse));
    let answer = bench.post_manifest(&manifest("d", 2, 1)).send().await;
    assert_eq!(bench.world.tasks().len(), 2);
    match answer {
        Ok(answer) => assert!(answer.text().await.is_err()),
        Err(error) => assert!(!error.is_timeout()),
    }
    let starts = bench.world.journal().starts;
    assert_eq!((starts[1].task, starts[1].response_lost), (Some(2), true));
}

#[tokio::test]
async fn skip_and_count_choose_the_calls() {
    let bench = Bench::new().await;
    let mut fault = CallFault::always(
        "GET",
        "/tasks",
        CallAction::Answer {
            status: 503,
            body: None,
        },
    );
    (fault.skip, fault.count) = (1, Some(2));
    bench.world.set_fault(fault);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let answer = bench.request("GET", "/tasks").send().await.expect("an answer");
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    assert_eq!(bench.world.journal().count("GET /tasks"), 5);
}

#[tokio::test]
async fn made_up_answers_come_before_anything_is_done() {
    let bench = Bench::new().await;
    for (status, body, expected) in [
        (500, None, String::new()),
        (502, None, "nginx".to_owned()),
        (500, Some("told to".to_owned()), "told to".to_owned()),
    ] {
        let fault = CallFault::once("POST", "/deployments", CallAction::Answer { status, body });
        bench.world.set_fault(fault);
        let answer = bench
            .post_manifest(&manifest("d", 0, 1))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), status);
        let text = answer.text().await.expect("text");
        assert!(
            text.contains(&expected) && text.is_empty() == expected.is_empty(),
            "{text}"
        );
    }
    assert_eq!(bench.world.tasks(), []);
    assert!(bench.world.journal().starts.iter().all(|s| s.fate == Fate::Refused));
}

#[tokio::test]
async fn a_late_request_is_done_although_its_caller_has_gone() {
    let bench = Bench::new().await;
    let late = CallAction::DelayRequest { ms: 800 };
    bench.world.set_fault(CallFault::once("POST", "/deployments", late));
    let caller = tokio::spawn(bench.post_manifest(&manifest("late", 0, 1)).send());
    until("the request", async || !bench.world.journal().starts.is_empty()).await;
    assert_eq!(bench.world.journal().starts[0].fate, Fate::Pending);
    assert_eq!(bench.world.tasks(), [], "nothing yet");
    caller.abort();
    assert!(caller.await.expect_err("it has gone").is_cancelled());
    until("the late request", async || !bench.world.tasks().is_empty()).await;
    assert_eq!(bench.world.journal().starts[0].fate, Fate::Started);
}

#[tokio::test]
async fn a_late_response_has_acted_at_once() {
    let bench = Bench::new().await;
    let late = CallAction::DelayResponse { ms: 60_000 };
    bench.world.set_fault(CallFault::once("POST", "/deployments", late));
    let caller = tokio::spawn(bench.post_manifest(&manifest("late", 0, 1)).send());
    until("the task", async || bench.world.tasks().len() == 1).await;
    assert!(!caller.is_finished());
    caller.abort();
}

#[tokio::test]
async fn latency_is_added_to_each_call() {
    let bench = Bench::new().await;
    bench.world.set_latency(Duration::from_millis(150));
    let began = Instant::now();
    bench.get("/tasks").await;
    assert!(began.elapsed() >= Duration::from_millis(150));
    bench.world.clear_faults();
    bench.get("/tasks").await;
}

#[tokio::test]
async fn outages_end_when_told() {
    let bench = Bench::new().await;
    let task = bench.deploy(&manifest("d", 0, 1)).await;
    bench.world.set_outage(Some(Outage::Connections));
    assert!(bench.anonymous("GET", "/info").send().await.is_err());

    bench.world.set_outage(Some(Outage::Api));
    let answer = bench.anonymous("GET", "/info").send().await.expect("an answer");
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["content-type"], "text/html");

    bench.world.set_outage(Some(Outage::Database));
    assert_eq!(
        bench
            .anonymous("GET", "/info")
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
    let answer = bench.request("GET", "/tasks").send().await.expect("an answer");
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.text().await.expect("text"), "");

    bench.world.set_outage(None);
    assert_eq!(bench.state(task).await, "done", "tasks go on while the API is away");
}

#[tokio::test]
async fn only_the_right_credentials_get_in() {
    let bench = Bench::new().await;
    for (header, expected) in [
        (None, 401),
        (Some("Basic YWRtaW46d3Jvbmc="), 401),
        (Some("Bearer YWRtaW46YWRtaW4="), 401),
        (Some("Basic YWRtaW46YWRtaW4="), 200),
    ] {
        let mut request = bench.anonymous("GET", "/deployments");
        if let Some(header) = header {
            request = request.header("Authorization", header);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), expected, "{header:?}");
        assert_eq!(answer.headers()["www-authenticate"], "Basic realm=\"BOSH Director\"");
        let info = bench.anonymous("GET", "/info").send().await.expect("an answer");
        assert_eq!(
            info.json::<serde_json::Value>().await.expect("JSON")["user"],
            json!(null)
        );
    }
    bench.world.set_password("another");
    let old = bench.request("GET", "/deployments").send().await.expect("an answer");
    let new = bench
        .anonymous("GET", "/deployments")
        .basic_auth("admin", Some("another"));
    let new = new.send().await.expect("an answer");
    assert_eq!((old.status().as_u16(), new.status().as_u16()), (401, 200));
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let bench = Bench::new().await;
    let other = Bench::new().await;
    let url = format!("{}/info", bench.simulator.url());
    assert!(other.client.get(&url).send().await.is_err());
    assert!(bench.client.get(&url).send().await.is_ok());
}

#[tokio::test]
async fn a_stopped_simulator_has_closed_its_ports() {
    let bench = Bench::new().await;
    let url = format!("{}/info", bench.simulator.url());
    assert!(bench.client.get(&url).send().await.is_ok());
    bench.simulator.stop().await;
    assert!(bench.client.get(&url).send().await.is_err());
}
