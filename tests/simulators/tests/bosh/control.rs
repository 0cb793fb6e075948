//! The control API, and the program.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Bench, client, manifest};

#[tokio::test]
async fn configs_are_named_once_however_many_versions_there_are() {
    let bench = Bench::new().await;
    for content in ["a: 1", "a: 2"] {
        let config = json!({"type": "cpi", "name": "one", "content": content}).to_string();
        let made = bench
            .request("POST", "/configs")
            .header("Content-Type", "application/json");
        assert_eq!(made.body(config).send().await.expect("an answer").status(), 201);
    }
    let listed = bench.control("GET", "configs", Value::Null).await;
    let listed: Value = listed.json().await.expect("JSON");
    let all = json!([{"type": "cloud", "name": "default"}, {"type": "cpi", "name": "one"}]);
    assert_eq!(listed, all);
}

#[tokio::test]
async fn faults_are_armed_listed_and_cleared_over_http() {
    let bench = Bench::new().await;
    let armed = bench
        .control(
            "POST",
            "faults",
            json!({"method": "GET", "path": "/tasks", "call": {"do": "lose_request"}}),
        )
        .await;
    assert_eq!(armed.status(), 201);
    assert!(bench.request("GET", "/tasks").send().await.is_err());
    let listed: Value = bench
        .control("GET", "faults", Value::Null)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(listed[0]["fault"]["call"]["do"], "lose_request");
    assert_eq!(bench.control("DELETE", "faults", Value::Null).await.status(), 204);
    bench.get("/tasks").await;

    let nonsense = json!({"path": "/tasks", "call": {"do": "explode"}});
    assert!(
        bench
            .control("POST", "faults", nonsense)
            .await
            .status()
            .is_client_error()
    );
}

#[tokio::test]
async fn the_version_is_what_it_is_told_to_be() {
    let bench = Bench::new().await;
    let own = bench.get("/info").await["version"].clone();
    for (told, shown) in [("260.1.0 (0)", json!("260.1.0 (0)")), ("", own)] {
        let answer = bench.control("PUT", "settings", json!({"version": told})).await;
        assert_eq!(answer.status(), 204);
        assert_eq!(bench.get("/info").await["version"], shown);
    }
}

#[tokio::test]
async fn every_knob_is_there_over_http() {
    let bench = Bench::new().await;
    for (method, path, body, status) in [
        (
            "PUT",
            "settings",
            json!({"task_seconds": 5, "latency_ms": 1, "workers": 3, "lock_wait_seconds": 1, "queue_seconds": 0}),
            204,
        ),
        ("PUT", "settings", json!({"task_secs": 5}), 422),
        ("PUT", "clock", json!({"frozen": true, "skip_seconds": 1}), 204),
        ("PUT", "outage", json!({"outage": "database"}), 204),
        ("PUT", "outage", json!({"outage": null}), 204),
        (
            "POST",
            "faults",
            json!({"kind": "deploy", "deployment": "d*", "task": {"do": "hang"}}),
            201,
        ),
        (
            "POST",
            "faults",
            json!({"task": {"do": "end", "ending": {"state": "timeout"}}, "count": 0}),
            201,
        ),
        ("DELETE", "faults/2", Value::Null, 204),
        ("PUT", "locks/other", json!({"seconds": 5}), 204),
        ("DELETE", "locks/other", Value::Null, 204),
        ("PUT", "catalog", json!({"networks": ["default"]}), 204),
        ("PUT", "catalog", json!({"network": []}), 422),
        ("POST", "tasks/99/finish", json!({"state": "done"}), 409),
    ] {
        let answer = bench.control(method, path, body.clone()).await;
        assert_eq!(answer.status().as_u16(), status, "{method} {path} {body}");
    }
    bench.world.set_catalog(None);
    let task = bench.deploy(&manifest("d", 0, 1)).await;
    let path = format!("tasks/{task}/finish");
    bench.control("PUT", "clock", json!({"skip_seconds": 10})).await;
    let failed = json!({"state": "error", "code": 100, "message": "told to"});
    assert_eq!(bench.control("POST", &path, failed).await.status(), 204);
    let tasks: Value = bench
        .control("GET", "tasks", Value::Null)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(
        (&tasks[0]["state"], &tasks[0]["result"]),
        (&json!("error"), &json!("told to"))
    );
    let rows: Value = bench
        .control("GET", "deployments", Value::Null)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!((&rows[0]["name"], &rows[0]["manifest"]), (&json!("d"), &json!(null)));
    let calls: Value = bench
        .control("GET", "calls", Value::Null)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(calls["starts"][0]["fate"], "started");
    assert_eq!(bench.control("DELETE", "calls", Value::Null).await.status(), 204);
    assert_eq!(bench.world.journal().starts, []);
}

/// Kills the program if a test fails before it ends.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_program_says_where_it_listens() {
    let folder = std::env::temp_dir().join(format!("chandler-sim-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).expect("a folder");
    let ca = folder.join("ca.pem");
    let mut program = Command::new(env!("CARGO_BIN_EXE_chandler-simulators"))
        .args(["bosh", "--task-seconds", "0", "--username", "me", "--ca-out"])
        .arg(&ca)
        .env("BOSH_SIM_PASSWORD", "secret")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let out = program.stdout.take().expect("its output");
    let program = Running(program);
    BufReader::new(out).read_line(&mut line).expect("a line");
    let addresses: Value = serde_json::from_str(&line).expect("JSON");
    let url = addresses["bosh"].as_str().expect("an address");
    let client = client(&std::fs::read_to_string(&ca).expect("the CA"));
    let info = client
        .get(format!("{url}/info"))
        .basic_auth("me", Some("secret"))
        .send()
        .await;
    let info: Value = info.expect("an answer").json().await.expect("JSON");
    assert_eq!(info["user"], "me");
    let control = addresses["control"].as_str().expect("an address");
    let tasks = client
        .get(format!("{control}/control/tasks"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(tasks.json::<Value>().await.expect("JSON"), json!([]));
    drop(program);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}
