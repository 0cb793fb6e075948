//! Instances: made and read.

use serde_json::{Value, json};

use crate::v3_bench::Bench;

const LIST: &str = "/v3/service_instances";

/// K2.
#[tokio::test]
async fn a_slow_creation_goes_from_processing_over_polling_to_complete() {
    let bench = Bench::new().await;
    bench.registered("b").await;
    let developer = bench.person("developer").await;
    let accepts = bench
        .broker
        .holds("PUT", "*/service_instances/", 202, json!({"operation": "o1"}));
    bench.broker.answers(
        "GET",
        "/last_operation",
        200,
        json!({"state": "in progress", "description": "half way"}),
    );
    let mut body = bench.instance("cache", "small");
    body["parameters"] = json!({"size": 3});
    body["tags"] = json!(["t"]);
    let location = developer.begin("POST", LIST, body.clone()).await;
    let job = developer.get(&location).await.json;
    assert_eq!(
        (&job["state"], &job["operation"]),
        (&json!("PROCESSING"), &json!("service_instance.create"))
    );
    let path = format!("{LIST}/{}", bench.guid_of("cache"));
    assert_eq!(developer.get(&path).await.json["last_operation"]["state"], "initial");
    // K4: the broker hasn't answered yet.
    let text = "There is an operation in progress for the service instance.";
    assert_eq!(developer.delete(&path).await.refusal(), (422, 10008, text));
    let taken = developer.post(LIST, body).await;
    assert_eq!(
        taken.refusal(),
        (422, 10008, "The service instance name is taken: cache.")
    );

    accepts.open();
    developer.until(&location, |it| it["state"] == "POLLING").await;
    let shown = developer
        .until(&path, |it| it["last_operation"]["description"] == "half way")
        .await;
    assert_eq!(shown["last_operation"]["type"], "create");
    assert_eq!(shown["last_operation"]["state"], "in progress");
    let busy = developer.patch(&path, json!({"name": "other"})).await;
    let text = "An operation for service instance cache is in progress.";
    assert_eq!(busy.refusal(), (409, 60016, text));
    assert_eq!(
        busy.json["errors"][0]["title"],
        "CF-AsyncServiceInstanceOperationInProgress"
    );
    assert_eq!(
        developer.get(&format!("{path}/parameters")).await.refusal(),
        (409, 60016, text)
    );
    assert_eq!(
        developer
            .patch(&path, json!({"metadata": {"labels": {"a": "b"}}}))
            .await
            .status,
        200
    );

    bench.broker.behaves();
    let job = developer.until(&location, |it| it["state"] == "COMPLETE").await;
    assert_eq!(
        job["links"]["service_instances"]["href"],
        json!(format!("{}{path}", bench.cc.url()))
    );
    let shown = developer.get(&path).await.json;
    assert_eq!(shown["last_operation"]["state"], "succeeded");
    assert_eq!((&shown["tags"], &shown["type"]), (&json!(["t"]), &json!("managed")));
    assert_eq!(shown["upgrade_available"], false);
    assert_eq!(shown["maintenance_info"]["version"], "1.0.0");
    assert_eq!(shown["metadata"]["labels"], json!({"a": "b"}));
    assert_eq!(shown["relationships"]["space"]["data"]["guid"], json!(bench.space()));
    assert_eq!(
        shown["relationships"]["service_plan"]["data"]["guid"],
        json!(bench.plan("small"))
    );
    let links = ["self", "space", "service_plan", "parameters", "shared_spaces"];
    for link in links
        .into_iter()
        .chain(["service_credential_bindings", "service_route_bindings"])
    {
        let href = shown["links"][link]["href"].as_str().expect("a link");
        assert_eq!(developer.get(href).await.status, 200, "{href}");
    }
    let sent = &bench.broker.asked("PUT", "/v2/service_instances/")[0].body;
    assert_eq!(sent["parameters"], json!({"size": 3}));
    assert_eq!(
        developer.get(&format!("{path}/parameters")).await.json,
        json!({"size": 3})
    );
}

#[tokio::test]
async fn a_creation_that_is_wrong_is_refused() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let with = |path: &[&str], value: Value| {
        let mut body = bench.instance("cache", "small");
        let mut at = &mut body;
        for key in path {
            at = &mut at[*key];
        }
        *at = value;
        body
    };
    let plan = "Invalid service plan. Ensure that the service plan exists, is available, and you have access to it.";
    let space = "Invalid space. Ensure that the space exists and you have access to it.";
    let cases = [
        (
            with(&["type"], json!("other")),
            "Type must be one of 'managed', 'user-provided'",
        ),
        (with(&["name"], json!("")), "Name must not be empty string"),
        (with(&["tags"], json!("x")), "Tags must be a list of strings"),
        (with(&["parameters"], json!([])), "Parameters must be a hash"),
        (
            with(&["relationships"], json!({})),
            "Relationships Space can't be blank, Relationships Service plan can't be blank",
        ),
        (with(&["relationships", "space", "data", "guid"], json!("x")), space),
        (
            with(&["relationships", "service_plan", "data", "guid"], json!("x")),
            plan,
        ),
    ];
    for (body, text) in cases {
        assert_eq!(
            admin.post(LIST, body.clone()).await.refusal(),
            (422, 10008, text),
            "{body}"
        );
    }
    let watcher = bench.person("watcher").await;
    assert_eq!(watcher.post(LIST, bench.instance("cache", "small")).await.status, 403);
    assert_eq!(bench.cc.instances().len(), 0);
    assert!(bench.broker.asked("PUT", "/").is_empty());
}

/// CCR-36.
#[tokio::test]
async fn a_failed_creation_gives_way_to_the_next_of_its_name() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    bench.broker.answers("PUT", "*/service_instances/", 202, json!({}));
    bench.broker.answers(
        "GET",
        "/last_operation",
        200,
        json!({"state": "failed", "description": "no disk"}),
    );
    let job = admin.ended("POST", LIST, bench.instance("cache", "small")).await;
    assert_eq!(job["state"], "FAILED");
    assert_eq!(job["errors"][0]["code"], 10009);
    assert_eq!(
        job["errors"][0]["detail"],
        "create managed could not be completed: no disk"
    );
    let old = bench.guid_of("cache");
    let shown = admin.get(&format!("{LIST}/{old}")).await.json;
    let (kind, state) = (&shown["last_operation"]["type"], &shown["last_operation"]["state"]);
    assert_eq!((kind, state), (&json!("create"), &json!("failed")));
    assert_eq!(admin.get(&format!("{LIST}/{old}/parameters")).await.status, 404);
    let text = "The service instance could not be found: cache";
    let refused = admin.patch(&format!("{LIST}/{old}"), json!({"parameters": {}})).await;
    assert_eq!(refused.refusal(), (404, 60_004, text));
    assert!(bench.broker.asked("DELETE", &old).is_empty());

    bench.broker.behaves();
    let new = admin.with_instance("cache", "small").await;
    assert_ne!(old, new);
    assert_eq!(admin.names(LIST).await, ["cache"]);
    let cleaned = tokio::time::timeout(crate::v3_bench::PATIENCE, async {
        while bench.broker.asked("DELETE", &old).is_empty() || !bench.cc.is_idle() {
            tokio::task::yield_now().await;
        }
    });
    assert!(cleaned.await.is_ok(), "the broker is told to clean up");
    assert_eq!(bench.broker.asked("DELETE", "/v2/service_instances/").len(), 1);
}

#[tokio::test]
async fn what_else_is_asked_of_an_instance() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let path = format!("{LIST}/{}", admin.with_instance("cache", "small").await);
    for (client, manage, read) in [
        ("admin", true, true),
        ("developer", true, true),
        ("watcher", false, true),
        ("dashboard", false, false),
    ] {
        let answer = bench.person(client).await.get(&format!("{path}/permissions")).await;
        assert_eq!(
            (answer.status, answer.json),
            (200, json!({"manage": manage, "read": read})),
            "{client}"
        );
    }
    assert_eq!(admin.get(&format!("{path}/credentials")).await.status, 404);
    let shared = admin
        .get(&format!("{path}/relationships/shared_spaces?fields[space]=guid,name"))
        .await
        .json;
    assert_eq!(
        (&shared["data"], &shared["included"]),
        (&json!([]), &json!({"spaces": []}))
    );
    let usage = admin
        .get(&format!("{path}/relationships/shared_spaces/usage_summary"))
        .await;
    assert_eq!((usage.status, &usage.json["usage_summary"]), (200, &json!([])));
    let plain = format!("{LIST}/{}", admin.with_instance("plain", "bare").await);
    let refused = admin.get(&format!("{plain}/parameters")).await;
    let text = "This service does not support fetching service instance parameters.";
    assert_eq!(refused.refusal(), (400, 120_004, text));

    let all = "fields[space]=guid,name,relationships.organization&fields[space.organization]=guid,name\
               &fields[service_plan]=guid,name,relationships.service_offering\
               &fields[service_plan.service_offering]=guid,name,description,tags,relationships.service_broker\
               &fields[service_plan.service_offering.service_broker]=guid,name";
    let page = admin.get(&format!("{LIST}?names=cache&{all}")).await.json;
    let one = admin.get(&format!("{path}?{all}")).await.json;
    assert_eq!(page["included"], one["included"]);
    let included = &page["included"];
    let (plan, space) = (&included["service_plans"][0], &included["spaces"][0]);
    assert_eq!(plan.as_object().expect("members").len(), 3, "{plan}");
    assert_eq!(plan["name"], "small");
    assert_eq!(
        space["relationships"],
        json!({"organization": {"data": {"guid": included["organizations"][0]["guid"]}}})
    );
    let offering = &included["service_offerings"][0];
    assert_eq!(
        plan["relationships"]["service_offering"]["data"]["guid"],
        offering["guid"]
    );
    assert_eq!(
        (&offering["name"], &offering["tags"]),
        (&json!("redis"), &json!(["cache"]))
    );
    let broker = json!({"guid": bench.cc.registered()[0].guid, "name": "b"});
    assert_eq!(included["service_brokers"], json!([broker]));
    for (query, expected) in [
        ("service_plan_names=small", vec!["cache"]),
        (&format!("service_plan_guids={}", bench.plan("bare")), vec!["plain"]),
        (&format!("space_guids={}", bench.space()), vec!["cache", "plain"]),
        ("organization_guids=x", vec![]),
        ("type=user-provided", vec![]),
        ("type=managed&names=plain", vec!["plain"]),
    ] {
        assert_eq!(
            admin.names(&format!("{LIST}?order_by=name&{query}")).await,
            expected,
            "{query}"
        );
    }
}
