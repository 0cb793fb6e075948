//! What a collector really gets.

use std::io::Write;

use http::StatusCode;
use opentelemetry_proto::tonic::trace::v1::Span;

use crate::child::{FINISH_MS, REMOTE};
use crate::collector::Collector;
use crate::outside::{Process, until};

const JSON: (&str, &str) = ("CHANDLER_LOG_FORMAT", "json");

/// Runs the role `spans` to its end.
async fn run(vars: &[(&str, &str)]) -> Process {
    let vars: Vec<(String, String)> = vars
        .iter()
        .chain([&JSON])
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    tokio::task::spawn_blocking(move || {
        let vars: Vec<(&str, &str)> = vars
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let mut process = Process::start("spans", &vars);
        assert_eq!(process.end(), 0, "{}", process.stderr());
        process
    })
    .await
    .unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(spans: &[Span], name: &str) -> Span {
    let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {spans:?}");
    found[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_are_exported_with_parents_names_and_resource() {
    let collector = Collector::start(StatusCode::OK).await;
    let process = run(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{}", collector.addr)),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter%202"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment=test,service.version=9",
        ),
        // Every log line, so that a leak of the key would be seen.
        ("CHANDLER_LOG", "trace"),
    ])
    .await;

    let got = collector.got();
    assert!(got.iter().all(|(path, ..)| path == "/v1/traces"), "{got:?}");
    assert!(got.iter().all(|(_, headers, _)| headers["api-key"] == "hunter 2"));
    assert!(
        got.iter()
            .all(|(_, headers, _)| headers["content-type"] == "application/x-protobuf")
    );
    assert_eq!(collector.resource("service.name").unwrap(), "chandler-test");
    assert_eq!(collector.resource("deployment.environment").unwrap(), "test");
    assert_eq!(
        collector.resource("service.version").unwrap(),
        "9",
        "the environment wins"
    );
    assert!(!process.stderr().contains("hunter"), "{}", process.stderr());

    let spans = collector.spans();
    let (operation, turn, alone) = (
        named(&spans, "operation"),
        named(&spans, "turn"),
        named(&spans, "alone"),
    );
    assert_eq!(
        spans.len(),
        3,
        "neither detailed ones nor the exporter's own: {spans:?}"
    );
    assert_eq!(
        format!("00-{}-{}-01", hex(&operation.trace_id), hex(&operation.parent_span_id)),
        REMOTE
    );
    assert_eq!(operation.trace_state, "vendor=1");
    assert_eq!(turn.trace_id, operation.trace_id);
    assert_eq!(turn.parent_span_id, operation.span_id);
    assert!(alone.parent_span_id.is_empty());
    assert_ne!(alone.trace_id, operation.trace_id);
    let keys: Vec<_> = operation
        .attributes
        .iter()
        .map(|attribute| attribute.key.as_str())
        .collect();
    assert!(keys.contains(&"job") && keys.contains(&"turn"), "{keys:?}");
    assert!(operation.end_time_unix_nano >= turn.end_time_unix_nano);

    let line = process.line("acting");
    assert_eq!(line["trace_id"].as_str().unwrap(), hex(&turn.trace_id));
    assert_eq!(line["span_id"].as_str().unwrap(), hex(&turn.span_id));
    assert_eq!(
        (&line["step"], &line["job"], &line["turn"]),
        (&"deploy".into(), &"j1".into(), &7.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_works_with_a_named_certificate_and_only_then() {
    let (collector, pem) = Collector::start_tls().await;
    let endpoint = format!("https://localhost:{}/own", collector.addr.port());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pem.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();

    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .unwrap()
        .cert
        .pem();
    let mut wrong = tempfile::NamedTempFile::new().unwrap();
    wrong.write_all(other.as_bytes()).unwrap();
    let wrong = wrong.path().to_str().unwrap();

    let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.as_str());
    let process = run(&[traces, ("OTEL_EXPORTER_OTLP_CERTIFICATE", wrong)]).await;
    process.line("the last spans could not be exported");
    assert!(collector.got().is_empty(), "an unknown authority is not trusted");

    run(&[
        traces,
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", path),
        ("OTEL_SERVICE_NAME", "renamed"),
    ])
    .await;
    assert_eq!(collector.spans().len(), 3);
    assert_eq!(collector.got()[0].0, "/own");
    assert_eq!(collector.resource("service.name").unwrap(), "renamed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_file_without_certificates_is_refused() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let path = empty.path().to_str().unwrap().to_owned();
    for path in [path, "/does/not/exist".to_owned()] {
        let mut process = Process::start(
            "spans",
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:1"),
                ("OTEL_EXPORTER_OTLP_CERTIFICATE", &path),
            ],
        );
        assert_eq!(process.end(), 64);
        assert!(process.stderr().contains(&path), "{}", process.stderr());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_fails_is_logged_and_stops_nothing() {
    let collector = Collector::start(StatusCode::BAD_REQUEST).await;
    let process = run(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{}", collector.addr)),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2"),
    ])
    .await;
    assert!(!collector.got().is_empty());
    process.line("the last spans could not be exported");
    assert!(!process.stderr().contains("hunter2"), "{}", process.stderr());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_exporter_there_are_trace_ids_all_the_same() {
    let collector = Collector::start(StatusCode::OK).await;
    let endpoint = format!("http://{}", collector.addr);
    let off = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    let unsampled = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ];
    for vars in [&[][..], &off, &unsampled] {
        // The role itself checks that contexts are inherited and handed on.
        let process = run(vars).await;
        assert_eq!(process.line("acting")["trace_id"], REMOTE[3..35], "{vars:?}");
    }
    assert!(collector.got().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_are_sent_while_the_process_runs_and_a_lost_batch_is_logged() {
    for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
        let collector = Collector::start(status).await;
        let endpoint = format!("http://{}", collector.addr);
        let mut process = Process::start(
            "spans and serve",
            &[
                JSON,
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("OTEL_BSP_SCHEDULE_DELAY", "20"),
            ],
        );
        until("the spans", || (collector.spans().len() == 3).then_some(()));
        if status == StatusCode::BAD_REQUEST {
            until("a line about the lost batch", || {
                process
                    .lines()
                    .into_iter()
                    .find(|line| line["target"] == "opentelemetry_sdk" && line["level"] == "ERROR")
            });
        }
        process.signal(rustix::process::Signal::TERM);
        assert_eq!(process.end(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_never_answers_does_not_hold_up_the_end() {
    // Connections are taken by the kernel, and nobody reads them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let begin = std::time::Instant::now();
    let process = run(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), (FINISH_MS, "50")]).await;
    process.line("the last spans could not be exported");
    assert!(
        begin.elapsed() < std::time::Duration::from_secs(9),
        "an export alone may take 10 s"
    );
}
