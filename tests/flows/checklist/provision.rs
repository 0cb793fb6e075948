//! `PUT /v2/service_instances/{id}`
use super::{
    floor::{Floor, get, path, poll, put, put_with},
    wire::Request,
};
use chandler_simulators::bosh::TaskKind;
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SERVICE, SMALL},
};
use serde_json::{Value, json};

const WAITS: &str = "accepts_incomplete=true";

/// Equal to `body(parameters)` after parsing: members in the other order, white space, escapes.
fn written_otherwise(parameters: &str) -> String {
    format!(
        "\r\n\t {{ \"space_guid\" : \"space\",\n\"parameters\":\t{parameters} ,\"organization_guid\":\"\\u006frg\", \"pl\\u0061n_id\" :\"{SMALL}\",
        \"context\": {{\"instance_name\":\"mine\" , \"platform\":\"cloudfoundry\"}},\"service_id\":\"{SERVICE}\"}} \n\n"
    )
}

pub(crate) async fn from_the_first_put_to_a_finished_instance(floor: &Floor) {
    let id = "first";
    let parameters = || json!({"task_seconds": 4, "password": "p\"w/d é"});
    let otherwise = r#"{ "p\u0061ssword" : "p\"w\/d \u00e9", "task_seconds" : 4 }"#;
    let again = |query: &str| Request::new("PUT", &format!("{}?{query}", path(id))).bytes(written_otherwise(otherwise));
    let first = floor.expect(202, put(id, parameters())).await.body;
    let operation = first["operation"].as_str().unwrap().to_owned();

    // While it is being made.
    assert_eq!(floor.accepted(put(id, parameters())).await, operation);
    assert_eq!(floor.accepted(again(WAITS)).await, operation);
    floor.expect(404, get(id)).await;
    for different in [
        put(id, json!({})),
        put(id, json!({"task_seconds": 3})),
        different_plan(id),
    ] {
        let reply = floor.expect(409, different).await;
        assert!(!reply.description().is_empty());
    }
    let reply = floor.expect(422, again("")).await;
    assert_eq!(reply.error(), Some("AsyncRequired"));
    assert_eq!(
        floor.expect(200, poll(id, Some(&operation))).await.body["state"],
        "in progress"
    );

    let ended = floor.ended(id, &operation).await;
    assert_eq!(ended.body["state"], "succeeded");
    let fetched = floor.expect(200, get(id)).await.body;
    assert_eq!(
        (&fetched["service_id"], &fetched["plan_id"]),
        (&json!(SERVICE), &json!(SMALL))
    );
    // Only the adapter knows it, and no answer waits for that.
    let url = fetched["dashboard_url"].as_str().unwrap_or_default();
    assert!(
        first.get("dashboard_url").is_none() && url.ends_with(&format!("/{id}")),
        "{fetched}"
    );
    floor.covers(&["PRV-2", "PRV-11", "GSI-1", "GSI-2", "GSI-3", "LOP-13", "CCR-37"]);

    // When it is there.
    for query in [WAITS, "", "accepts_incomplete=false", "accepts_incomplete=TRUE"] {
        let reply = floor.expect(200, again(query)).await;
        assert!(
            reply.body.is_object() && reply.body.get("operation").is_none(),
            "{reply:?}"
        );
        assert_eq!(reply.body["dashboard_url"], fetched["dashboard_url"]);
    }
    floor.covers(&["PRV-3", "HSE-8", "AMB-1"]);
    // Context and GUIDs are not attributes of the instance.
    let mut moved = Platform::body(parameters());
    moved["context"] = json!({"platform": "kubernetes", "namespace": "n", "clusterid": "c"});
    moved["space_guid"] = json!("another");
    moved["organization_guid"] = json!("another");
    floor.expect(200, put_with(id, WAITS, &moved)).await;
    moved.as_object_mut().unwrap().remove("context");
    moved["maintenance_info"] = json!({"version": "1.0.0"});
    floor.expect(200, put_with(id, WAITS, &moved)).await;
    floor.covers(&["AMB-9"]);
    for different in [
        put(id, json!({})),
        put(id, json!({"task_seconds": 4})),
        put(id, json!({"task_seconds": "4", "password": "p\"w/d é"})),
        different_plan(id),
    ] {
        floor.expect(409, different).await;
    }
    assert_eq!(floor.expect(200, get(id)).await.body, fetched, "untouched");
    assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), 1);
    floor.covers(&["PRV-4", "AMB-2", "PRV-15"]);
}

fn different_plan(id: &str) -> Request {
    let mut body = Platform::body(json!({"task_seconds": 4, "password": "p\"w/d é"}));
    body["plan_id"] = json!(LARGE);
    put_with(id, WAITS, &body)
}

pub(crate) async fn who_cannot_wait_is_refused(floor: &Floor) {
    let id = "cannot-wait";
    for query in [
        "",
        "accepts_incomplete=false",
        "accepts_incomplete=TRUE",
        "accepts_incomplete=1",
        "accepts_incomplete=",
        "accepts_incomplete",
        "Accepts_Incomplete=true",
        "accepts_incomplete=yes",
        "accepts_incomplete=%20true",
    ] {
        let reply = floor.expect(422, put_with(id, query, &Platform::body(json!({})))).await;
        assert_eq!(reply.error(), Some("AsyncRequired"), "{query}");
        let ids = format!("{query}&service_id={SERVICE}&plan_id={SMALL}");
        let reply = floor
            .expect(422, Request::new("DELETE", &format!("{}?{ids}", path(id))))
            .await;
        assert_eq!(reply.error(), Some("AsyncRequired"), "{query}");
    }
    floor.is_unknown(id).await;
    floor.expect(404, poll(id, None)).await;
    // An encoded `true` is `true`.
    floor
        .accepted(put_with(id, "accepts%5Fincomplete=%74rue", &Platform::body(json!({}))))
        .await;
    floor.covers(&["PRV-5", "ERR-6", "ASY-4", "CCS-6"]);
}

fn with_info(plan: &str, info: Value) -> Value {
    let mut body = Platform::body(json!({}));
    body["plan_id"] = json!(plan);
    body["maintenance_info"] = info;
    body
}

pub(crate) async fn maintenance_info_is_compared(floor: &Floor) {
    let id = "other-maintenance";
    for version in [
        "1.0.1",
        "0.9.0",
        "1.0.0-rc1",
        "1.0.0+1",
        "1.0",
        "v1.0.0",
        " 1.0.0",
        "nonsense",
    ] {
        let body = with_info(SMALL, json!({"version": version, "description": "away for a minute"}));
        let reply = floor.expect(422, put_with(id, WAITS, &body)).await;
        assert_eq!(reply.error(), Some("MaintenanceInfoConflict"), "{version}");
        let reply = floor.expect(422, put_with(id, "", &body)).await;
        assert!(
            ["MaintenanceInfoConflict", "AsyncRequired"].contains(&reply.error().unwrap_or_default()),
            "{reply:?}"
        );
    }
    // The catalog has none for this plan.
    let reply = floor
        .expect(422, put_with(id, WAITS, &with_info(LARGE, json!({"version": "1.0.0"}))))
        .await;
    assert_eq!(reply.error(), Some("MaintenanceInfoConflict"));
    floor.is_unknown(id).await;
    floor.covers(&["PRV-9", "ERR-9"]);
    let equal = [
        json!({"version": "1.0.0", "description": "away for a minute"}),
        json!({"version": "1.0.0"}),
        json!({"version": "1.0.0", "description": "something else", "private": {"a": [1]}}),
    ];
    let mut operations: Vec<String> = vec![];
    for info in equal {
        operations.push(
            floor
                .accepted(put_with("same-maintenance", WAITS, &with_info(SMALL, info)))
                .await,
        );
    }
    operations.push(floor.accepted(put("same-maintenance", json!({}))).await);
    operations.dedup();
    assert_eq!(
        operations.len(),
        1,
        "members besides the version are ignored: {operations:?}"
    );
    floor.covers(&["PRV-10", "CCS-7"]);
}

pub(crate) async fn what_the_catalog_does_not_have(floor: &Floor) {
    let id = "not-in-the-catalog";
    let upper = SMALL.to_uppercase();
    for (service, plan) in [
        ("other", SMALL),
        (SERVICE, "other"),
        (SERVICE, SERVICE),
        (SMALL, SMALL),
        (SERVICE, &upper),
        (SERVICE, "small"),
        ("example-kv", SMALL),
        (" ", SMALL),
        ("../..", SMALL),
    ] {
        let mut body = Platform::body(json!({}));
        body["service_id"] = json!(service);
        body["plan_id"] = json!(plan);
        for query in [WAITS, ""] {
            let reply = floor.expect(400, put_with(id, query, &body)).await;
            assert!(!reply.description().is_empty());
        }
    }
    floor.is_unknown(id).await;
    floor.covers(&["PRV-7"]);
}

/// Contexts of both platforms and of none, and the GUIDs beside them.
pub(crate) async fn what_the_platform_may_send_along(floor: &Floor) {
    let cloud_foundry = json!({"platform": "cloudfoundry", "organization_guid": "og", "organization_name": "on", "space_guid": "sg",
        "space_name": "s n", "instance_name": "i", "organization_annotations": {"company.com/a": "b"}, "space_annotations": {},
        "instance_annotations": {"x": "y"}});
    let kubernetes = json!({"platform": "kubernetes", "namespace": "n", "clusterid": "c", "instance_name": "i",
        "namespace_annotations": {"a": "b"}, "instance_annotations": {}});
    let contexts = [
        Some(cloud_foundry),
        Some(kubernetes),
        Some(json!({})),
        Some(json!({"platform": "own", "deep": [{"a": null}]})),
        Some(Value::Null),
        None,
    ];
    for (n, context) in contexts.into_iter().enumerate() {
        let id = format!("context-{n}");
        let mut body = json!({"service_id": SERVICE, "plan_id": SMALL, "organization_guid": "another-org", "space_guid": "another-space"});
        if let Some(context) = context {
            body["context"] = context;
        }
        let operation = floor.accepted(put_with(&id, WAITS, &body)).await;
        // No parameters and empty ones are the same.
        body["parameters"] = json!({});
        assert_eq!(floor.accepted(put_with(&id, WAITS, &body)).await, operation);
        assert_eq!(floor.ended(&id, &operation).await.body["state"], "succeeded", "{body}");
    }
    floor.covers(&["PRF-1", "PRF-2", "PRV-14"]);
}
