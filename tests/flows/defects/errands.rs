//! Errands on several instances.
use super::{LIMIT, quick};
use chandler_simulators::bosh::{CallAction, CallFault, Ending, TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_tests::{
    settings::{CLEANUP_DATA, HEALTH_CHECK},
    wait,
    world::{Plan, World},
};
use serde_json::json;

/// What the Director shows of an errand's run on each instance: a JSON document per line.
fn results(errand: &str, codes: [i32; 2]) -> String {
    let line = |(index, code)| {
        json!({"instance": {"group": "kv", "id": format!("instance-{index}")}, "errand_name": errand, "exit_code": code,
               "stdout": "", "stderr": format!("errand's own words {index}"), "logs": {"blobstore_id": "", "sha1": ""}})
    };
    codes
        .into_iter()
        .enumerate()
        .map(|it| format!("{}\n", line(it)))
        .collect()
}

/// Waits until the errand runs, and lets it end on both instances with these codes. The task is `done`, as always.
async fn ends_with(world: &World, errand: &str, codes: [i32; 2]) {
    let task = wait::until("the errand runs", LIMIT, || async {
        let task = world
            .director
            .tasks()
            .into_iter()
            .rfind(|task| task.kind == TaskKind::Errand)?;
        (task.state == TaskState::Processing && task.description.contains(errand)).then_some(task.id)
    })
    .await;
    let answer = CallAction::Answer {
        status: 200,
        body: Some(results(errand, codes)),
    };
    world
        .director
        .set_fault(CallFault::always("GET", &format!("/tasks/{task}/output$"), answer));
    assert!(world.director.finish_task(task, Ending::Done));
}

#[tokio::test]
async fn d05_an_errand_that_fails_on_one_of_two_instances_has_failed() {
    let world = World::start(Plan {
        errands: true,
        ..quick()
    })
    .await;
    let p = &world.platform;
    let hang = |errand: u64| TaskFault {
        skip: errand,
        ..TaskFault::once(TaskKind::Errand, TaskEffect::Hang)
    };
    for (i, codes, state) in [
        ("second-fails", [0, 1], "failed"),
        ("first-fails", [1, 0], "failed"),
        ("none-fails", [0, 0], "succeeded"),
    ] {
        world.director.set_fault(hang(1));
        let operation = p.accepted(p.put(i, json!({}))).await;
        ends_with(&world, HEALTH_CHECK, codes).await;
        let (answer, _) = p.ended(i, &operation, LIMIT).await;
        assert_eq!(answer.body["state"], state, "{i}: {answer:?}");
        assert!(!answer.body.to_string().contains("own words"), "{answer:?}");
        world.director.clear_faults();
    }
    let log = world.errand_workers[0].output();
    for said in ["errand's own words 0", "errand's own words 1"] {
        assert!(log.contains(said), "the operator reads {said:?}: {log}");
    }

    // One before the deletion keeps what it is for.
    let i = "none-fails";
    world.director.set_fault(hang(0));
    let operation = p.accepted(p.delete(i)).await;
    ends_with(&world, CLEANUP_DATA, [0, 3]).await;
    let (answer, _) = p.ended(i, &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    assert!(!world.manifest(i).is_null(), "the deployment is there");
    world.director.clear_faults();
    p.deprovision(i).await;
    assert!(world.manifest(i).is_null());
}
