//! The operator has changed something: updates are refused until the instance was upgraded.
use super::{LIMIT, RELEASE, deploys, instances, manifest, start};
use chandler_simulators::bosh::TaskState;
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SMALL},
    world::World,
};
use serde_json::{Value, json};

const OUT_OF_DATE: &str =
    "The service broker has been updated, and this service instance is out of date. Please contact your operator.";

fn release(json: &mut Value) {
    json["service_deployment"]["releases"][0]["version"] = json!("1.3.0");
}

fn maintenance(json: &mut Value) {
    for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
        plan["maintenance_info"]["version"] = json!("2.0.0");
    }
}

fn skip_the_check(json: &mut Value) {
    json["broker"]["skip_check_for_pending_changes"] = json!(true);
}

fn deployed_release(world: &World, id: &str) -> Value {
    manifest(world, id)["releases"][0]["version"].clone()
}

#[tokio::test]
async fn what_is_out_of_date_is_upgraded_first() {
    let (mut world, id) = (start().await, "outdated");
    world.platform.provision(id, json!({"task_seconds": 1})).await;
    world.reconfigure(release).await;
    let p = &world.platform;
    let operation = p.accepted(p.update(id, LARGE, json!({}))).await;
    let (answer, _) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(
        (
            &answer.body["state"],
            &answer.body["instance_usable"],
            &answer.body["update_repeatable"]
        ),
        (&json!("failed"), &json!(true), &json!(false)),
        "{answer:?}"
    );
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.starts_with(&format!("{OUT_OF_DATE} (broker-request-id: "))
            && text.contains("operation-id: ")
            && text.contains("trace-id: "),
        "{text}"
    );
    assert_eq!(deploys(&world, id), [TaskState::Done], "nothing was deployed");
    assert_eq!(p.fetched(id).await["plan_id"], SMALL);
    assert_eq!(deployed_release(&world, id), RELEASE);

    world.reconfigure(maintenance).await;
    let p = &world.platform;
    let refused = p.send(p.update(id, SMALL, json!({"task_seconds": 0}))).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["description"]),
        (422, &json!("service instance needs to be upgraded before updating"))
    );
    let seen = p.changed(id, &Platform::upgrade_body("1.0.0", "2.0.0")).await;
    assert!(
        seen.iter().any(|d| d.starts_with("Instance upgrade in progress")),
        "{seen:?}"
    );
    assert_eq!(seen.last().unwrap(), "Instance upgrade completed");
    assert_eq!(deployed_release(&world, id), "1.3.0");
    assert_eq!(
        manifest(&world, id)["properties"]["chosen"],
        json!({"task_seconds": 1}),
        "what was chosen stays"
    );
    let fetched = p.fetched(id).await;
    assert_eq!(
        (&fetched["maintenance_info"]["version"], &fetched["plan_id"]),
        (&json!("2.0.0"), &json!(SMALL))
    );
    assert!(fetched["dashboard_url"].is_string());

    let mut body = Platform::update_body(LARGE, json!({}));
    body["maintenance_info"]["version"] = json!("2.0.0");
    body["previous_values"]["maintenance_info"]["version"] = json!("2.0.0");
    p.changed(id, &body).await;
    assert_eq!(instances(&manifest(&world, id)), &json!(3));
    assert_eq!(deploys(&world, id), [TaskState::Done; 3]);
}

#[tokio::test]
async fn an_upgrade_that_fails_may_be_repeated() {
    let (mut world, id) = (start().await, "stubborn");
    world.platform.provision(id, json!({})).await;
    world
        .reconfigure(|json| {
            release(json);
            maintenance(json);
        })
        .await;
    let p = &world.platform;
    let control = json!({"commands": ["generate-manifest"], "exit_code": 1, "stdout": "not today"});
    world.service.control(&control);
    let body = Platform::upgrade_body("1.0.0", "2.0.0");
    let operation = p.accepted(p.patch(id, &body)).await;
    let (answer, _) = p.ended(id, &operation, LIMIT).await;
    assert_eq!(
        (
            &answer.body["state"],
            &answer.body["instance_usable"],
            &answer.body["update_repeatable"]
        ),
        (&json!("failed"), &json!(true), &json!(true)),
        "{answer:?}"
    );
    assert!(
        answer.body["description"].as_str().unwrap().contains("not today"),
        "{answer:?}"
    );
    assert_eq!(p.fetched(id).await["maintenance_info"]["version"], "1.0.0");
    world.service.control(&json!({}));
    p.changed(id, &body).await;
    assert_eq!(deployed_release(&world, id), "1.3.0");
}

#[tokio::test]
async fn the_check_can_be_skipped() {
    let (mut world, id) = (start().await, "unchecked");
    world.platform.provision(id, json!({})).await;
    world
        .reconfigure(|json| {
            release(json);
            skip_the_check(json);
        })
        .await;
    let p = &world.platform;
    p.changed(id, &Platform::update_body(LARGE, json!({}))).await;
    let manifest = manifest(&world, id);
    assert_eq!(
        (instances(&manifest), &manifest["releases"][0]["version"]),
        (&json!(3), &json!("1.3.0")),
        "the update brings it along"
    );
}
