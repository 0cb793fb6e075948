//! What stands in a log line.

use serde_json::json;

use crate::outside::Process;

fn run(role: &str, vars: &[(&str, &str)]) -> Process {
    let mut process = Process::start(role, vars);
    assert_eq!(process.end(), 0, "{}", process.stderr());
    process
}

#[test]
fn a_json_line_has_the_fields_of_event_and_spans() {
    let process = run("lines", &[("CHANDLER_LOG_FORMAT", "json")]);
    let line = process.line("a \"quoted\"\nline");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["count"], 3);
    assert_eq!(line["good"], true);
    assert_eq!(line["ratio"], 0.5);
    assert_eq!(line["field.level"], "deep", "a reserved name is not overwritten");
    assert!(line.get("trace_id").is_none(), "outside of a span");
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(timestamp.starts_with("20") && timestamp.ends_with('Z'), "{timestamp}");

    let line = process.line("inside");
    assert_eq!((&line["target"], &line["level"]), (&json!("other"), &json!("WARN")));
    assert_eq!((&line["instance"], &line["which"]), (&json!("i1"), &json!("inner")));
    assert_eq!(line["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    assert!(
        process.lines().iter().all(|line| line["message"] != "detail"),
        "below the filter"
    );
}

#[test]
fn the_filter_and_the_form_come_from_the_environment() {
    let process = run(
        "lines",
        &[("CHANDLER_LOG_FORMAT", "json"), ("RUST_LOG", "off,process=debug")],
    );
    process.line("detail");
    assert!(process.lines().iter().all(|line| line["message"] != "started"));

    let process = run("lines", &[("CHANDLER_LOG_FORMAT", "human")]);
    assert!(process.lines().is_empty(), "no JSON");
    let stderr = process.stderr();
    assert!(stderr.contains(" WARN outer{") && stderr.contains("inside"), "{stderr}");
    assert!(!stderr.contains('\u{1b}'), "no colours into a pipe: {stderr}");
}

#[test]
fn a_panic_is_a_line_and_shows_only_fixed_texts() {
    let process = run("panic", &[("CHANDLER_LOG_FORMAT", "json")]);
    let lines: Vec<_> = process
        .lines()
        .into_iter()
        .filter(|line| line["message"] == "panic")
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["text"], "a fixed text");
    assert!(lines[1]["place"].as_str().unwrap().contains("child.rs"));
    assert!(!process.stderr().contains("hunter2"), "{}", process.stderr());
}
