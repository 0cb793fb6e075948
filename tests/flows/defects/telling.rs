//! What is told to whom.
use super::{LIMIT, logs, quick, somebody_deletes};
use chandler_tests::{
    bindings::Style,
    platform::{Answer, Platform},
    world::{Plan, World},
};
use serde_json::{Value, json};

/// How a bind is answered whose instance has no deployment, by each style, and one without any instance.
async fn not_found(p: &Platform, binding: &str) -> [Answer; 3] {
    let waited = p.send(p.bind("robbed", binding, json!({}), Style::Synchronous)).await;
    let polled = format!("{binding}-polled");
    let operation = p
        .accepted(p.bind("robbed", &polled, json!({}), Style::Asynchronous))
        .await;
    let (polled, _) = p.binding_ended("robbed", &polled, &operation, LIMIT).await;
    let unknown = p.send(p.bind("unknown", binding, json!({}), Style::Synchronous)).await;
    [waited, polled, unknown]
}

#[tokio::test]
async fn d09_exposed_errors_change_no_status() {
    let mut world = World::start(quick()).await;
    world.platform.provision("robbed", json!({})).await;
    somebody_deletes(&world, "robbed").await;
    let hidden = not_found(&world.platform, "hidden").await;
    world
        .reconfigure(|json| json["broker"]["expose_operational_errors"] = json!(true))
        .await;
    let exposed = not_found(&world.platform, "exposed").await;
    let statuses = hidden.each_ref().map(|it| it.status.as_u16());
    assert_eq!(statuses, [500, 200, 404], "{hidden:?}");
    for (hidden, exposed) in hidden.iter().zip(&exposed) {
        assert_eq!(hidden.status, exposed.status, "{hidden:?} {exposed:?}");
        for member in ["error", "state"] {
            assert_eq!(hidden.body[member], exposed.body[member], "{hidden:?} {exposed:?}");
        }
    }
    for answer in hidden[..2].iter().chain(&exposed[..2]) {
        let text = answer.body["description"].as_str().unwrap();
        assert!(text.contains("instance does not exist"), "{answer:?}");
    }
    assert_eq!(hidden[1].body["state"], "failed", "{hidden:?}");
}

#[tokio::test]
async fn d10_the_parameters_of_a_failed_provision_are_in_no_log() {
    const MARK: &str = "M4RK-of-a-failed-provision";
    let received = tempfile::tempdir().unwrap();
    let world = World::start(Plan {
        env: vec![("CHANDLER_LOG".to_owned(), "trace".to_owned())],
        change: |json| json["broker"]["expose_operational_errors"] = json!(true),
        ..quick()
    })
    .await;
    world.service.control(&json!({"record_dir": received.path()}));
    let p = &world.platform;
    let cases: [(&str, Value); 3] = [
        (
            "at-the-director",
            json!({"password": MARK, "fail_at_stage": "Updating instance"}),
        ),
        ("at-the-adapter", json!({"password": MARK, "adapter_exit_code": 1})),
        (
            "not-understood",
            json!({"password": MARK, "nonsense": {"more": [MARK]}}),
        ),
    ];
    for (i, parameters) in &cases {
        let mut body = Platform::body(parameters.clone());
        body["context"]["annotation"] = json!(MARK);
        let operation = p.accepted(p.put(i, json!({})).json(&body)).await;
        let (answer, _) = p.ended(i, &operation, LIMIT).await;
        assert_eq!(answer.body["state"], "failed", "{answer:?}");
        assert!(!answer.body.to_string().contains(MARK), "{answer:?}");
    }
    let runs = std::fs::read_dir(received.path()).unwrap().map(|it| it.unwrap().path());
    let runs: Vec<_> = runs.map(|run| std::fs::read_to_string(run).unwrap()).collect();
    assert!(
        runs.len() >= cases.len() && runs.iter().any(|run| run.contains(MARK)),
        "the adapter had it"
    );
    let logs = logs(&world);
    for (i, _) in &cases {
        let told = |text: &str| {
            text.lines()
                .any(|line| line.contains("the job failed") && line.contains(i))
        };
        assert!(logs.iter().any(|(_, text)| told(text)), "nobody says that {i} failed");
    }
    assert!(
        logs.iter()
            .filter(|(_, text)| text.contains("\"level\":\"TRACE\""))
            .count()
            >= 3
    );
    let leaks = logs.iter().filter(|(_, text)| text.contains(MARK));
    let leaks: Vec<_> = leaks.map(|(name, _)| name).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
}
