//! Deployments, their locks, errands and VMs: D3, D8 to D11, D16.

use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind};
use serde_json::{Value, json};

use super::{Seen, ask, errand, error, keys, lines, shown};
use crate::client::{Bench, manifest, task_of};
use crate::tasks::{frozen, skip};

async fn row(bench: &Bench, name: &str) -> Option<Value> {
    let all = bench.get("/deployments").await;
    let rows = all.as_array().expect("rows");
    rows.iter().find(|row| row["name"] == name).cloned()
}

#[tokio::test]
async fn d03_a_deploy_redirects_to_its_task_and_the_row_is_there() {
    let bench = frozen(10.0).await;
    let text = format!("# as it is \u{e4}\n{}", manifest("d", 1, 1));
    let seen = Seen::of(bench.post_manifest(&text).header("Host", "director.demo:25555")).await;
    assert_eq!(seen.plain(), (302, ""));
    assert_eq!(seen.header("location"), Some("https://director.demo:25555/tasks/1"));
    assert_eq!(seen.header("www-authenticate"), Some("Basic realm=\"BOSH Director\""));
    let own = Seen::of(bench.post_manifest(&manifest("e", 0, 1))).await;
    let expected = format!("{}/tasks/2", bench.simulator.url());
    assert!(expected.starts_with("https://"));
    assert_eq!(own.header("location"), Some(expected.as_str()));

    let none = json!({"manifest": null});
    let expected = json!({
        "name": "d", "teams": [], "cloud_config": "latest", "stemcells": [], "releases": [], "locked": true,
    });
    assert_eq!(row(&bench, "d").await, Some(expected));
    assert_eq!(bench.get("/deployments/d").await, none);
    skip(&bench, 9.9);
    assert_eq!(shown(&bench, 1).await["state"], "processing");
    assert_eq!(bench.get("/deployments/d").await, none);
    skip(&bench, 0.2);
    assert_eq!(shown(&bench, 1).await["state"], "done");
    assert_eq!(bench.get("/deployments/d").await, json!({"manifest": text}));
    let row = row(&bench, "d").await.expect("its row");
    assert_eq!(row["locked"], false);
    assert_eq!(row["releases"], json!([{"name": "sandbox-svc", "version": "1.0.0"}]));
    assert_eq!(row["stemcells"][0]["version"], "1");

    // A task that waits for a worker has a row as well.
    bench.world.set_workers(0);
    assert_eq!(Seen::of(bench.post_manifest(&manifest("q", 1, 1))).await.status, 302);
    assert_eq!(shown(&bench, 3).await["state"], "queued");
    assert_eq!(bench.get("/deployments/q").await, none);
}

#[tokio::test]
async fn d08_who_waits_in_vain_for_the_lock_fails_with_code_100() {
    let bench = frozen(30.0).await;
    let winner = manifest("d", 1, 1);
    let first = bench.deploy(&winner).await;
    let mut losers = vec![bench.deploy(&manifest("d", 1, 2)).await];
    losers.push(bench.delete("d").await);
    losers.push(errand(&bench, "d", "svc", "{}").await);
    let locks = bench.get("/locks").await;
    let lock = &locks[0];
    assert_eq!(locks.as_array().map(Vec::len), Some(1));
    assert_eq!(keys(lock), ["type", "resource", "timeout", "task_id"]);
    assert_eq!(
        (&lock["type"], &lock["resource"]),
        (&json!("deployment"), &json!(["d"]))
    );
    assert_eq!(lock["task_id"], first.to_string());
    let timeout = lock["timeout"].as_str().expect("text");
    assert!(timeout.parse::<f64>().is_ok_and(|at| at > 1_700_000_000.0), "{timeout}");

    skip(&bench, 9.9);
    for loser in &losers {
        assert_eq!(shown(&bench, *loser).await["state"], "processing", "{loser}");
        assert!(lines(&bench, *loser).await.is_empty());
    }
    skip(&bench, 0.2);
    for loser in losers {
        let task = shown(&bench, loser).await;
        assert_eq!(task["state"], "error", "{loser}");
        let waited = task["timestamp"].as_i64().zip(task["started_at"].as_i64());
        assert!(
            waited.is_some_and(|(end, start)| (10..=11).contains(&(end - start))),
            "{task}"
        );
        let lines = lines(&bench, loser).await;
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["error"]["code"], 100);
        let message = line["error"]["message"].as_str().expect("a message");
        let rest = message.strip_prefix("Failed to acquire lock for lock:deployment:d uid: ");
        let (uid, rest) = rest.and_then(|rest| rest.split_once(". ")).expect("a uid");
        assert!(uuid::Uuid::parse_str(uid).is_ok(), "{uid}");
        let expected = format!("Locking task id is {first}, description: 'create deployment'");
        assert_eq!(rest, expected);
        let result = task["result"].as_str().expect("a result");
        let begun = result.strip_suffix("...").expect("a cut result");
        assert!(message.starts_with(begun), "{result}");
    }
    // VMs are listed although the lock is held.
    let listed = task_of(
        bench
            .request("GET", "/deployments/d/vms?format=full")
            .send()
            .await
            .expect("an answer"),
    );
    assert_eq!(shown(&bench, listed).await["state"], "done");
    assert_eq!(shown(&bench, first).await["state"], "processing");
    assert_eq!(row(&bench, "d").await.expect("its row")["locked"], true);

    skip(&bench, 20.0);
    assert_eq!(shown(&bench, first).await["state"], "done");
    assert_eq!(bench.get("/deployments/d").await, json!({"manifest": winner}));
    assert_eq!(bench.get("/locks").await, json!([]));
}

#[tokio::test]
async fn d09_a_failed_update_keeps_the_last_manifest() {
    let bench = frozen(10.0).await;
    let good = manifest("d", 2, 1);
    bench.deploy(&good).await;
    skip(&bench, 11.0);
    for stage in ["", "Rendering templates", "Updating instance", "no such stage"] {
        let effect = TaskEffect::Fail {
            stage: stage.to_owned(),
            message: Some("told to".to_owned()),
            code: None,
        };
        bench.world.set_fault(TaskFault::once(TaskKind::Deploy, effect));
        let task = bench.deploy(&manifest("d", 2, 2)).await;
        assert_eq!(bench.get("/deployments/d").await, json!({"manifest": good}), "{stage}");
        skip(&bench, 11.0);
        let failed = shown(&bench, task).await;
        assert_eq!(
            (&failed["state"], &failed["result"]),
            (&json!("error"), &json!("told to"))
        );
        assert_eq!(bench.get("/deployments/d").await, json!({"manifest": good}), "{stage}");
    }
}

#[tokio::test]
async fn d10_a_deletion_is_a_task_and_the_second_is_404() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 1, 1)).await;
    bench.deploy(&manifest("kept", 0, 1)).await;
    let task = bench.delete("d?").await;
    let done = shown(&bench, task).await;
    assert_eq!(
        (&done["state"], &done["description"], &done["result"]),
        (&json!("done"), &json!("delete deployment d"), &json!("/deployments/d"))
    );
    let gone = error(70_000, "Deployment 'd' doesn't exist");
    for (method, path) in [
        ("DELETE", "/deployments/d"),
        ("DELETE", "/deployments/d?force=true"),
        ("GET", "/deployments/d"),
        ("GET", "/deployments/d/vms?format=full"),
    ] {
        let seen = ask(&bench, method, path).await;
        assert_eq!((seen.status, seen.json()), (404, gone.clone()), "{method} {path}");
    }
    assert_eq!(bench.world.tasks().len(), 3, "the second started nothing");
    assert_eq!(
        (row(&bench, "d").await, row(&bench, "kept").await.is_some()),
        (None, true)
    );
    assert_eq!(shown(&bench, task).await, done, "the task stays readable");
}

#[tokio::test]
async fn d11_a_failed_errand_is_done_and_an_unknown_one_an_error() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 2, 1)).await;
    let effect = TaskEffect::Errand {
        exit_code: 3,
        stdout: "out\n".to_owned(),
        stderr: "boom\n".to_owned(),
    };
    bench.world.set_fault(TaskFault::once(TaskKind::Errand, effect));
    let task = errand(&bench, "d", "svc", "{}").await;
    let ended = shown(&bench, task).await;
    assert_eq!(
        (&ended["state"], &ended["result"]),
        (&json!("done"), &json!("0 succeeded, 2 errored, 0 canceled"))
    );
    assert_eq!(ended["description"], "run errand svc from deployment d");
    assert!(lines(&bench, task).await.iter().all(|line| line["error"].is_null()));
    let output = ask(&bench, "GET", &format!("/tasks/{task}/output?type=result")).await;
    assert_eq!(
        (output.status, output.text.lines().count()),
        (200, 2),
        "a line per instance"
    );
    for line in output.text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let all = ["instance", "errand_name", "exit_code", "stdout", "stderr", "logs"];
        assert_eq!(keys(&line), all);
        assert_eq!(keys(&line["instance"]), ["group", "id"]);
        assert_eq!(keys(&line["logs"]), ["blobstore_id", "sha1"]);
        assert_eq!((&line["errand_name"], &line["exit_code"]), (&json!("svc"), &json!(3)));
        assert_eq!((&line["stdout"], &line["stderr"]), (&json!("out\n"), &json!("boom\n")));
        assert_eq!(line["instance"]["group"], "node");
    }

    let one = r#"{"keep-alive":false,"when-changed":false,"instances":[{"group":"node","id":"first"}]}"#;
    let good = errand(&bench, "d", "svc", one).await;
    let ended = shown(&bench, good).await;
    assert_eq!(ended["result"], "1 succeeded, 0 errored, 0 canceled");

    let nowhere = r#"{"instances":[{"group":"none","id":"0"}]}"#;
    for (name, body, code, message) in [
        ("nosuch", "{}", Some(70_009), "Errand 'nosuch' doesn't exist"),
        ("svc", nowhere, None, "No instances match selection criteria: ["),
    ] {
        let task = errand(&bench, "d", name, body).await;
        let ended = shown(&bench, task).await;
        assert_eq!(ended["state"], "error", "{name}");
        assert!(
            ended["result"].as_str().is_some_and(|r| r.starts_with(message)),
            "{ended}"
        );
        let last = lines(&bench, task).await.pop().expect("a line");
        let text = last["error"]["message"].as_str().expect("a message");
        assert!(text.starts_with(message), "{text}");
        assert!(code.is_none_or(|code: u32| last["error"]["code"] == code), "{last}");
    }
    let empty = ask(&bench, "POST", "/deployments/d/errands/svc/runs").await;
    assert_eq!(empty.plain(), (500, ""));
}

#[tokio::test]
async fn d16_no_vms_are_an_empty_result() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("none", 0, 1)).await;
    // An errand's own instance has no VM while the errand doesn't run.
    let idle = manifest("idle", 1, 1).replace("- name: node", "- name: node\n  lifecycle: errand");
    bench.deploy(&idle).await;
    for (deployment, what, rows) in [
        ("none", "vms", 0),
        ("none", "instances", 0),
        ("idle", "vms", 0),
        ("idle", "instances", 1),
    ] {
        let path = format!("/deployments/{deployment}/{what}?format=full");
        let task = task_of(bench.request("GET", &path).send().await.expect("an answer"));
        let done = shown(&bench, task).await;
        assert_eq!(
            (&done["state"], &done["description"]),
            (&json!("done"), &json!("retrieve vm-stats"))
        );
        let output = ask(&bench, "GET", &format!("/tasks/{task}/output?type=result")).await;
        assert_eq!((output.status, output.text.lines().count()), (200, rows), "{path}");
        assert_eq!(output.header("content-length") == Some("0"), rows == 0, "{path}");
        let short = bench.get(&format!("/deployments/{deployment}/{what}")).await;
        assert_eq!(short.as_array().map(Vec::len), Some(rows), "{path}");
        let visible = bench.get(&format!("/tasks?deployment={deployment}")).await;
        let all = bench.get(&format!("/tasks?deployment={deployment}&verbose=2")).await;
        assert_eq!((visible[0]["id"] == json!(task), &all[0]["id"]), (false, &json!(task)));
    }
}
