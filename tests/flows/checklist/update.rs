//! `PATCH /v2/service_instances/{id}`: what is changed, and what stays.
use super::{
    binding::{bind, fetch, without},
    floor::{Floor, LIMIT, delete, get, path, poll},
    updates::{as_cloud_controller, body, password, patch, patch_with, vms},
    wire::Request,
};
use chandler_simulators::bosh::TaskKind;
use chandler_tests::{
    settings::{LARGE, SERVICE, SMALL},
    wait,
};
use serde_json::{Value, json};

/// What else may stand there, or not.
fn previous_values() -> Vec<Value> {
    vec![
        json!({}),
        json!({"plan_id": SMALL}),
        json!({"service_id": SERVICE}),
        json!({"organization_id": "o", "space_id": "s"}),
        json!({"plan_id": SMALL, "maintenance_info": null}),
        json!({"plan_id": SMALL, "maintenance_info": {"version": "1.0.0", "description": "x"}}),
        json!({"new": [{"a": null}]}),
    ]
}

pub(crate) async fn from_the_first_patch_to_its_end(floor: &Floor) {
    let id = "updated";
    let create = floor.provisioned(id, json!({"password": "at-first"})).await;
    let old = floor.expect(200, get(id)).await.body;
    let ask = || as_cloud_controller(LARGE, json!({"task_seconds": 5}));
    let reply = floor
        .expect(202, patch_with(id, "accepts_incomplete=true", &ask()))
        .await;
    let operation = reply.body["operation"].as_str().unwrap().to_owned();
    assert_ne!(operation, create);
    assert_eq!(reply.body["dashboard_url"], old["dashboard_url"], "it is known by now");

    // The same again, whatever stands beside it.
    let otherwise = format!(
        "\n {{\"parameters\" :{{ \"task_s\\u0065conds\": 5}}, \"x_new\":[null],\"plan_id\":\"{LARGE}\", \"service_id\":\"{SERVICE}\"}}"
    );
    let target = format!("{}?accepts_incomplete=true", path(id));
    let mut again = vec![Request::new("PATCH", &target).bytes(otherwise)];
    again.push(patch(id, &without(&ask(), "previous_values")));
    for values in previous_values() {
        let mut body = ask();
        body["previous_values"] = values;
        again.push(patch(id, &body));
    }
    for request in again {
        assert_eq!(floor.accepted(request).await, operation);
    }
    for different in [
        as_cloud_controller(LARGE, json!({})),
        as_cloud_controller(SMALL, json!({"task_seconds": 5})),
        body(&json!({"parameters": {"task_seconds": 5}})),
        body(&json!({"plan_id": LARGE})),
    ] {
        let reply = floor.expect(422, patch(id, &different)).await;
        assert_eq!(reply.error(), Some("ConcurrencyError"), "{different}");
    }
    let reply = floor.expect(422, bind(id, "meanwhile", json!({}))).await;
    assert_eq!(reply.error(), Some("ConcurrencyError"));
    floor.expect(404, fetch(id, "meanwhile")).await;
    assert_eq!(floor.expect(200, get(id)).await.body, old, "not yet");
    // `poll` names the plan before the change.
    let targets = [poll(id, Some(&operation)), poll(id, None)];
    let after = format!("{}/last_operation?service_id={SERVICE}&plan_id={LARGE}", path(id));
    for request in targets.into_iter().chain([Request::new("GET", &after)]) {
        assert_eq!(floor.expect(200, request).await.body["state"], "in progress");
    }
    let of_create = floor.expect(200, poll(id, Some(&create))).await;
    assert_eq!(of_create.body["state"], "succeeded");
    floor.covers(&[
        "UPD-3", "UPD-16", "UPD-17", "UPD-19", "AMB-4", "AMB-11", "GSI-4", "LOP-10", "LOP-11", "CCS-8", "BLK-2",
        "ERR-7",
    ]);

    assert_eq!(floor.ended(id, &operation).await.body["state"], "succeeded");
    let new = floor.expect(200, get(id)).await.body;
    assert_eq!((&new["plan_id"], &new["service_id"]), (&json!(LARGE), &json!(SERVICE)));
    assert_eq!(new["dashboard_url"], old["dashboard_url"]);
    assert_eq!(new.get("maintenance_info"), None, "the new plan has none: {new}");
    let manifest = floor.manifest(id);
    assert_eq!((vms(&manifest), password(&manifest)), (&json!(3), &json!("at-first")));
    assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), 2);
    floor.covers(&["CCR-20", "CCR-37", "UPD-1"]);
}

/// What isn't named stays as it is.
pub(crate) async fn what_is_not_named_stays(floor: &Floor) {
    let id = "updated-in-parts";
    floor.provisioned(id, json!({"password": "one"})).await;
    for members in [
        json!({"parameters": {"password": "two"}}),
        json!({"parameters": {"task_seconds": 0}, "plan_id": null}),
    ] {
        floor.updated(id, patch(id, &members)).await;
        assert_eq!(floor.expect(200, get(id)).await.body["plan_id"], SMALL);
        let manifest = floor.manifest(id);
        assert_eq!((vms(&manifest), password(&manifest)), (&json!(1), &json!("two")));
    }
    floor.covers(&["UPD-9"]);
    for parameters in [None, Some(json!({})), Some(Value::Null)] {
        for plan in [LARGE, SMALL] {
            let mut members = json!({"plan_id": plan});
            if let Some(parameters) = &parameters {
                members["parameters"] = parameters.clone();
            }
            if plan == SMALL {
                members["maintenance_info"] = json!({"version": "1.0.0"});
            }
            floor.updated(id, patch(id, &members)).await;
            let fetched = floor.expect(200, get(id)).await.body;
            assert_eq!(fetched["plan_id"], plan);
            let version = fetched["maintenance_info"]["version"].as_str();
            assert_eq!(version, (plan == SMALL).then_some("1.0.0"), "{fetched}");
            let manifest = floor.manifest(id);
            assert_eq!(password(&manifest), "two", "{parameters:?}");
            assert_eq!(manifest["properties"]["simulator"]["task_seconds"], 0, "{manifest}");
        }
    }
    floor.covers(&["UPD-10", "CCS-8"]);
}

/// What only the service can judge fails the operation; what was in force stays.
pub(crate) async fn a_failed_update_changes_nothing(floor: &Floor) {
    let id = "failing-update";
    floor.provisioned(id, json!({"password": "kept"})).await;
    let old = floor.expect(200, get(id)).await.body;
    let deployed = floor.manifest(id);
    let in_force = floor.record(id).await.unwrap().in_force;
    let cases = [
        (json!({"nonsense": 1}), "unsupported parameter"),
        (json!({"password": 7}), "parameter password must be"),
        (
            json!({"fail_at_stage": "Updating instance", "password": "new"}),
            "operation: update",
        ),
    ];
    for (n, (parameters, said)) in cases.into_iter().enumerate() {
        let operation = floor.accepted(patch(id, &as_cloud_controller(LARGE, parameters))).await;
        let ended = floor.ended(id, &operation).await;
        assert_eq!(
            (ended.status, &ended.body["state"]),
            (200, &json!("failed")),
            "{ended:?}"
        );
        assert!(ended.description().contains(said), "{ended:?}");
        assert!(!ended.description().contains(".rb:"), "{ended:?}");
        let flags = (&ended.body["instance_usable"], &ended.body["update_repeatable"]);
        assert_eq!(flags, (&json!(true), &json!(true)), "{ended:?}");
        assert_eq!(floor.expect(200, get(id)).await.body, old);
        let mut kept = floor.record(id).await.unwrap().in_force;
        if let Some(force) = &mut kept {
            force.maybe.clear(); // what is told nobody: which plan the next update may find deployed
        }
        assert_eq!(kept, in_force);
        assert_eq!(floor.manifest(id), deployed);
        // It is as usable as it was.
        let key = format!("after-{n}");
        let bound = floor.bound(id, &key, bind(id, &key, json!({}))).await;
        floor.credentials(id, &key, &bound);
        floor.unbound(id, &key).await;
    }
    floor.covers(&["UPD-14", "UPD-8", "LOP-7", "ERR-4", "ERR-5"]);
    floor
        .updated(id, patch(id, &as_cloud_controller(LARGE, json!({}))))
        .await;
    assert_eq!(password(&floor.manifest(id)), "kept");
}

/// Who deletes an instance needs not wait for its update.
pub(crate) async fn a_delete_ends_an_update(floor: &Floor) {
    let id = "deleted-while-updated";
    floor.provisioned(id, json!({})).await;
    let update = floor
        .accepted(patch(id, &body(&json!({"parameters": {"task_seconds": 30}}))))
        .await;
    wait::until("the update's deploy begins", LIMIT, || async {
        (floor.tasks(id, TaskKind::Deploy).len() == 2).then_some(())
    })
    .await;
    let remove = floor.accepted(delete(id)).await;
    let reply = floor.expect(422, patch(id, &json!({"plan_id": LARGE}))).await;
    assert_eq!(reply.error(), Some("ConcurrencyError"));
    let reply = floor.ask(poll(id, Some(&update))).await;
    assert!(
        reply.status == 404 || reply.body["state"] == "failed",
        "what became of the update: {reply:?}"
    );
    assert_eq!(floor.ended(id, &remove).await.status, 410);
    assert!(!floor.is_deployed(id));
    floor.expect(404, patch(id, &json!({"plan_id": LARGE}))).await;
    let reply = floor.ask(poll(id, Some(&update))).await;
    assert_ne!(reply.status, 410, "{reply:?}");
    floor.covers(&["ORP-1", "CCR-34", "UPD-19"]);
}

/// A new name or a new space: written down, and nothing is deployed.
pub(crate) async fn a_context_alone_is_kept(floor: &Floor) {
    let id = "renamed";
    floor.provisioned(id, json!({"password": "kept"})).await;
    let old = floor.expect(200, get(id)).await.body;
    let deploys = floor.tasks(id, TaskKind::Deploy);
    let mut context = floor.record(id).await.unwrap().in_force.unwrap().context;
    let queries = ["accepts_incomplete=true", "", "accepts_incomplete=false"];
    for (n, query) in queries.into_iter().enumerate() {
        let ask = body(&json!({"context": {"platform": "cloudfoundry", "instance_name": format!("name-{n}")}}));
        let reply = floor.expect(200, patch_with(id, query, &ask)).await;
        assert!(
            reply.body.is_object() && reply.body.get("operation").is_none(),
            "{reply:?}"
        );
        let record = floor.record(id).await.unwrap();
        assert!(record.job.finished());
        let now = record.in_force.unwrap().context;
        assert_ne!(now, context, "{query}: it is another one");
        context = now;
    }
    // Cloud Controller says the rest, too, after a new name.
    let reply = floor
        .expect(200, patch(id, &as_cloud_controller(SMALL, json!({}))))
        .await;
    assert_eq!(reply.body.get("operation"), None, "{reply:?}");
    assert_eq!(floor.expect(200, get(id)).await.body, old);
    assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), deploys.len());
    floor.covers(&["UPD-13", "UPD-1", "CCR-20", "ASY-1"]);
}
