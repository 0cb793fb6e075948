//! What the adapter is told, and what comes of it.
use super::{deploys, instances, manifest, record, start, start_with};
use chandler_simulators::bosh::TaskState;
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SERVICE, SMALL},
    wait,
    world::Plan,
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// The runs of a command so far: its input, whose leaves are texts.
fn runs(of: &Path, command: &str) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(of).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let read =
        |file: &std::path::PathBuf| -> Value { serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap() };
    let all = files.iter().map(read).filter(|run| run["argv"][1] == command);
    let input = |run: Value| -> Value { serde_json::from_str(run["stdin"].as_str().unwrap()).unwrap() };
    all.map(|run| input(run)[command.replace('-', "_")].clone()).collect()
}

/// A leaf that holds JSON.
fn leaf(run: &Value, name: &str) -> Value {
    let text = run[name].as_str().unwrap_or_else(|| panic!("{name} is no text: {run}"));
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{name}: {why}: {text}"))
}

#[tokio::test]
async fn parameters_and_plan_change_and_the_adapter_knows_what_was_before() {
    let (world, id) = (start().await, "changing");
    let (p, dir) = (&world.platform, tempfile::tempdir().unwrap());
    p.provision(id, json!({"task_seconds": 1})).await;
    let dashboard = p.fetched(id).await["dashboard_url"].clone();
    assert!(
        dashboard.as_str().unwrap().ends_with("/instances/changing"),
        "{dashboard}"
    );
    let first = manifest(&world, id);
    world.service.control(&json!({"record_dir": dir.path()}));

    let body = Platform::update_body(LARGE, json!({"password": "changed"}));
    let seen = p.changed(id, &body).await;
    assert!(
        seen.iter().any(|d| d.starts_with("Instance update in progress")),
        "{seen:?}"
    );
    assert!(seen.len() >= 3, "the notes changed on the way: {seen:?}");
    assert_eq!(seen.last().unwrap(), "Instance update completed");
    let second = manifest(&world, id);
    assert_eq!((instances(&first), instances(&second)), (&json!(1), &json!(3)));
    assert_eq!(second["properties"]["chosen"], json!({"task_seconds": 1}), "as before");
    assert_eq!(
        second["instance_groups"][0]["jobs"][0]["properties"]["password"], "changed",
        "{second}"
    );
    let fetched = p.fetched(id).await;
    assert_eq!(
        (&fetched["plan_id"], &fetched["dashboard_url"]),
        (&json!(LARGE), &dashboard)
    );
    assert_eq!(deploys(&world, id), [TaskState::Done, TaskState::Done]);

    let [check, update] = &runs(dir.path(), "generate-manifest")[..] else {
        panic!("one look for pending changes, one for the deploy")
    };
    for run in [check, update] {
        assert_eq!(leaf(run, "previous_manifest"), first);
        assert_eq!(leaf(run, "previous_plan")["instance_groups"][0]["instances"], 1);
        assert_eq!(leaf(run, "uaa_client"), Value::Null);
    }
    assert_eq!(leaf(check, "plan"), leaf(check, "previous_plan"));
    assert_eq!(leaf(check, "request_parameters"), json!({}));
    assert_eq!(leaf(update, "plan")["instance_groups"][0]["instances"], 3);
    let request = leaf(update, "request_parameters");
    for member in [
        "service_id",
        "plan_id",
        "parameters",
        "previous_values",
        "context",
        "maintenance_info",
    ] {
        assert_eq!(request[member], body[member], "{member}");
    }
    let [shown] = &runs(dir.path(), "dashboard-url")[..] else {
        panic!("the dashboard is asked for once")
    };
    assert_eq!(
        (leaf(shown, "manifest"), leaf(shown, "plan")),
        (second, leaf(update, "plan"))
    );
    assert_eq!(shown["instance_id"], id);

    // What is in force counts, whatever is said to have been before.
    let back = Platform::update_body(SMALL, json!({}));
    p.changed(id, &back).await;
    let run = runs(dir.path(), "generate-manifest").pop().unwrap();
    assert_eq!(leaf(&run, "previous_plan")["instance_groups"][0]["instances"], 3);
    assert_eq!(instances(&manifest(&world, id)), &json!(1));
    p.deprovision(id).await;
    assert!(world.director.deployments().is_empty());
}

#[tokio::test]
async fn secrets_and_configs_of_before_reach_the_adapter_and_stay() {
    let world = start_with(Plan {
        secure_manifests: true,
        ..Plan::default()
    })
    .await;
    let (p, id, dir) = (&world.platform, "secretive", tempfile::tempdir().unwrap());
    let configs = json!({"cloud": "vm_types: []"});
    p.provision(id, json!({"password": "of-the-provision", "configs": configs}))
        .await;
    world.service.control(&json!({"record_dir": dir.path()}));
    p.changed(id, &Platform::update_body(SMALL, json!({"task_seconds": 0})))
        .await;
    let reference = format!("/odb/{SERVICE}/service-instance_{id}/password");
    for run in runs(dir.path(), "generate-manifest") {
        let secrets = leaf(&run, "previous_secrets");
        assert_eq!(secrets[format!("(({reference}))")], "of-the-provision");
        assert_eq!(leaf(&run, "previous_configs"), configs);
    }
    let password = |of: &Value| of["instance_groups"][0]["jobs"][0]["properties"]["password"].clone();
    assert_eq!(password(&manifest(&world, id)), format!("(({reference}))"));
    assert_eq!(world.bosh_credhub().get(&reference), Some(json!("of-the-provision")));
    p.changed(id, &Platform::update_body(LARGE, json!({"password": "of-the-update"})))
        .await;
    assert_eq!(world.bosh_credhub().get(&reference), Some(json!("of-the-update")));
    p.deprovision(id).await;
    assert!(world.bosh_credhub().names().is_empty());
}

#[tokio::test]
async fn nobody_needs_to_poll() {
    let (world, id) = (start().await, "unwatched");
    let p = &world.platform;
    p.provision(id, json!({})).await;
    p.accepted(p.update(id, LARGE, json!({}))).await;
    let ended = wait::until("the update has ended", super::LIMIT, || async {
        let record = record(&world.bus, id).await;
        (!record.unfinished()).then_some(record)
    })
    .await;
    let force = ended.in_force.unwrap();
    assert_eq!(force.plan.plan_id, LARGE);
    assert!(force.dashboard_url.is_some());
    assert_eq!(instances(&manifest(&world, id)), &json!(3));
}
