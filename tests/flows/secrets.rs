//! What is secret reaches whom it is for, and nothing that the bus, a log or a trace keeps.
mod bindings;
mod hunt;

use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind};
use chandler_tests::{
    settings::LARGE,
    world::{Plan, World},
};
use hunt::Hunt;
use serde_json::json;
use std::{fs, time::Duration};

const MARK: &str = "M4RK-of-a-secret-0815";
const CHANGED: &str = "M4RK-of-an-update-4711";

/// Well, and in each way in which an update fails.
async fn update_in_every_way(world: &World) {
    let p = &world.platform;
    for (parameters, ends) in [
        (json!({"password": CHANGED}), "succeeded"),
        (
            json!({"password": CHANGED, "fail_at_stage": "Updating instance"}),
            "failed",
        ),
        (json!({"password": CHANGED, "nonsense": CHANGED}), "failed"),
        (json!({"password": [CHANGED]}), "failed"),
    ] {
        let operation = p.accepted(p.update("marked", LARGE, parameters)).await;
        let (answer, _) = p.ended("marked", &operation, Duration::from_secs(60)).await;
        assert_eq!(answer.body["state"], ends, "{answer:?}");
        assert!(!answer.body.to_string().contains("M4RK"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_marked_parameter_reaches_the_adapter_and_nothing_that_is_kept() {
    let received = tempfile::tempdir().unwrap();
    let control = received.path().join("control.json");
    let record_dir = received.path().join("runs");
    fs::create_dir(&record_dir).unwrap();
    fs::write(&control, json!({"record_dir": record_dir}).to_string()).unwrap();
    let env = vec![
        (
            "EXAMPLE_ADAPTER_CONTROL".to_owned(),
            control.to_str().unwrap().to_owned(),
        ),
        ("CHANDLER_LOG".to_owned(), "trace".to_owned()),
    ];
    let change = |json: &mut serde_json::Value| {
        json["broker"]["expose_operational_errors"] = json!(true);
        json["service_catalog"]["plan_updatable"] = json!(true);
    };
    let world = World::start(Plan {
        env,
        change,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    p.provision("marked", json!({"password": MARK})).await;
    // One that fails on the way, one that the adapter refuses, one that is cancelled.
    let failing = p
        .accepted(p.put(
            "failing",
            json!({"password": MARK, "fail_at_stage": "Updating instance"}),
        ))
        .await;
    p.ended("failing", &failing, Duration::from_secs(60)).await;
    let refused = p
        .accepted(p.put("refused", json!({"password": MARK, "nonsense": MARK})))
        .await;
    p.ended("refused", &refused, Duration::from_secs(60)).await;
    // One whose manifest the Director quotes in its error.
    let message = format!(
        "Property 'properties' value ({{\"admin\"=>{{\"password\"=>\"{MARK}\"}}}}) did not match the required type 'Array'"
    );
    let quoting = TaskEffect::Fail {
        stage: String::new(),
        message: Some(message),
        code: Some(100),
    };
    world
        .director
        .set_fault(TaskFault::once(TaskKind::Deploy, quoting).of("service-instance_quoted"));
    let quoted = p.accepted(p.put("quoted", json!({"password": MARK}))).await;
    let (answer, _) = p.ended("quoted", &quoted, Duration::from_secs(60)).await;
    assert!(
        answer.body["state"] == "failed" && !answer.body.to_string().contains(MARK),
        "{answer:?}"
    );
    p.accepted(p.put("cancelled", json!({"password": MARK, "task_seconds": 30})))
        .await;
    p.deprovision("cancelled").await;
    update_in_every_way(&world).await;
    p.deprovision("marked").await;

    let mut hunt = Hunt::default();
    hunt.add("the mark", MARK);
    hunt.add("the mark of an update", CHANGED);
    let runs = hunt::files(&record_dir);
    assert!(
        runs.iter().any(|(_, run)| hunt.found(run).len() == 2),
        "the adapter received it, with the manifest of before"
    );
    let mut kept = hunt::files(&world.nats.store);
    assert!(
        kept.iter().any(|(_, bytes)| bytes.len() > 1000),
        "the bus keeps something"
    );
    kept.extend(hunt::files(world.dir.path()));
    for log in ["gateway-0.log", "provisioning-0.log"] {
        assert!(kept.iter().any(|(name, _)| name.ends_with(log)), "{log}");
    }
    hunt.must_find_nothing(&kept);
}
