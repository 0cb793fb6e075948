//! The Director, or the bus, is away in the middle.
use chandler_simulators::bosh::Outage;
use chandler_tests::{
    wait,
    world::{Plan, World},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_go_on_after_the_director_was_away_for_thirty_seconds() {
    let world = World::start(Plan {
        task_seconds: 4.0,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    let mut operations = vec![];
    for n in 0..10 {
        let id = format!("away-{n}");
        operations.push((id.clone(), p.accepted(p.put(&id, json!({}))).await));
    }
    wait::until("a task runs", Duration::from_secs(20), || async {
        (!world.director.tasks().is_empty()).then_some(())
    })
    .await;
    world.director.set_outage(Some(Outage::Connections));
    let (begun, mut polls, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    let mut waited = false;
    while begun.elapsed() < Duration::from_secs(30) {
        for (id, operation) in &operations {
            let asked = Instant::now();
            let answer = p.send(p.last_operation(id, Some(operation))).await;
            slowest = slowest.max(asked.elapsed());
            assert_eq!(
                (answer.status.as_u16(), &answer.body["state"]),
                (200, &json!("in progress")),
                "{answer:?}"
            );
            waited |= answer.body["description"]
                .as_str()
                .unwrap()
                .contains("waiting for the BOSH Director");
            polls += 1;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // New requests are accepted meanwhile.
    operations.push(("away-10".into(), p.accepted(p.put("away-10", json!({}))).await));
    world.director.set_outage(None);
    let back = Instant::now();
    for (id, operation) in &operations {
        let (answer, _) = p.ended(id, operation, Duration::from_secs(60)).await;
        assert_eq!(answer.body["state"], "succeeded", "{id}: {answer:?}");
    }
    println!(
        "{polls} polls during the outage, the slowest {slowest:?}; all done {:?} after it",
        back.elapsed()
    );
    assert!(waited, "the note says what is waited for");
    assert!(
        slowest < Duration::from_secs(1),
        "a poll waited for the Director: {slowest:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_survives_a_bus_that_is_killed_and_comes_back() {
    let mut world = World::start(Plan {
        task_seconds: 3.0,
        ..Plan::default()
    })
    .await;
    let p = world.platform.clone();
    let operation = p.accepted(p.put("kept", json!({}))).await;
    wait::until("a task runs", Duration::from_secs(20), || async {
        (!world.director.tasks().is_empty()).then_some(())
    })
    .await;
    world.nats.process.kill();
    // A running operation is answered from the view; what needs the bus says so.
    wait::until("a write gets 503 with a text", Duration::from_secs(30), || async {
        let answer = p.try_send(p.put("not-now", json!({}))).await.ok()?;
        (answer.status == 503).then(|| assert!(!answer.body["description"].as_str().unwrap().is_empty()))
    })
    .await;
    let poll = p.send(p.last_operation("kept", Some(&operation))).await;
    assert_eq!(
        (poll.status.as_u16(), &poll.body["state"]),
        (200, &json!("in progress")),
        "{poll:?}"
    );
    let unknown = p.send(p.get("kept")).await;
    assert_eq!(unknown.status, 503, "a fetch is a leader read: {unknown:?}");
    world.nats.process.restart();
    let (answer, _) = p.ended("kept", &operation, Duration::from_secs(60)).await;
    assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    assert_eq!(world.director.tasks().len(), 1);
}
