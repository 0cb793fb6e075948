//! One operation gives one trace: the gateway's request, each turn, each outside call.
use chandler_tests::{
    otlp::{Collector, attribute},
    wait,
    world::{Plan, World},
};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;
use std::time::Duration;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[tokio::test]
async fn one_operation_is_one_trace() {
    let collector = Collector::start().await;
    let env = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.url.clone()),
        ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "200".to_owned()),
    ];
    let world = World::start(Plan { env, ..Plan::default() }).await;
    let p = &world.platform;
    let request = p
        .put("traced", json!({}))
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let operation = p.accepted(request).await;
    let (answer, _) = p.ended("traced", &operation, Duration::from_secs(60)).await;
    assert_eq!(answer.body["state"], "succeeded");
    let spans = wait::until(
        "all spans of the operation have arrived",
        Duration::from_secs(20),
        || async {
            let mut spans: Vec<(String, Span)> = collector.spans();
            spans.retain(|(_, s)| hex(&s.trace_id) == TRACE);
            let ended = |(_, s): &(String, Span)| attribute(s, "answer").as_deref() == Some("ack");
            spans.iter().any(ended).then_some(spans)
        },
    )
    .await;

    let of = |service: &str| {
        spans
            .iter()
            .filter(|(s, _)| s == service)
            .map(|(_, span)| span)
            .collect::<Vec<_>>()
    };
    let gateway = of("chandler-gateway");
    let [put] = gateway[..] else {
        panic!("one request in the trace: {gateway:?}")
    };
    assert_eq!(
        (hex(&put.parent_span_id).as_str(), put.name.as_str()),
        (PARENT, "PUT /v2/service_instances/{instance_id}")
    );
    assert_eq!(attribute(put, "http.response.status_code").as_deref(), Some("202"));

    let worker = of("chandler-provisioning");
    let turns: Vec<_> = worker.iter().filter(|s| s.name == "turn").collect();
    assert!(!turns.is_empty());
    for turn in &turns {
        assert_eq!(turn.parent_span_id, put.span_id, "a turn is below its request");
        assert_eq!(attribute(turn, "instance").as_deref(), Some("traced"));
        assert_eq!(attribute(turn, "step").as_deref(), Some("deploy"));
        assert!(
            operation.contains(&attribute(turn, "job").unwrap()),
            "the operation names the job"
        );
    }
    let task = world.director.tasks()[0].id.to_string();
    for turn in &turns {
        assert_eq!(
            attribute(turn, "bosh_task").as_ref(),
            Some(&task),
            "also the turn that started it"
        );
    }
    let calls: Vec<_> = worker.iter().filter(|s| s.name != "turn").collect();
    for call in &calls {
        assert!(
            turns.iter().any(|t| t.span_id == call.parent_span_id),
            "{} is not below a turn",
            call.name
        );
    }
    let named = |name: &str| calls.iter().filter(|c| c.name.starts_with(name)).count();
    assert_eq!(named("POST /deployments of the Director"), 1);
    assert_eq!(named("generate-manifest of the service adapter"), 1);
    assert!(
        named("GET /tasks of the Director") >= 2,
        "{:?}",
        calls.iter().map(|c| &c.name).collect::<Vec<_>>()
    );

    // Nobody else is in the trace.
    assert_eq!(spans.len(), gateway.len() + worker.len());
}

#[tokio::test]
async fn the_trace_id_of_a_failure_is_that_of_its_request() {
    let world = World::start(Plan::default()).await;
    let p = &world.platform;
    let parameters = json!({"fail_at_stage": "Updating instance"});
    let request = p
        .put("failed", parameters)
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let operation = p.accepted(request).await;
    let (answer, _) = p.ended("failed", &operation, Duration::from_secs(60)).await;
    let text = answer.body["description"].as_str().unwrap();
    assert!(text.contains(&format!("trace-id: {TRACE}")), "{text}");
}
