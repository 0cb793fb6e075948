//! Tasks: what they show, their end by order, how they are found: D5, D12, D15.

use chandler_simulators::bosh::{BoshOptions, TaskEffect, TaskFault, TaskKind};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{Seen, ask, error, keys, lines, shown};
use crate::client::{Bench, manifest, task_of};
use crate::tasks::{frozen, skip};

/// Lets the next deployment fail.
pub(super) fn fail(stage: &str, message: &str) -> TaskFault {
    let effect = TaskEffect::Fail {
        stage: stage.to_owned(),
        message: Some(message.to_owned()),
        code: None,
    };
    TaskFault::once(TaskKind::Deploy, effect)
}

#[tokio::test]
async fn d05_a_task_shows_where_it_stands_and_a_cut_result() {
    let bench = frozen(10.0).await;
    bench.world.set_workers(1);
    let (first, second) = (
        bench.deploy(&manifest("a", 1, 1)).await,
        bench.deploy(&manifest("b", 0, 1)).await,
    );
    assert!(second > first);
    let queued = shown(&bench, second).await;
    let expected = json!({
        "id": second, "state": "queued", "description": "create deployment", "timestamp": null, "started_at": null,
        "result": null, "user": "admin", "deployment": "b", "context_id": "",
    });
    assert_eq!(queued, expected);
    assert_eq!(keys(&queued), keys(&expected));
    let running = shown(&bench, first).await;
    assert_eq!(
        (&running["state"], &running["result"]),
        (&json!("processing"), &Value::Null)
    );
    assert_eq!(
        running["timestamp"],
        Value::Null,
        "as recorded, until something changes"
    );
    let started = running["started_at"].as_i64().expect("seconds");
    skip(&bench, 12.0);
    let done = shown(&bench, first).await;
    assert_eq!(
        (&done["state"], &done["result"]),
        (&json!("done"), &json!("/deployments/a"))
    );
    assert_eq!(done["started_at"], started);
    let ended = done["timestamp"].as_i64().expect("seconds");
    assert!((10..=11).contains(&(ended - started)), "{done}");
    let after = shown(&bench, second).await["started_at"].as_i64();
    assert!(after.is_some_and(|at| at >= ended), "it waited for the worker");
    for (path, code) in [("/tasks/99999", 99_999), ("/tasks/99999/output?type=event", 99_999)] {
        let seen = ask(&bench, "GET", path).await;
        let absent = error(10_000, &format!("Task {code} not found"));
        assert_eq!((seen.status, seen.json()), (404, absent), "{path}");
    }

    let bench = Bench::new().await;
    let words = |count: usize| vec!["word"; count].join(" ");
    for (message, expected) in [
        ("  short \n".to_owned(), "short".to_owned()),
        ("x".repeat(128), "x".repeat(128)),
        ("x".repeat(129), format!("{}...", "x".repeat(129))),
        ("x".repeat(500), format!("{}...", "x".repeat(129))),
        // 25 words and a piece of the next are 129 characters.
        (words(40), format!("{}...", words(25))),
        (
            format!("Errors are:\n{}", words(40)),
            format!("Errors\n{}...", words(23)),
        ),
    ] {
        bench.world.set_fault(fail("", &message));
        let task = bench.deploy(&manifest("d", 0, 1)).await;
        let ended = shown(&bench, task).await;
        assert_eq!((&ended["state"], &ended["result"]), (&json!("error"), &json!(expected)));
        let last = lines(&bench, task).await.pop().expect("a line");
        assert_eq!(last["error"]["message"], message, "the event has all of it");
    }
}

#[tokio::test]
async fn d12_what_runs_can_be_cancelled_and_what_has_ended_cannot() {
    let bench = Bench::start(BoshOptions {
        workers: 1,
        task_seconds: 100.0,
        ..BoshOptions::default()
    })
    .await;
    bench.world.freeze(true);
    let running = bench.deploy(&manifest("a", 1, 1)).await;
    let queued = bench.deploy(&manifest("b", 1, 1)).await;
    let cancel = async |task: u64| ask(&bench, "DELETE", &format!("/task/{task}")).await;
    assert_eq!(shown(&bench, queued).await["state"], "queued");
    assert_eq!(cancel(queued).await.plain(), (204, ""));
    let told = shown(&bench, queued).await["state"].clone();
    assert!([json!("cancelling"), json!("cancelled")].contains(&told), "{told}");

    skip(&bench, 1.0);
    assert_eq!(shown(&bench, running).await["state"], "processing");
    assert_eq!(cancel(running).await.plain(), (204, ""));
    let stopping = shown(&bench, running).await;
    assert_eq!(
        (&stopping["state"], &stopping["result"]),
        (&json!("cancelling"), &Value::Null)
    );
    assert!(stopping["timestamp"].is_i64());
    skip(&bench, 100.0);
    for task in [running, queued] {
        let ended = shown(&bench, task).await;
        assert_eq!(
            (&ended["state"], &ended["result"]),
            (&json!("cancelled"), &json!("task cancelled"))
        );
        let text = format!("Cannot cancel task {task}: invalid state (cancelled)");
        assert_eq!(cancel(task).await.plain(), (400, text.as_str()));
    }
    let last = lines(&bench, running).await.pop().expect("a line");
    let expected = json!({"code": 10_001, "message": format!("Task {running} cancelled")});
    assert_eq!(last["error"], expected);
    assert_eq!(bench.get("/locks").await, json!([]));
    assert_eq!(bench.get("/deployments/a").await, json!({"manifest": null}));

    bench.world.set_task_seconds(0.0);
    let done = bench.deploy(&manifest("a", 0, 1)).await;
    let text = format!("Cannot cancel task {done}: invalid state (done)");
    assert_eq!(cancel(done).await.plain(), (400, text.as_str()));
    assert_eq!(shown(&bench, done).await["state"], "done");
    let absent = cancel(99_999).await;
    assert_eq!(
        (absent.status, absent.json()),
        (404, error(10_000, "Task 99999 not found"))
    );
}

#[tokio::test]
async fn d15_context_ids_have_64_characters_and_find_their_tasks_newest_first() {
    let bench = Bench::new().await;
    let header = "X-Bosh-Context-Id";
    let (longest, longer) = ("c".repeat(64), "c".repeat(65));
    let deploy = |id: &str| bench.post_manifest(&manifest("d", 1, 1)).header(header, id);
    let run = |id: &str| {
        let request = bench.request("POST", "/deployments/d/errands/svc/runs");
        request.body("{}").header(header, id)
    };
    let delete = |id: &str| bench.request("DELETE", "/deployments/d").header(header, id);
    let text = "X-Bosh-Context-Id cannot be more than 64 characters in length";
    let refused = async |request: RequestBuilder| {
        let seen = Seen::of(request).await;
        assert_eq!((seen.status, seen.json()), (400, error(70_010, text)));
    };
    refused(deploy(&longer)).await;
    assert_eq!(bench.get("/deployments").await, json!([]), "nothing was done");
    let mut expected = vec![task_of(deploy(&longest).send().await.expect("an answer"))];
    refused(deploy(&longer)).await;
    refused(run(&longer)).await;
    refused(delete(&longer)).await;
    let other = task_of(deploy("other").send().await.expect("an answer"));
    for request in [deploy(&longest), run(&longest), delete(&longest)] {
        expected.insert(0, task_of(request.send().await.expect("an answer")));
    }
    bench.deploy(&manifest("d", 1, 1)).await;

    let ids = async |id: &str| -> Vec<u64> {
        let rows = bench.get(&format!("/tasks?context_id={id}")).await;
        let rows = rows.as_array().expect("rows");
        assert!(rows.iter().all(|row| row["context_id"] == id), "{rows:?}");
        rows.iter().map(|row| row["id"].as_u64().expect("an id")).collect()
    };
    assert_eq!(ids(&longest).await, expected);
    assert!(expected.is_sorted_by(|newer, older| newer > older));
    assert_eq!(ids("other").await, [other]);
    assert_eq!(ids("absent").await, [0; 0]);
    let newest = bench.get(&format!("/tasks?context_id={longest}&limit=1")).await;
    assert_eq!(newest[0]["description"], "delete deployment d");
}
