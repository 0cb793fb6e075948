//! Failing, waiting and worse, on demand; and what is recorded.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::broker::{DEADLINE, DEPLOYMENT, PROGRAM, feed, manifest, run, run_controlled, start, stderr, stdout, with};

#[test]
fn it_fails_and_waits_when_a_parameter_says_so() {
    let output = run(&["generate-manifest"], &with(json!({"adapter_exit_code": 49})));
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(49), "asked to fail with exit code 49")
    );
    let begin = Instant::now();
    manifest(&run(&["generate-manifest"], &with(json!({"adapter_sleep_ms": 60}))));
    assert!(begin.elapsed() >= Duration::from_millis(60));
}

#[test]
fn it_misbehaves_when_the_control_file_says_so() {
    let good = with(json!({}));
    let output = run_controlled(
        &json!({"exit_code": 3, "stdout": "no room", "stderr": "disk full"}),
        &["generate-manifest"],
        &good,
    );
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(3), "no room"));
    assert!(stderr(&output).contains("disk full"));

    let output = run_controlled(
        &json!({"exit_code": 0, "stdout": "no JSON"}),
        &["generate-manifest"],
        &good,
    );
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "no JSON"));

    let output = run_controlled(&json!({"stdout_mb": 2, "stderr_mb": 1}), &["generate-manifest"], &good);
    assert!(output.stdout.len() > 2 << 20 && output.stderr.len() > 1 << 20);

    let (_, manifest) = manifest(&run_controlled(
        &json!({"wrong_name": true}),
        &["generate-manifest"],
        &good,
    ));
    assert_ne!(manifest["name"], DEPLOYMENT);

    let begin = Instant::now();
    run_controlled(&json!({"sleep_ms": 60}), &["generate-manifest"], &good);
    assert!(begin.elapsed() >= Duration::from_millis(60));

    let others = json!({"exit_code": 3, "commands": ["dashboard-url"]});
    assert_eq!(
        run_controlled(&others, &["generate-manifest"], &good).status.code(),
        Some(0)
    );
    let typo = run_controlled(&json!({"exit_cod": 3}), &["generate-manifest"], &good);
    assert_eq!(typo.status.code(), Some(1));
    assert!(stderr(&typo).contains("EXAMPLE_ADAPTER_CONTROL"), "{}", stderr(&typo));
}

#[test]
fn each_run_is_recorded() {
    let dir = TempDir::new().unwrap();
    let control = dir.path().join("control.json");
    let runs = dir.path().join("runs");
    fs::create_dir(&runs).unwrap();
    fs::write(
        &control,
        json!({"record_dir": runs, "commands": ["none"], "exit_code": 1}).to_string(),
    )
    .unwrap();
    for command in ["generate-manifest", "dashboard-url"] {
        let mut child = Command::new(PROGRAM)
            .arg(command)
            .env("EXAMPLE_ADAPTER_CONTROL", &control)
            .env("TRACEPARENT", "00-1-2-01")
            .env("OTHER", "hidden")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        feed(&mut child, &with(json!({"password": "it arrives"})));
        child.wait().unwrap();
    }
    let mut names: Vec<_> = fs::read_dir(&runs)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["run-0001.json", "run-0002.json"]);
    let text = fs::read_to_string(runs.join("run-0001.json")).unwrap();
    let first: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(first["argv"][1], "generate-manifest");
    assert!(first["stdin"].as_str().unwrap().contains("it arrives"));
    assert_eq!(first["env"], json!({"TRACEPARENT": "00-1-2-01"}));
    assert!(first["env_names"].as_array().unwrap().contains(&json!("OTHER")));
    assert!(!text.contains("hidden"), "values of other variables are not kept");
}

/// Reads stderr until the adapter handles the command: now its signals are as it wants them.
fn handling(child: &mut Child) {
    let mut seen = Vec::new();
    let mut byte = [0];
    let pipe = child.stderr.as_mut().unwrap();
    while !String::from_utf8_lossy(&seen).contains("handling") {
        assert_eq!(
            pipe.read(&mut byte).unwrap(),
            1,
            "it ended: {}",
            String::from_utf8_lossy(&seen)
        );
        seen.push(byte[0]);
    }
}

#[test]
fn sigterm_ends_it_unless_it_is_to_be_ignored() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (ignored, expected) in [(false, None), (true, Some(7))] {
        let control = json!({"ignore_sigterm": ignored, "exit_code": 7});
        fs::write(file.path(), control.to_string()).unwrap();
        let mut child = start(&["generate-manifest"], Some(file.path()));
        handling(&mut child);
        // It waits for its stdin now.
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        if ignored {
            feed(&mut child, &with(json!({})));
        }
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(begin.elapsed() < DEADLINE, "it does not end");
            std::thread::park_timeout(Duration::from_millis(5));
        };
        assert_eq!(status.code(), expected);
    }
}

#[test]
fn a_child_that_is_left_behind_holds_the_output_open() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        file.path(),
        json!({"leave_child_seconds": 600, "exit_code": 0}).to_string(),
    )
    .unwrap();
    let mut child = Command::new(PROGRAM)
        .arg("generate-manifest")
        .env("EXAMPLE_ADAPTER_CONTROL", file.path())
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let group = Pid::from_child(&child);
    feed(&mut child, &with(json!({})));
    let mut stdout = child.stdout.take().unwrap();
    let (closed, wait) = mpsc::channel();
    let reader = std::thread::spawn(move || closed.send(stdout.read_to_end(&mut Vec::new()).is_ok()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let early = wait.recv_timeout(Duration::from_millis(200));
    // Before any assertion, so that nothing is left behind after all.
    kill_process_group(group, Signal::KILL).unwrap();
    assert!(early.is_err(), "the pipe was closed with the adapter");
    assert!(wait.recv_timeout(DEADLINE).unwrap(), "and with the child");
    reader.join().unwrap().unwrap();
}
