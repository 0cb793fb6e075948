//! How updates end that don't go well, and who comes in between.
use super::{LIMIT, deploys, instances, manifest, start, start_with};
use chandler_simulators::bosh::TaskState;
use chandler_tests::{
    bindings::Style,
    platform::Platform,
    service::Side,
    settings::{LARGE, SMALL},
    wait,
    world::Plan,
};
use serde_json::json;

#[tokio::test]
async fn a_failed_update_leaves_the_instance_and_may_be_repeated() {
    let (world, id) = (start().await, "unlucky");
    let p = &world.platform;
    p.provision(id, json!({})).await;
    let before = p.fetched(id).await;
    let fails = json!({"fail_at_stage": "Updating instance"});
    let operation = p.accepted(p.update(id, LARGE, fails)).await;
    let (answer, _) = p.ended(id, &operation, LIMIT).await;
    let flags = ["instance_usable", "update_repeatable"].map(|it| answer.body[it].clone());
    assert_eq!(
        (&answer.body["state"], flags),
        (&json!("failed"), [json!(true), json!(true)])
    );
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.starts_with("Instance update failed: There was a problem completing your request."),
        "{text}"
    );
    assert!(
        text.contains("service-instance-guid: unlucky") && text.contains("task-id: ") && text.contains("trace-id: "),
        "{text}"
    );
    assert_eq!(p.fetched(id).await, before);
    let bound = p.bound(id, "meanwhile", json!({})).await;
    assert!(bound["credentials"]["password"].is_string(), "it is usable");
    p.changed(id, &Platform::update_body(LARGE, json!({}))).await;
    assert_eq!(p.fetched(id).await["plan_id"], LARGE);
    assert_eq!(instances(&manifest(&world, id)), &json!(3));
    assert_eq!(
        deploys(&world, id),
        [TaskState::Done, TaskState::Error, TaskState::Done]
    );
    assert_eq!(p.fetched_binding(id, "meanwhile").await, bound);
}

#[tokio::test]
async fn the_adapters_word_reaches_the_user_and_nothing_is_deployed() {
    let (world, id) = (start().await, "refused");
    let p = &world.platform;
    p.provision(id, json!({})).await;
    let operation = p.accepted(p.update(id, SMALL, json!({"no_such_parameter": 1}))).await;
    let (answer, _) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "failed", "{answer:?}");
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.contains("unsupported parameter(s) for this service plan: no_such_parameter"),
        "{text}"
    );
    assert_eq!(deploys(&world, id), [TaskState::Done]);
}

#[tokio::test]
async fn a_delete_during_an_update_cancels_and_removes() {
    let (world, id) = (start().await, "cancelled");
    let p = &world.platform;
    p.provision(id, json!({})).await;
    world.director.set_task_seconds(60.0);
    let update = p.accepted(p.update(id, LARGE, json!({}))).await;
    wait::until("the deploy runs", LIMIT, || async {
        (deploys(&world, id).len() == 2).then_some(())
    })
    .await;
    world.director.set_task_seconds(0.5);
    p.deprovision(id).await;
    assert_eq!(deploys(&world, id), [TaskState::Done, TaskState::Cancelled]);
    assert!(world.director.deployments().is_empty());
    assert_eq!(p.send(p.get(id)).await.status, 404);
    let answer = p.send(p.last_operation(id, Some(&update))).await;
    assert!(answer.status == 404 || answer.body["state"] == "failed", "{answer:?}");
}

#[tokio::test]
async fn a_repeat_meets_the_first_and_others_have_to_wait() {
    let (world, id) = (start().await, "busy");
    let p = &world.platform;
    p.provision(id, json!({})).await;
    let before = p.fetched(id).await;
    let gate = world.service.gate("generate-manifest", Side::Before);
    let call = || p.update(id, SMALL, json!({"task_seconds": 0}));
    let operation = p.accepted(call()).await;
    gate.reached().await;
    assert_eq!(p.accepted(call()).await, operation, "202 with the same operation");
    let other = p.send(p.update(id, LARGE, json!({}))).await;
    assert_eq!(
        (other.status.as_u16(), &other.body["error"]),
        (422, &json!("ConcurrencyError")),
        "{other:?}"
    );
    for style in [Style::Synchronous, Style::Asynchronous] {
        let bind = p.send(p.bind(id, "early", json!({}), style)).await;
        assert_eq!(
            (bind.status.as_u16(), &bind.body["error"]),
            (422, &json!("ConcurrencyError")),
            "{bind:?}"
        );
    }
    assert_eq!(p.fetched(id).await, before, "until it has ended");
    gate.open();
    let (ended, _) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(ended.body["state"], "succeeded", "{ended:?}");
    p.bound(id, "later", json!({})).await;
    assert_eq!(deploys(&world, id), [TaskState::Done, TaskState::Done]);
}

#[tokio::test]
async fn a_worker_that_is_killed_in_the_middle_of_an_update_is_followed_by_another() {
    let mut world = start_with(Plan {
        workers: 2,
        ..Plan::default()
    })
    .await;
    let id = "followed";
    world.platform.provision(id, json!({})).await;
    world.director.set_task_seconds(3.0);
    let operation = {
        let p = &world.platform;
        p.accepted(p.update(id, LARGE, json!({}))).await
    };
    wait::until("the deploy runs", LIMIT, || async {
        (deploys(&world, id).len() == 2).then_some(())
    })
    .await;
    world.workers[0].kill();
    let (answer, _) = world.platform.ended(id, &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    assert_eq!(deploys(&world, id), [TaskState::Done, TaskState::Done]);
}
