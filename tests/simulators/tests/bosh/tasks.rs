//! Faults of tasks, and the course of tasks without any.

use std::time::Duration;

use chandler_simulators::bosh::{BoshOptions, Ending, TaskEffect, TaskFault, TaskKind};
use serde_json::{Value, json};

use crate::client::{Bench, manifest, until};

/// A bench whose clock stands still.
pub(crate) async fn frozen(task_seconds: f64) -> Bench {
    let bench = Bench::start(BoshOptions {
        task_seconds,
        ..BoshOptions::default()
    })
    .await;
    bench.world.freeze(true);
    bench
}

pub(crate) fn skip(bench: &Bench, seconds: f64) {
    bench.world.skip(Duration::from_secs_f64(seconds));
}

fn stages(events: &str) -> Vec<String> {
    let lines = events
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).expect("an event"));
    let shown = lines.map(|l| match l.get("error") {
        Some(error) => format!("error {}", error["code"]),
        None => format!(
            "{} {}",
            l["stage"].as_str().expect("a stage"),
            l["state"].as_str().expect("a state")
        ),
    });
    let mut shown: Vec<String> = shown.collect();
    shown.dedup();
    shown
}

#[tokio::test]
async fn canaries_come_first_and_no_more_than_max_in_flight_at_once() {
    let bench = frozen(100.0).await;
    let task = bench.deploy(&manifest("d", 6, 1)).await;
    let (mut most, mut order) = (0, Vec::new());
    while bench.state(task).await != "done" {
        skip(&bench, 0.25);
        let mut flying = 0_usize;
        order.clear();
        for line in bench.events(task).await.lines() {
            let line: Value = serde_json::from_str(line).expect("an event");
            if line["stage"] == "Updating instance" {
                match line["state"].as_str() {
                    Some("started") => {
                        flying += 1;
                        order.push(line["task"].as_str().expect("text").contains("(canary)"));
                    }
                    Some("finished") => flying -= 1,
                    _ => {}
                }
                most = most.max(flying);
            }
        }
    }
    assert_eq!(order, [true, false, false, false, false, false]);
    assert_eq!(most, 2);
    assert_eq!(bench.world.deployment("d").expect("it is there").vms, 6);
}

#[tokio::test]
async fn an_equal_manifest_updates_nothing_and_a_smaller_one_deletes() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 3, 1)).await;
    let same = bench.deploy(&manifest("d", 3, 1)).await;
    assert!(!bench.events(same).await.contains("Updating instance"));
    let other = bench.deploy(&manifest("d", 3, 2)).await;
    assert_eq!(bench.events(other).await.matches("\"progress\":0").count(), 3 + 3);
    let smaller = bench.deploy(&manifest("d", 1, 2)).await;
    assert!(bench.events(smaller).await.contains("Deleting unneeded instances"));
    assert_eq!(bench.world.deployment("d").expect("it is there").instances, 1);
}

#[tokio::test]
async fn a_first_failure_leaves_no_manifest_a_later_one_the_last_good() {
    let bench = Bench::new().await;
    let fail = |stage: &str| TaskEffect::Fail {
        stage: stage.to_owned(),
        message: None,
        code: None,
    };
    bench
        .world
        .set_fault(TaskFault::once(TaskKind::Deploy, fail("Creating missing vms")));
    let task = bench.deploy(&manifest("d", 1, 1)).await;
    assert_eq!(bench.state(task).await, "error");
    let events = bench.events(task).await;
    assert!(
        events.contains("dummy.rb:87:in `create_vm'"),
        "the message has its stack trace"
    );
    assert_eq!(stages(&events).last().map(String::as_str), Some("error 100"));
    assert_eq!(bench.get("/deployments/d").await, json!({"manifest": null}));

    let good = manifest("d", 1, 1);
    bench.deploy(&good).await;
    bench
        .world
        .set_fault(TaskFault::once(TaskKind::Deploy, fail("Updating instance")));
    let task = bench.deploy(&manifest("d", 1, 2)).await;
    assert_eq!(bench.state(task).await, "error");
    assert_eq!(
        stages(&bench.events(task).await).last().map(String::as_str),
        Some("error 400007")
    );
    assert_eq!(bench.get("/deployments/d").await, json!({"manifest": good}));
}

#[tokio::test]
async fn endings_without_an_error_line() {
    for (ending, state, result) in [
        (Ending::Killed, "error", json!(null)),
        (Ending::Timeout, "timeout", json!(null)),
        (Ending::Cancelled, "cancelled", json!("task cancelled")),
    ] {
        let bench = frozen(10.0).await;
        let left = ending != Ending::Cancelled;
        bench
            .world
            .set_fault(TaskFault::once(TaskKind::Deploy, TaskEffect::End { ending }));
        let task = bench.deploy(&manifest("d", 1, 1)).await;
        assert_eq!(bench.state(task).await, "processing");
        skip(&bench, 6.0);
        let shown = bench.get(&format!("/tasks/{task}")).await;
        assert_eq!((shown["state"].as_str(), &shown["result"]), (Some(state), &result));
        assert_eq!(bench.events(task).await.contains("\"error\""), !left);
        assert_eq!(bench.get("/deployments").await[0]["locked"], left);
        skip(&bench, 250.0);
        assert_eq!(bench.get("/locks").await, json!([]));
    }
}

#[tokio::test]
async fn a_hanging_task_waits_to_be_finished_or_cancelled() {
    let bench = frozen(0.0).await;
    bench
        .world
        .set_fault(TaskFault::always(TaskKind::Deploy, TaskEffect::Hang));
    let (first, second) = (
        bench.deploy(&manifest("a", 1, 1)).await,
        bench.deploy(&manifest("b", 1, 1)).await,
    );
    skip(&bench, 100_000.0);
    assert_eq!(bench.state(first).await, "processing");
    assert!(bench.world.finish_task(first, Ending::Done));
    assert!(!bench.world.finish_task(first, Ending::Done), "it has ended");
    assert_eq!(bench.state(first).await, "done");
    assert!(bench.world.deployment("a").expect("it is there").manifest.is_some());

    let cancel = bench.request("DELETE", &format!("/task/{second}"));
    assert_eq!(cancel.send().await.expect("an answer").status(), 204);
    assert_eq!(bench.state(second).await, "cancelled");
    assert!(bench.world.deployment("b").expect("it is there").manifest.is_none());
    assert!(stages(&bench.events(second).await).contains(&"error 10001".to_owned()));
}

#[tokio::test]
async fn a_task_can_be_held_in_the_queue() {
    let bench = frozen(0.0).await;
    bench
        .world
        .set_fault(TaskFault::once(TaskKind::Deploy, TaskEffect::StayQueued));
    let task = bench.deploy(&manifest("d", 0, 1)).await;
    skip(&bench, 1_000.0);
    assert_eq!(bench.state(task).await, "queued");
    assert!(bench.world.finish_task(task, Ending::Done));
    assert_eq!(bench.state(task).await, "done");
}

#[tokio::test]
async fn workers_are_few_and_the_queue_is_fair() {
    let bench = Bench::start(BoshOptions {
        workers: 2,
        task_seconds: 10.0,
        ..BoshOptions::default()
    })
    .await;
    bench.world.freeze(true);
    let mut tasks = Vec::new();
    for at in 0..5 {
        tasks.push(bench.deploy(&manifest(&format!("d{at}"), 0, 1)).await);
    }
    for (after, expected) in [(0.0, 2), (10.0, 2), (10.0, 1), (10.0, 0)] {
        skip(&bench, after);
        let running = bench.get("/tasks?state=processing").await;
        assert_eq!(running.as_array().map(Vec::len), Some(expected));
    }
    let done: Vec<_> = bench
        .world
        .tasks()
        .into_iter()
        .map(|t| t.started_at.expect("it ran"))
        .collect();
    assert!(done.is_sorted());
    assert_eq!(done[4] - done[0], 20);
}

#[tokio::test]
async fn a_lock_is_waited_for_ten_seconds() {
    let bench = frozen(8.0).await;
    let first = bench.deploy(&manifest("d", 1, 1)).await;
    let second = bench.delete("d").await;
    skip(&bench, 8.4);
    assert_eq!(
        (bench.state(first).await, bench.state(second).await),
        ("done".into(), "processing".into())
    );
    skip(&bench, 3.0);
    assert_eq!(bench.state(second).await, "done", "it got the lock");

    bench.world.leave_lock("d", first, Duration::from_secs(60));
    let third = bench.deploy(&manifest("d", 1, 1)).await;
    skip(&bench, 9.9);
    assert_eq!(bench.state(third).await, "processing");
    skip(&bench, 0.2);
    let shown = bench.get(&format!("/tasks/{third}")).await;
    assert!(
        shown["result"]
            .as_str()
            .expect("text")
            .starts_with("Failed to acquire lock for lock:deployment:d uid: ")
    );
    assert_eq!(stages(&bench.events(third).await), ["error 100"]);
    bench.world.drop_lock("d");
    let last = bench.deploy(&manifest("d", 1, 1)).await;
    skip(&bench, 9.0);
    assert_eq!(bench.state(last).await, "done");
}

#[tokio::test]
async fn a_fault_can_leave_a_lock_behind_a_good_task() {
    let bench = frozen(0.0).await;
    bench.world.set_fault(TaskFault::once(
        TaskKind::Deploy,
        TaskEffect::LeaveLock { seconds: 30.0 },
    ));
    let task = bench.deploy(&manifest("d", 0, 1)).await;
    assert_eq!(bench.state(task).await, "done");
    assert_eq!(bench.get("/locks").await[0]["task_id"], json!(task.to_string()));
    skip(&bench, 31.0);
    assert_eq!(bench.get("/locks").await, json!([]));
}

#[tokio::test]
async fn a_manifest_can_ask_to_be_slow_or_to_fail() {
    let bench = frozen(1.0).await;
    let with = |script: &str| format!("{}properties: {{simulator: {script}}}\n", manifest("d", 1, 1));
    let slow = bench.deploy(&with("{task_seconds: 60}")).await;
    skip(&bench, 59.0);
    assert_eq!(bench.state(slow).await, "processing");
    skip(&bench, 2.0);
    assert_eq!(bench.state(slow).await, "done");
    let bad = bench
        .deploy(&with(
            "{task_seconds: 0, fail_at_stage: Rendering templates, message: as told}",
        ))
        .await;
    let shown = bench.get(&format!("/tasks/{bad}")).await;
    assert_eq!(
        (&shown["state"], &shown["result"]),
        (&json!("error"), &json!("as told"))
    );
}

#[tokio::test]
async fn forced_deletion_passes_over_a_dead_vm() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 1, 1)).await;
    assert!(bench.world.kill_vm("d", "node", 0));
    let plain = bench.delete("d").await;
    assert_eq!(bench.state(plain).await, "error");
    let forced = bench.delete("d?force=true").await;
    assert_eq!(bench.state(forced).await, "done");
    assert_eq!(bench.world.deployments(), []);
}

#[tokio::test]
async fn an_errand_is_skipped_when_nothing_changed() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 1, 1)).await;
    for (port, expected) in [
        (1, "1 succeeded, 0 errored, 0 canceled"),
        (1, "skipped - no changes detected"),
        (2, "1 succeeded, 0 errored, 0 canceled"),
    ] {
        bench.deploy(&manifest("d", 1, port)).await;
        let run = bench.request("POST", "/deployments/d/errands/svc/runs");
        let run = run.body("{\"when-changed\": true}").send().await.expect("an answer");
        let task = crate::client::task_of(run);
        assert_eq!(bench.get(&format!("/tasks/{task}")).await["result"], expected);
    }
}

#[tokio::test]
async fn errands_end_as_told() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 2, 1)).await;
    let effect = TaskEffect::Errand {
        exit_code: 137,
        stdout: String::new(),
        stderr: "killed".into(),
    };
    bench.world.set_fault(TaskFault::once(TaskKind::Errand, effect));
    let run = bench.request("POST", "/deployments/d/errands/svc/runs").body("{}");
    let task = crate::client::task_of(run.send().await.expect("an answer"));
    let shown = bench.get(&format!("/tasks/{task}")).await;
    assert_eq!(
        (&shown["state"], &shown["result"]),
        (&json!("done"), &json!("0 succeeded, 0 errored, 2 canceled"))
    );
}

#[tokio::test]
async fn with_a_running_clock_tasks_take_their_time() {
    let bench = Bench::start(BoshOptions {
        task_seconds: 2.0,
        ..BoshOptions::default()
    })
    .await;
    let task = bench.deploy(&manifest("d", 1, 1)).await;
    assert_eq!(bench.state(task).await, "processing");
    until("the deployment", async || bench.state(task).await == "done").await;
    bench.world.set_task_seconds(0.0);
    let task = bench.delete("d").await;
    assert_eq!(bench.state(task).await, "done");
    assert_eq!(bench.world.deployments(), []);
}
