//! A marked parameter reaches the adapter, and nothing that the bus or a log keeps.
use base64::{Engine, engine::general_purpose::STANDARD};
use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind};
use chandler_tests::world::{Plan, World};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const MARK: &str = "M4RK-of-a-secret-0815";

fn files(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
}

/// Where a mark can hide: as it is, and in base64 at each of the three offsets.
fn disguises() -> Vec<Vec<u8>> {
    let mut all = vec![MARK.as_bytes().to_vec()];
    for offset in 0..3 {
        let text = STANDARD.encode([&vec![b'x'; offset][..], MARK.as_bytes()].concat());
        all.push(text.as_bytes()[4..text.len() - 4].to_vec());
    }
    all
}

fn holds(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    disguises()
        .iter()
        .any(|mark| bytes.windows(mark.len()).any(|w| w == &mark[..]))
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
    let change = |json: &mut serde_json::Value| json["broker"]["expose_operational_errors"] = json!(true);
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
    p.deprovision("marked").await;

    let mut runs = vec![];
    files(&record_dir, &mut runs);
    assert!(runs.iter().any(|f| holds(f)), "the adapter received it: {runs:?}");
    let mut kept = vec![];
    files(&world.nats.store, &mut kept);
    assert!(
        kept.iter().any(|f| fs::metadata(f).unwrap().len() > 1000),
        "the bus keeps something: {kept:?}"
    );
    files(world.dir.path(), &mut kept);
    assert!(
        kept.iter().any(|f| f.ends_with("gateway-0.log")) && kept.iter().any(|f| f.ends_with("provisioning-0.log"))
    );
    let leaked: Vec<_> = kept.iter().filter(|f| holds(f)).collect();
    assert!(leaked.is_empty(), "the mark is in {leaked:?}");
}
