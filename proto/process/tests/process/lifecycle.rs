//! Start, readiness, drain, exit codes.

use std::net::TcpListener;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::child::ADMIN;
use crate::outside::{Process, get, until};

const JSON: (&str, &str) = ("CHANDLER_LOG_FORMAT", "json");

fn ready(process: &Process) -> std::net::SocketAddr {
    let addr = process.admin();
    until("readiness", || {
        get(addr, "/readyz").filter(|(status, ..)| *status == 200)
    });
    addr
}

#[test]
fn it_serves_health_and_metrics_and_drains_on_sigterm() {
    let mut process = Process::start("serve", &[JSON]);
    let addr = ready(&process);
    let (status, _, body) = get(addr, "/healthz").unwrap();
    assert_eq!((status, body.as_str()), (200, r#"{"status":"ok"}"#));
    let (_, head, body) = get(addr, "/readyz").unwrap();
    assert!(head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        json!({"status": "ready", "checks": [{"name": "work", "status": "ok"}]})
    );
    let (status, head, body) = get(addr, "/metrics").unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/openmetrics-text"), "{head}");
    assert!(
        body.contains(r#"chandler_build_info{process="chandler-test",version=""#),
        "{body}"
    );
    let started = body
        .lines()
        .find_map(|line| line.strip_prefix("chandler_process_start_time_seconds "));
    assert!(started.unwrap().parse::<f64>().unwrap() > 1.7e9, "{body}");
    assert_eq!(get(addr, "/nothing").unwrap().0, 404);

    process.signal(Signal::TERM);
    assert_eq!(process.end(), 0);
    assert_eq!(
        process.line("draining; a second signal exits at once")["signal"],
        "SIGTERM"
    );
    assert!(get(addr, "/healthz").is_none(), "the port is closed");
}

#[test]
fn while_it_drains_it_is_alive_and_not_ready_and_a_second_signal_ends_it() {
    let mut process = Process::start("slow", &[JSON]);
    let addr = ready(&process);
    process.signal(Signal::INT);
    let (.., body) = until("the drain", || {
        get(addr, "/readyz").filter(|(status, ..)| *status == 503)
    });
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["status"], "draining");
    assert_eq!(get(addr, "/healthz").unwrap().0, 200);
    process.signal(Signal::TERM);
    assert_eq!(process.end(), 128 + 15);
}

#[test]
fn a_second_sigint_exits_with_130() {
    let mut process = Process::start("slow", &[JSON]);
    ready(&process);
    process.signal(Signal::INT);
    process.line("draining; a second signal exits at once");
    process.signal(Signal::INT);
    assert_eq!(process.end(), 130);
}

#[test]
fn work_that_does_not_drain_in_time_is_dropped() {
    let mut process = Process::start("stuck", &[JSON]);
    ready(&process);
    process.signal(Signal::TERM);
    assert_eq!(process.end(), 75);
    process.line("the drain took longer than 50ms");
}

#[test]
fn a_wrong_configuration_is_refused_with_all_findings_before_a_port_is_bound() {
    // The port is taken: whoever tries to bind it exits with 69.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let mut process = Process::start(
        "serve",
        &[
            (ADMIN, &addr),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
            ("OTEL_TRACES_SAMPLER", "xray"),
        ],
    );
    assert_eq!(process.end(), 64);
    let stderr = process.stderr();
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT: ", "OTEL_TRACES_SAMPLER: "] {
        assert!(stderr.lines().any(|line| line.starts_with(name)), "{stderr}");
    }

    let mut process = Process::start("serve", &[("CHANDLER_LOG", "a=b=c")]);
    assert_eq!(process.end(), 64);
    let mut process = Process::start("serve", &[(ADMIN, &addr)]);
    assert_eq!(process.end(), 69);
    assert!(process.stderr().contains(&addr), "{}", process.stderr());
}
