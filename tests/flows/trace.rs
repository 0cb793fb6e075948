//! One operation gives one trace: the gateway's request, each turn, each outside call.
use chandler_tests::{
    bindings::Style,
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
        let step = attribute(turn, "step").unwrap();
        assert!(["deploy", "dashboard"].contains(&step.as_str()), "{step}");
        assert!(
            operation.contains(&attribute(turn, "job").unwrap()),
            "the operation names the job"
        );
    }
    let task = world.director.tasks()[0].id.to_string();
    let deploys = turns
        .iter()
        .filter(|turn| attribute(turn, "step").as_deref() == Some("deploy"));
    for turn in deploys {
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

#[tokio::test]
async fn a_bind_is_one_trace_too() {
    let collector = Collector::start().await;
    let env = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.url.clone()),
        ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "200".to_owned()),
    ];
    let world = World::start(Plan {
        secure: true,
        director_by_uaa: true,
        dns: 1,
        env,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    p.provision("traced", json!({})).await;
    let runs = tempfile::tempdir().unwrap();
    world.service.control(&json!({"record_dir": runs.path()}));
    let request = p
        .bind("traced", "b", json!({}), Style::Synchronous)
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let answer = p.send(request).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let spans = wait::until(
        "all spans of the bind have arrived",
        Duration::from_secs(20),
        || async {
            let mut spans: Vec<(String, Span)> = collector.spans();
            spans.retain(|(_, s)| hex(&s.trace_id) == TRACE);
            let put = spans.iter().any(|(service, _)| service == "chandler-gateway");
            let granted = |(_, s): &(String, Span)| {
                attribute(s, "answer").as_deref() == Some("ack")
                    && attribute(s, "step").as_deref() == Some("grant in CredHub")
            };
            (put && spans.iter().any(granted)).then_some(spans)
        },
    )
    .await;
    let of = |wanted: &str| {
        let of = spans.iter().filter(|(service, _)| service == wanted);
        of.map(|(_, span)| span).collect::<Vec<_>>()
    };
    let (gateway, worker) = (of("chandler-gateway"), of("chandler-binding"));
    assert_eq!(spans.len(), gateway.len() + worker.len(), "nobody else is in the trace");
    let [put] = gateway[..] else {
        panic!("one request in the trace: {gateway:?}")
    };
    assert_eq!(
        (hex(&put.parent_span_id).as_str(), put.name.as_str()),
        (
            PARENT,
            "PUT /v2/service_instances/{instance_id}/service_bindings/{binding_id}"
        )
    );
    assert_eq!(attribute(put, "http.response.status_code").as_deref(), Some("201"));

    let turns: Vec<_> = worker.iter().filter(|s| s.name == "turn").collect();
    let mut steps = vec![];
    for turn in &turns {
        assert_eq!(turn.parent_span_id, put.span_id, "a turn is below its request");
        assert_eq!(attribute(turn, "instance").as_deref(), Some("traced"));
        assert_eq!(attribute(turn, "binding").as_deref(), Some("b"));
        assert_eq!(
            attribute(turn, "job"),
            attribute(turns[0], "job"),
            "one operation is one job"
        );
        steps.push(attribute(turn, "step").unwrap());
    }
    steps.dedup();
    assert_eq!(steps, ["addresses", "create binding", "grant in CredHub"]);
    let calls: Vec<_> = worker.iter().filter(|s| s.name != "turn").collect();
    let known = |id: &[u8]| worker.iter().any(|span| span.span_id == id);
    for call in &calls {
        assert!(known(&call.parent_span_id), "{} is not below a turn", call.name);
    }
    for name in [
        "POST /oauth/token of the UAA",
        "POST /links of the Director",
        "GET /deployments/service-instance_traced/vms of the Director",
        "create-binding of the service adapter",
        "PUT /api/v1/data of CredHub",
        "POST /api/v2/permissions of CredHub",
    ] {
        let names: Vec<_> = calls.iter().map(|call| &call.name).collect();
        assert!(names.iter().any(|it| *it == name), "no {name}: {names:#?}");
    }
    // The adapter was told, and can go on from there.
    let recorded = std::fs::read_dir(runs.path()).unwrap().flatten();
    let recorded: Vec<_> = recorded.map(|file| std::fs::read(file.path()).unwrap()).collect();
    let [run] = &recorded[..] else {
        panic!("one run of the adapter, not {}", recorded.len())
    };
    let run: serde_json::Value = serde_json::from_slice(run).unwrap();
    let told = run["env"]["TRACEPARENT"].as_str().unwrap();
    let ours = |span: &&Span| told == format!("00-{TRACE}-{}-01", hex(&span.span_id));
    let parent = worker.iter().find(|span| ours(span)).expect("a span of this trace");
    assert!(parent.name.starts_with("create-binding"), "{}", parent.name);
}

#[tokio::test]
async fn an_instance_with_a_client_and_errands_is_one_trace_too() {
    let collector = Collector::start().await;
    let env = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.url.clone()),
        ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "200".to_owned()),
    ];
    let world = World::start(Plan {
        errands: true,
        uaa_clients: true,
        env,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    let request = p
        .put("traced", json!({}))
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let operation = p.accepted(request).await;
    let (answer, _) = p.ended("traced", &operation, Duration::from_secs(60)).await;
    assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    let errands = |spans: &[(String, Span)]| {
        let of = |(_, s): &&(String, Span)| {
            attribute(s, "step").as_deref() == Some("post-deploy errand")
                && attribute(s, "answer").as_deref() == Some("ack")
        };
        spans.iter().filter(of).count()
    };
    let spans = wait::until("all spans have arrived", Duration::from_secs(20), || async {
        let mut spans: Vec<(String, Span)> = collector.spans();
        spans.retain(|(_, s)| hex(&s.trace_id) == TRACE);
        (errands(&spans) == 2).then_some(spans)
    })
    .await;
    let put = spans.iter().find(|(service, _)| service == "chandler-gateway").unwrap();
    let calls = |service: &str, steps: &[&str], wanted: &[&str]| {
        let of: Vec<_> = spans
            .iter()
            .filter(|(it, _)| it == service)
            .map(|(_, span)| span)
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        for turn in of.iter().filter(|span| span.name == "turn") {
            assert_eq!(turn.parent_span_id, put.1.span_id, "a turn is below its request");
            assert!(operation.contains(&attribute(turn, "job").unwrap()));
            seen.insert(attribute(turn, "step").unwrap());
        }
        assert!(seen.iter().eq(steps), "{service}: {seen:?}");
        for name in wanted {
            let known = |id: &[u8]| of.iter().any(|span| span.span_id == id);
            let call = of.iter().find(|span| span.name == *name);
            let call = call.unwrap_or_else(|| panic!("{service}: no {name}: {of:#?}"));
            assert!(known(&call.parent_span_id), "{name} is not below a turn");
        }
    };
    let start =
        |errand: &str| format!("POST /deployments/service-instance_traced/errands/{errand}/runs of the Director");
    let (first, second) = (start("smoke-tests"), start("health-check"));
    calls("chandler-errands", &["post-deploy errand"], &[&first, &second]);
    let client = ["POST /oauth/clients of the UAA", "PUT /oauth/clients/traced of the UAA"];
    calls("chandler-uaa-clients", &["UAA client", "UAA redirect"], &client);
    calls(
        "chandler-provisioning",
        &["dashboard", "deploy"],
        &["POST /deployments of the Director"],
    );
}
