//! Creation of instances.

use serde_json::json;

use crate::broker_script::{Stage, failure, say, stands};

#[tokio::test]
async fn it_is_polled_until_it_is_done_and_then_read() {
    let stage = Stage::new().await;
    stage.script.says("PUT instance", [say(
        202,
        json!({"operation": "a b&c", "dashboard_url": "https://first", "description": "begun", "metadata": {"labels": {"a": "b"}}}),
    )]);
    let working = json!({"state": "in progress", "description": "half"});
    let (held, open) = say(200, working.clone()).held();
    stage.script.says(
        "GET instance poll",
        [
            held,
            say(500, json!({})),
            say(410, json!({})),
            say(404, json!({})),
            say(200, json!({"state": "unheard of"})),
            say(200, json!({"state": "succeeded", "description": "ready"})),
        ],
    );
    stage
        .script
        .says("GET instance", [say(200, json!({"dashboard_url": "https://second"}))]);
    let admin = stage.admin().await;
    let mut body = stage.bench.instance("cache", "small");
    body["parameters"] = json!({"size": 3});
    let job = admin.begin("POST", "/v3/service_instances", body).await;
    let polling = admin.until(&job, |it| it["state"] == "POLLING").await;
    assert_eq!(polling["operation"], "service_instance.create");
    stage.until(|| stage.script.count("GET instance poll") == 1).await;
    assert_eq!(stage.standing("cache"), stands("create", "in progress", "begun"));
    assert_eq!(stage.instance("cache").dashboard_url.as_deref(), Some("https://first"));
    open.send_replace(true);
    admin.until(&job, |it| it["state"] == "COMPLETE").await;

    assert_eq!(stage.standing("cache"), stands("create", "succeeded", "ready"));
    assert_eq!(stage.instance("cache").dashboard_url.as_deref(), Some("https://second"));
    assert_eq!(
        stage.instance("cache").broker_metadata,
        Some(json!({"labels": {"a": "b"}}))
    );
    let put = stage.script.asked("PUT instance");
    assert_eq!(put.len(), 1, "a PUT is never repeated");
    assert_eq!(
        (put[0].query.as_str(), &put[0].body["parameters"]),
        ("accepts_incomplete=true", &json!({"size": 3}))
    );
    assert_eq!(put[0].body["context"]["organization_name"], "demo");
    assert_eq!(put[0].headers["x-broker-api-version"], "2.15");
    assert!(put[0].headers.contains_key("x-broker-api-originating-identity"));
    let polls = stage.script.asked("GET instance poll");
    assert_eq!(polls.len(), 6);
    for poll in &polls {
        assert_eq!(poll.query, "plan_id=small-id&service_id=redis-id&operation=a+b%26c");
        assert_eq!(
            poll.headers["x-vcap-request-id"], put[0].headers["x-vcap-request-id"],
            "one job, one id"
        );
    }
    let fetched = stage.script.asked("GET instance");
    assert_eq!((fetched.len(), fetched[0].query.as_str()), (1, ""));
    let purposes: Vec<&str> = stage.bench.cc.outgoing().iter().map(|it| it.purpose).collect();
    assert_eq!(
        purposes,
        [
            "catalog",
            "provision",
            "poll",
            "poll",
            "poll",
            "poll",
            "poll",
            "poll",
            "fetch"
        ]
    );
}

#[tokio::test]
async fn done_at_once_is_neither_polled_nor_read() {
    let stage = Stage::new().await;
    let answer = json!({"dashboard_url": "https://d", "description": "there", "state": "failed"});
    stage.script.says("PUT instance", [say(200, answer)]);
    stage.created("cache").await;
    assert_eq!(stage.standing("cache"), stands("create", "succeeded", "there"));
    assert_eq!(stage.instance("cache").dashboard_url.as_deref(), Some("https://d"));
    assert_eq!(
        stage.script.count("GET instance poll") + stage.script.count("GET instance"),
        0
    );
}

#[tokio::test]
async fn trouble_with_the_read_afterwards_is_nobodys() {
    let stage = Stage::new().await;
    stage
        .script
        .says("PUT instance", [say(202, json!({"dashboard_url": "https://first"}))]);
    stage.script.says(
        "GET instance",
        [say(200, json!({"dashboard_url": null})), say(500, "no")],
    );
    for name in ["one", "two"] {
        stage.created(name).await;
        assert_eq!(stage.instance(name).dashboard_url.as_deref(), Some("https://first"));
    }
    assert_eq!(stage.script.count("GET instance"), 2);
    let offers = |catalog: &mut serde_json::Value| catalog["services"][0]["instances_retrievable"] = json!(false);
    let stage = Stage::with(|_| {}, offers).await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    stage.created("three").await;
    assert_eq!(stage.script.count("GET instance"), 0, "who can't be read isn't");
}

#[tokio::test]
async fn a_refusal_is_told_and_the_instance_stays_until_it_is_deleted() {
    let stage = Stage::new().await;
    stage
        .script
        .says("PUT instance", [say(400, json!({"description": "no such size"}))]);
    let job = stage.create("cache").await;
    let text = "Service broker error: no such size";
    assert_eq!(
        failure(&job),
        (10009, format!("provision could not be completed: {text}").as_str())
    );
    assert_eq!(job["errors"][0]["title"], "CF-UnableToPerform");
    assert_eq!(stage.standing("cache"), stands("create", "failed", text));
    stage.idle().await;
    assert_eq!(stage.script.count("DELETE instance"), 0);
    assert_eq!(stage.script.count("PUT instance"), 1);

    let guid = stage.bench.guid_of("cache");
    let path = format!("/v3/service_instances/{guid}");
    stage.admin().await.done("DELETE", &path, json!(null)).await;
    assert!(stage.bench.cc.instances().is_empty());
    assert_eq!(
        stage.script.asked("DELETE instance")[0].path,
        format!("/v2/service_instances/{guid}")
    );
}

#[tokio::test]
async fn a_failure_leaves_no_orphan_until_the_name_is_used_again() {
    let stage = Stage::new().await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    stage.script.says(
        "GET instance poll",
        [say(200, json!({"state": "failed", "description": "no room"}))],
    );
    let job = stage.create("cache").await;
    assert_eq!(failure(&job), (10009, "create managed could not be completed: no room"));
    assert_eq!(stage.standing("cache"), stands("create", "failed", "no room"));
    stage.idle().await;
    assert_eq!(stage.script.count("DELETE instance"), 0);

    let old = stage.bench.guid_of("cache");
    stage.script.behaves("GET instance poll");
    let new = stage.created("cache").await;
    stage.idle().await;
    assert_ne!(old, new);
    let deleted = stage.script.asked("DELETE instance");
    assert_eq!(
        (deleted.len(), deleted[0].path.as_str()),
        (1, format!("/v2/service_instances/{old}").as_str())
    );
    assert!(!deleted[0].headers.contains_key("x-broker-api-originating-identity"));
    assert_eq!(stage.outgoing("orphan").len(), 1);
}

#[tokio::test]
async fn polls_that_say_no() {
    let stage = Stage::new().await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    for (poll, text) in [
        (say(400, json!({"description": "what?"})), "what?"),
        (say(400, "what?"), "Bad request"),
    ] {
        stage.script.says("GET instance poll", [poll]);
        let job = stage.create("cache").await;
        assert_eq!(
            failure(&job).1,
            format!("create managed could not be completed: {text}")
        );
        assert_eq!(stage.standing("cache"), stands("create", "failed", text));
    }
}
