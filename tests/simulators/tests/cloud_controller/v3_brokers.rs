//! Brokers: registered, updated, renamed, deleted, global and space-scoped.

use chandler_simulators::cloud_controller::BrokerState;
use serde_json::{Value, json};

use crate::v3_bench::Bench;
use crate::v3_broker::catalog;

const LIST: &str = "/v3/service_brokers";

#[tokio::test]
async fn a_registration_reads_the_catalog_and_shows_no_secret() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let gate = bench.broker.holds("GET", "/v2/catalog", 200, catalog());
    let location = admin.begin("POST", LIST, bench.registration("b")).await;
    let job = admin.get(&location).await.json;
    assert_eq!(job["state"], "PROCESSING");
    assert_eq!(job["operation"], "service_broker.catalog.synchronize");
    assert_eq!((&job["errors"], &job["warnings"]), (&json!([]), &json!([])));
    assert_eq!(job["links"]["self"]["href"], json!(location));
    assert_eq!(bench.cc.registered()[0].state, BrokerState::Synchronizing);
    let guid = bench.cc.registered()[0].guid.clone();
    let busy = admin.patch(&format!("{LIST}/{guid}"), json!({"name": "c"})).await;
    let text = "Cannot update a broker when other operation is already in progress";
    assert_eq!(busy.refusal(), (422, 10008, text));
    gate.open();
    let job = admin.until(&location, |it| it["state"] == "COMPLETE").await;
    let here = format!("{}{LIST}/{guid}", bench.cc.url());
    assert_eq!(job["links"]["service_brokers"]["href"], json!(here));

    let shown = admin.get(&here).await;
    assert_eq!(shown.status, 200);
    assert_eq!(
        (&shown.json["name"], &shown.json["url"]),
        (&json!("b"), &json!(bench.broker.url))
    );
    assert_eq!(shown.json["relationships"], json!({}));
    assert_eq!(shown.json["metadata"], json!({"labels": {}, "annotations": {}}));
    assert_eq!(shown.json["links"]["self"]["href"], json!(here));
    for time in ["created_at", "updated_at"] {
        let time = shown.json[time].as_str().expect("a time");
        assert!(time.len() == 20 && time.ends_with('Z') && time.contains('T'), "{time}");
    }
    for secret in ["secret", "username", "authentication"] {
        assert!(!shown.text.contains(secret), "{}", shown.text);
    }
    assert_eq!(bench.cc.plans().len(), 3);
}

#[tokio::test]
async fn a_registration_that_is_wrong_is_refused() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let with = |key: &str, value: Value| {
        let mut body = bench.registration("c");
        body[key] = value;
        body
    };
    let space = |guid: &str| json!({"space": {"data": {"guid": guid}}});
    let credentials = |credentials: Value| json!({"type": "basic", "credentials": credentials});
    let cases = [
        (bench.registration("b"), "Name must be unique"),
        (with("name", json!("")), "Name must not be empty string"),
        (with("name", json!(null)), "Name must be a string"),
        (with("url", json!("ftp://x")), "Url must be a valid url"),
        (
            with("url", json!("https://u:p@x")),
            "Url must not contain authentication",
        ),
        (with("size", json!(1)), "Unknown field(s): 'size'"),
        (with("authentication", json!(null)), "Authentication must be a hash"),
        (
            with("authentication", credentials(json!({"username": "u"}))),
            "Authentication credentials Field(s) [\"password\"] must be valid: must be a string",
        ),
        (
            with("relationships", space("x")),
            "Invalid space. Ensure that the space exists and you have access to it.",
        ),
    ];
    for (body, text) in cases {
        assert_eq!(
            admin.post(LIST, body.clone()).await.refusal(),
            (422, 10008, text),
            "{body}"
        );
    }
    assert_eq!(bench.cc.registered().len(), 1);
    // The same address under another name is fine.
    admin.done("POST", LIST, bench.registration("c")).await;
    assert_eq!(admin.names(&format!("{LIST}?order_by=-name")).await, ["c", "b"]);
    assert_eq!(admin.names(&format!("{LIST}?names=c")).await, ["c"]);
}

#[tokio::test]
async fn a_failed_registration_leaves_the_broker_without_offerings() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    bench.broker.offers(json!({"services": []}));
    let job = admin.ended("POST", LIST, bench.registration("b")).await;
    assert_eq!(job["state"], "FAILED", "{job}");
    assert_eq!(job["errors"][0]["code"], 270_012, "{job}");
    assert_eq!(bench.cc.registered()[0].state, BrokerState::SynchronizationFailed);
    assert_eq!(bench.cc.offerings().len(), 0);
    // An update heals it.
    bench.broker.offers(catalog());
    let path = format!("{LIST}/{}", bench.cc.registered()[0].guid);
    let job = admin
        .done("PATCH", &path, json!({"url": format!("{}/", bench.broker.url)}))
        .await;
    assert_eq!(job["operation"], "service_broker.update");
    assert_eq!(bench.cc.registered()[0].state, BrokerState::Available);
    assert_eq!(bench.cc.registered()[0].url, bench.broker.url);
    assert_eq!(bench.cc.offerings().len(), 2);
}

#[tokio::test]
async fn a_rename_is_a_job_and_labels_are_none() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    admin.done("POST", LIST, bench.registration("c")).await;
    let found = admin.get(&format!("{LIST}?names=b")).await.json["resources"][0].clone();
    let path = format!("{LIST}/{}", found["guid"].as_str().expect("a guid"));
    assert_eq!(
        admin.patch(&path, json!({"name": "c"})).await.refusal().2,
        "Name must be unique"
    );
    let before = bench.broker.asked("GET", "/v2/catalog").len();
    admin.done("PATCH", &path, json!({"name": "d"})).await;
    assert_eq!(
        bench.broker.asked("GET", "/v2/catalog").len(),
        before,
        "a name is none of the broker's business"
    );
    assert_eq!(admin.names(&format!("{LIST}?names=b,d")).await, ["d"]);
    let labels = json!({"metadata": {"labels": {"team": "a"}, "annotations": {"note": "x"}}});
    let shown = admin.patch(&path, labels.clone()).await;
    assert_eq!((shown.status, &shown.json["metadata"]), (200, &labels["metadata"]));
    let shown = admin
        .patch(&path, json!({"metadata": {"labels": {"team": null}}}))
        .await;
    assert_eq!(
        shown.json["metadata"],
        json!({"labels": {}, "annotations": {"note": "x"}})
    );
}

#[tokio::test]
async fn a_broker_with_instances_stays() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let instance = admin.with_instance("cache", "small").await;
    let path = format!("{LIST}/{}", bench.cc.registered()[0].guid);
    let refused = admin.delete(&path).await;
    let text = "Can not remove brokers that have associated service instances: b";
    assert_eq!(refused.refusal(), (422, 270_010, text));
    assert_eq!(refused.json["errors"][0]["title"], "CF-ServiceBrokerNotRemovable");
    admin
        .done("DELETE", &format!("/v3/service_instances/{instance}"), Value::Null)
        .await;
    let job = admin.done("DELETE", &path, Value::Null).await;
    assert_eq!(job["operation"], "service_broker.delete");
    assert_eq!(
        job["links"].as_object().expect("links").len(),
        1,
        "the broker has no link any more: {job}"
    );
    assert_eq!(
        admin.get(&path).await.refusal(),
        (404, 10010, "Service broker not found")
    );
    assert_eq!((bench.cc.offerings().len(), bench.cc.plans().len()), (0, 0));
}

#[tokio::test]
async fn a_developer_has_brokers_of_his_spaces_only() {
    let bench = Bench::new().await;
    let developer = bench.person("developer").await;
    let refused = (403, 10003, "You are not authorized to perform the requested action");
    assert_eq!(
        developer.post(LIST, bench.registration("mine")).await.refusal(),
        refused
    );
    let mut body = bench.registration("mine");
    body["relationships"] = json!({"space": {"data": {"guid": bench.space()}}});
    developer.done("POST", LIST, body).await;
    let mine = format!("{LIST}/{}", bench.cc.registered()[0].guid);
    let shown = developer.get(&mine).await.json;
    assert_eq!(shown["relationships"]["space"]["data"]["guid"], json!(bench.space()));

    let admin = bench.registered("ours").await;
    let ours = bench
        .cc
        .registered()
        .into_iter()
        .find(|it| it.name == "ours")
        .expect("it is there");
    let ours = format!("{LIST}/{}", ours.guid);
    assert_eq!(developer.names(LIST).await, ["mine"]);
    assert_eq!(admin.names(LIST).await, ["mine", "ours"]);
    assert_eq!(
        admin.names(&format!("{LIST}?space_guids={}", bench.space())).await,
        ["mine"]
    );
    assert_eq!(developer.get(&ours).await.status, 404);
    assert_eq!(developer.patch(&ours, json!({"name": "x"})).await.refusal(), refused);
    assert_eq!(
        developer.delete(&ours).await.refusal(),
        (404, 10010, "Service broker not found")
    );
    assert_eq!(bench.person("watcher").await.delete(&mine).await.refusal(), refused);
    developer.done("PATCH", &mine, json!({"name": "still-mine"})).await;
    developer.done("DELETE", &mine, Value::Null).await;
    assert_eq!(admin.names(LIST).await, ["ours"]);
}
