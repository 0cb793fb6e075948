//! The life of an instance, through real processes.
use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_tests::{
    wait,
    world::{Plan, World},
};
use serde_json::json;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn tasks_of(world: &World, id: &str, kind: TaskKind) -> Vec<TaskState> {
    let name = format!("service-instance_{id}");
    world
        .director
        .tasks()
        .into_iter()
        .filter(|t| t.deployment == name && t.kind == kind)
        .map(|t| t.state)
        .collect()
}

#[tokio::test]
async fn from_put_to_gone() {
    let world = World::start(Plan {
        task_seconds: 3.0,
        ..Plan::default()
    })
    .await;
    let (p, id) = (&world.platform, "inst-1.a");
    let seen = p.provision(id, json!({})).await;
    assert!(
        seen.iter().any(|d| d.starts_with("Instance provisioning in progress")),
        "{seen:?}"
    );
    assert!(seen.len() >= 3, "the notes changed on the way: {seen:?}");
    assert_eq!(seen.last().unwrap(), "Instance provisioning completed");
    let fetched = p.send(p.get(id)).await;
    assert_eq!(
        (fetched.status.as_u16(), &fetched.body["plan_id"]),
        (200, &json!(chandler_tests::settings::SMALL))
    );
    assert_eq!(
        p.send(p.put(id, json!({}))).await.status,
        200,
        "an identical PUT of what is there"
    );
    assert_eq!(p.send(p.put(id, json!({"task_seconds": 1}))).await.status, 409);
    p.deprovision(id).await;
    assert_eq!(p.send(p.get(id)).await.status, 404);
    assert_eq!(p.send(p.delete(id)).await.status, 410);
    assert_eq!(tasks_of(&world, id, TaskKind::Deploy), [TaskState::Done]);
    assert_eq!(tasks_of(&world, id, TaskKind::Delete), [TaskState::Done]);
    assert!(world.director.deployments().is_empty());
}

#[tokio::test]
async fn a_delete_during_a_create_cancels_and_removes() {
    let world = World::start(Plan {
        task_seconds: 60.0,
        ..Plan::default()
    })
    .await;
    let (p, id) = (&world.platform, "cancelled");
    let create = p.accepted(p.put(id, json!({}))).await;
    wait::until("the deploy runs", LIMIT, || async {
        (!tasks_of(&world, id, TaskKind::Deploy).is_empty()).then_some(())
    })
    .await;
    world.director.set_task_seconds(0.5);
    let delete = p.accepted(p.delete(id)).await;
    let (answer, _) = p.ended(id, &delete, LIMIT).await;
    assert_eq!(answer.status, 410, "{answer:?}");
    assert_eq!(tasks_of(&world, id, TaskKind::Deploy), [TaskState::Cancelled]);
    assert!(world.director.deployments().is_empty());
    let answer = p.send(p.last_operation(id, Some(&create))).await;
    assert!(answer.status == 404 || answer.body["state"] == "failed", "{answer:?}");
}

#[tokio::test]
async fn a_failure_speaks_to_the_user_without_a_stack_trace_and_a_delete_cleans_up() {
    let world = World::start(Plan::default()).await;
    let (p, id) = (&world.platform, "doomed");
    let stage = json!({"fail_at_stage": "Updating instance"});
    let operation = p.accepted(p.put(id, stage.clone())).await;
    let (answer, _) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.starts_with("Instance provisioning failed: There was a problem completing your request."),
        "{text}"
    );
    assert!(
        text.contains("service-instance-guid: doomed") && text.contains("task-id: ") && text.contains("trace-id: "),
        "{text}"
    );
    assert!(!text.contains(".rb:") && !text.contains("\n"), "{text}");
    assert!(
        answer.body.get("instance_usable").is_none(),
        "only for failed updates and deprovisions"
    );
    assert_eq!(
        p.send(p.put(id, json!({}))).await.status,
        409,
        "a different PUT over a failed one"
    );
    p.deprovision(id).await;
    assert!(world.director.deployments().is_empty());
}

#[tokio::test]
async fn the_adapters_word_reaches_the_user() {
    let world = World::start(Plan::default()).await;
    let p = &world.platform;
    let operation = p.accepted(p.put("refused", json!({"no_such_parameter": 1}))).await;
    let (answer, _) = p.ended("refused", &operation, LIMIT).await;
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.contains("unsupported parameter(s) for this service plan: no_such_parameter"),
        "{text}"
    );
    assert!(world.director.tasks().is_empty(), "nothing was deployed");
}

#[tokio::test]
async fn a_task_that_dies_is_started_again_and_a_lock_is_waited_for() {
    let world = World::start(Plan::default()).await;
    let p = &world.platform;
    let killed = TaskEffect::End {
        ending: chandler_simulators::bosh::Ending::Killed,
    };
    world.director.set_fault(TaskFault::once(TaskKind::Deploy, killed));
    let operation = p.accepted(p.put("revived", json!({}))).await;
    // A task that is killed leaves its lock behind; the note says who is in the way.
    wait::until("the lock is waited for", LIMIT, || async {
        let answer = p.send(p.last_operation("revived", Some(&operation))).await;
        answer.body["description"]
            .as_str()?
            .contains("lock, held by task 1")
            .then_some(())
    })
    .await;
    world.director.drop_lock("service-instance_revived");
    let (answer, _) = p.ended("revived", &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    assert_eq!(
        tasks_of(&world, "revived", TaskKind::Deploy),
        [TaskState::Error, TaskState::Done]
    );
    world
        .director
        .leave_lock("service-instance_revived", 7, Duration::from_secs(3));
    p.deprovision("revived").await;
    assert_eq!(
        tasks_of(&world, "revived", TaskKind::Delete),
        [TaskState::Done],
        "it waited instead of failing on the lock"
    );
}

#[tokio::test]
async fn half_built_instances_are_forced_away_on_the_third_attempt() {
    let world = World::start(Plan {
        task_seconds: 0.0,
        ..Plan::default()
    })
    .await;
    let (p, id) = (&world.platform, "stuck");
    let operation = p
        .accepted(p.put(id, json!({"fail_at_stage": "Updating instance"})))
        .await;
    p.ended(id, &operation, LIMIT).await;
    // Every deletion fails there, unless it is forced.
    world
        .director
        .set_fault(TaskFault::always(TaskKind::Delete, unless_forced()));
    p.deprovision(id).await;
    assert_eq!(
        tasks_of(&world, id, TaskKind::Delete),
        [TaskState::Error, TaskState::Error, TaskState::Done],
        "two plain ones, then a forced one"
    );
}

/// A failure that only a forced deletion passes over.
fn unless_forced() -> TaskEffect {
    TaskEffect::Fail {
        stage: "Deleting instances".into(),
        message: Some("Timed out sending 'run_script'".into()),
        code: Some(450_002),
    }
}

#[tokio::test]
async fn the_notes_tell_stages_canaries_and_counts_and_cost_the_director_little() {
    let world = World::start(Plan {
        task_seconds: 6.0,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    let mut body = chandler_tests::platform::Platform::body(json!({}));
    body["plan_id"] = json!(chandler_tests::settings::LARGE);
    let ids: Vec<String> = (0..10).map(|n| format!("large-{n}")).collect();
    let begun = std::time::Instant::now();
    let mut operations = vec![];
    for id in &ids {
        let path = format!("/v2/service_instances/{id}?accepts_incomplete=true");
        operations.push(p.accepted(p.call(reqwest::Method::PUT, &path).json(&body)).await);
    }
    let ends = futures::future::join_all(ids.iter().zip(&operations).map(|(id, o)| p.ended(id, o, LIMIT))).await;
    for (answer, seen) in &ends {
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
        let told = |what: &str| seen.iter().any(|d| d.contains(what));
        assert!(told("Creating missing vms") && told("canary"), "{seen:?}");
        assert!(told("Updating instance 2 of 3 (kv)"), "{seen:?}");
    }
    // One list a second for all of them, besides the few looks that each needs of its own.
    let journal = world.director.journal();
    let (lists, logs) = (journal.count("GET /tasks"), journal.count("GET /tasks/{}/output"));
    let seconds = begun.elapsed().as_secs() + 2;
    assert!(
        lists <= 60 + seconds,
        "{lists} lists for ten instances in {seconds} seconds: {journal:?}"
    );
    assert!(
        logs <= 10 * seconds,
        "{logs} reads of ten logs in {seconds} seconds, at most one a second each"
    );
    assert!(logs >= 10 * 3, "the notes came from the logs: {logs}");
}

#[tokio::test]
async fn at_the_deadline_the_task_is_cancelled_and_the_operation_fails() {
    let change = |json: &mut serde_json::Value| json["chandler"]["plans"]["small"]["instance_seconds"] = json!(4);
    let world = World::start(Plan {
        task_seconds: 40.0,
        change,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    let operation = p.accepted(p.put("slow", json!({}))).await;
    let (answer, _) = p.ended("slow", &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    assert_eq!(tasks_of(&world, "slow", TaskKind::Deploy), [TaskState::Cancelled]);
    world.director.set_task_seconds(0.5);
    p.deprovision("slow").await;
    assert!(world.director.deployments().is_empty());
}

#[tokio::test]
async fn force_is_passed_on_and_what_once_worked_is_never_forced_without_it() {
    let world = World::start(Plan::default()).await;
    let (p, id) = (&world.platform, "forced");
    p.provision(id, json!({})).await;
    world
        .director
        .set_fault(TaskFault::always(TaskKind::Delete, unless_forced()));
    let operation = p.accepted(p.delete(id)).await;
    let (answer, _) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(
        (&answer.body["state"], &answer.body["instance_usable"]),
        (&json!("failed"), &json!(false)),
        "{answer:?}"
    );
    assert_eq!(
        tasks_of(&world, id, TaskKind::Delete),
        [TaskState::Error],
        "once, and the platform asks again"
    );
    let operation = p.accepted(p.delete(id).query(&[("force", "true")])).await;
    let (answer, seen) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(answer.status, 410, "{answer:?}");
    assert!(
        seen.iter()
            .any(|d| d.starts_with("Instance forced deletion in progress")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_deprovision_removes_the_configs_that_an_instance_left() {
    let world = World::start(Plan::default()).await;
    let (p, id) = (&world.platform, "with-configs");
    p.provision(id, json!({})).await;
    let ca = reqwest::Certificate::from_pem(world.systems.bosh.ca_pem().as_bytes()).unwrap();
    let http = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
    let configs = format!("{}/configs", world.systems.bosh.url());
    let admin = |request: reqwest::RequestBuilder| request.basic_auth("admin", Some("admin"));
    for (kind, name) in [
        ("cloud", "service-instance_with-configs"),
        ("runtime", "service-instance_with-configs"),
        ("cloud", "service-instance_with-configs-2"),
    ] {
        let body = json!({"type": kind, "name": name, "content": "a: b"});
        let answer = admin(http.post(&configs)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
    }
    p.deprovision(id).await;
    let left = admin(http.get(format!("{configs}?latest=true")))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    let names = left.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap());
    let names: Vec<_> = names.filter(|n| n.starts_with("service-instance_")).collect();
    assert_eq!(
        names,
        ["service-instance_with-configs-2"],
        "its own, and nothing whose name merely begins alike"
    );
}

#[tokio::test]
async fn many_that_wait_for_locks_share_one_look_at_the_director() {
    let world = World::start(Plan {
        task_seconds: 0.0,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    let ids: Vec<String> = (0..12).map(|n| format!("locked-{n}")).collect();
    for id in &ids {
        p.provision(id, json!({})).await;
    }
    for id in &ids {
        let held = Duration::from_secs(60);
        world.director.leave_lock(&format!("service-instance_{id}"), 7, held);
    }
    let mut operations = vec![];
    for id in &ids {
        operations.push(p.accepted(p.delete(id)).await);
    }
    for (id, operation) in ids.iter().zip(&operations) {
        wait::until("it waits for the lock", LIMIT, || async {
            let answer = p.send(p.last_operation(id, Some(operation))).await;
            let text = answer.body["description"].as_str()?;
            text.contains("waiting for the deployment's lock, held by task 7")
                .then_some(())
        })
        .await;
    }
    // From here on all of them only wait.
    world.director.clear_journal();
    let begun = std::time::Instant::now();
    wait::until("five lists were asked for", LIMIT, || async {
        (world.director.journal().count("GET /tasks") >= 5).then_some(())
    })
    .await;
    let seconds = begun.elapsed().as_secs_f64();
    let calls: u64 = world.director.journal().counts.iter().map(|c| c.count).sum();
    assert!(seconds > 2.5, "12 waiting jobs asked for five lists in {seconds:.1} s");
    assert!(
        calls <= 20,
        "{calls} calls while everybody waited: {:?}",
        world.director.journal().counts
    );
    for (id, operation) in ids.iter().zip(&operations) {
        world.director.drop_lock(&format!("service-instance_{id}"));
        let (answer, _) = p.ended(id, operation, LIMIT).await;
        assert_eq!(answer.status, 410, "{answer:?}");
    }
}
