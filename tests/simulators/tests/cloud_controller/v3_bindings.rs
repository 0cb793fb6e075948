//! Keys and bindings of apps.

use chandler_simulators::cloud_controller::CredHubAccess;
use chandler_simulators::credhub::{self, CredHub};
use serde_json::{Value, json};

use crate::v3_bench::{Bench, Person};

const LIST: &str = "/v3/service_credential_bindings";

fn key(name: &str, instance: &str) -> Value {
    json!({"type": "key", "name": name, "relationships": {"service_instance": {"data": {"guid": instance}}}})
}

async fn app(person: &Person<'_>, name: &str, space: &str) -> String {
    let body = json!({"name": name, "relationships": {"space": {"data": {"guid": space}}}});
    let answer = person.post("/v3/apps", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json["guid"].as_str().expect("a guid").to_owned()
}

fn of_app(app: &str, instance: &str) -> Value {
    let to = |guid: &str| json!({"data": {"guid": guid}});
    json!({"type": "app", "relationships": {"service_instance": to(instance), "app": to(app)}})
}

#[tokio::test]
async fn a_key_is_made_read_and_deleted() {
    let bench = Bench::new().await;
    bench.registered("b").await;
    let developer = bench.person("developer").await;
    let instance = developer.with_instance("cache", "small").await;
    let gate = bench.broker.holds(
        "PUT",
        "*/service_bindings/",
        201,
        json!({"credentials": {"password": "p"}}),
    );
    let mut body = key("k1", &instance);
    body["parameters"] = json!({"role": "reader"});
    let location = developer.begin("POST", LIST, body).await;
    let guid = bench.cc.bindings()[0].guid.clone();
    let path = format!("{LIST}/{guid}");
    let details = format!("{path}/details");
    let text = "Creation of service key in progress";
    assert_eq!(developer.get(&details).await.refusal(), (404, 10010, text));
    let text = "There is an operation in progress for the service binding.";
    assert_eq!(developer.delete(&path).await.refusal(), (422, 10008, text));
    let text = "The binding name is invalid. Key binding names must be unique. \
                The service instance already has a key binding with name 'k1'.";
    assert_eq!(
        developer.post(LIST, key("k1", &instance)).await.refusal(),
        (422, 10008, text)
    );
    gate.open();
    let job = developer.until(&location, |it| it["state"] == "COMPLETE").await;
    assert_eq!(job["operation"], "service_keys.create");
    let here = json!(format!("{}{path}", bench.cc.url()));
    assert_eq!(job["links"]["service_credential_binding"]["href"], here);

    let shown = developer.get(&path).await.json;
    assert_eq!((&shown["name"], &shown["type"]), (&json!("k1"), &json!("key")));
    assert_eq!(shown["last_operation"]["type"], "create");
    assert_eq!(shown["last_operation"]["state"], "succeeded");
    assert_eq!(
        shown["relationships"],
        json!({"service_instance": {"data": {"guid": instance}}})
    );
    for link in ["self", "details", "parameters", "service_instance"] {
        let href = shown["links"][link]["href"].as_str().expect("a link");
        assert_eq!(developer.get(href).await.status, 200, "{href}");
    }
    assert!(!shown.to_string().contains("password"), "{shown}");
    assert_eq!(
        developer.get(&details).await.json,
        json!({"credentials": {"password": "p"}})
    );
    assert_eq!(bench.person("auditor").await.get(&details).await.status, 404);
    assert_eq!(bench.person("reader").await.get(&details).await.status, 200);
    let sent = &bench.broker.asked("PUT", &guid)[0].body;
    assert_eq!(sent["parameters"], json!({"role": "reader"}));

    let job = developer.done("DELETE", &path, Value::Null).await;
    assert_eq!(job["operation"], "service_keys.delete");
    assert_eq!(job["links"].as_object().expect("links").len(), 1, "{job}");
    assert_eq!(developer.get(&path).await.status, 404);
}

/// K6.
#[tokio::test]
async fn the_reference_of_a_key_is_looked_up() {
    let uaa = crate::v3_bench::uaa().await;
    let options = credhub::Options::runtime(uaa.verifier()).granting("/c/*", "cc_service_key_client");
    let credhub = CredHub::start(options).await.expect("CredHub starts");
    let access = CredHubAccess {
        url: credhub.url(),
        ca_pem: format!("{}{}", credhub.ca_pem(), uaa.ca_pem()),
        client_id: "cc_service_key_client".to_owned(),
        client_secret: "s".to_owned(),
    };
    let bench = Bench::over(uaa, &[credhub.ca_pem()], |options| options.credhub = Some(access)).await;
    let keeper = bench.person("cc_service_key_client").await;
    let stored = json!({"name": "/c/b/i/k/credentials", "type": "json", "value": {"password": "kept well"}});
    let put = keeper
        .ask("PUT", &format!("{}/api/v1/data", credhub.url()), stored)
        .await;
    assert_eq!(put.status, 200, "{put:?}");

    let admin = bench.registered("b").await;
    let instance = admin.with_instance("cache", "small").await;
    let reference = json!({"credentials": {"credhub-ref": "/c/b/i/k/credentials"}});
    bench
        .broker
        .answers("PUT", "*/service_bindings/", 201, reference.clone());
    admin.done("POST", LIST, key("k1", &instance)).await;
    let details = format!("{LIST}/{}/details", bench.cc.bindings()[0].guid);
    assert_eq!(
        admin.get(&details).await.json,
        json!({"credentials": {"password": "kept well"}})
    );

    let app = app(&admin, "a", &bench.space()).await;
    admin.done("POST", LIST, of_app(&app, &instance)).await;
    let bindings = admin.get(&format!("{LIST}?type=app")).await.json;
    let guid = bindings["resources"][0]["guid"].as_str().expect("a guid");
    let shown = admin.get(&format!("{LIST}/{guid}/details")).await.json;
    assert_eq!(shown, reference, "apps look it up themselves");

    credhub.stop().await;
    let away = admin.get(&details).await;
    assert_eq!(away.refusal(), (503, 360_005, "Credential store is unavailable"));
}

#[tokio::test]
async fn an_app_is_bound_and_unbound() {
    let bench = Bench::start(|options| options.organizations[0].1.push("prod".to_owned())).await;
    let admin = bench.registered("b").await;
    let instance = admin.with_instance("cache", "small").await;
    let here = app(&admin, "a", &bench.space()).await;
    let there = app(&admin, "b", &bench.cc.space("demo", "prod").expect("demo/prod")).await;
    let text = "The service instance and the app are in different spaces";
    assert_eq!(
        admin.post(LIST, of_app(&there, &instance)).await.refusal(),
        (422, 10008, text)
    );
    let text = "The app could not be found: 'x'";
    assert_eq!(
        admin.post(LIST, of_app("x", &instance)).await.refusal(),
        (422, 10008, text)
    );
    let text = "The service instance could not be found: 'x'";
    assert_eq!(admin.post(LIST, of_app(&here, "x")).await.refusal(), (422, 10008, text));
    let job = admin.done("POST", LIST, of_app(&here, &instance)).await;
    assert_eq!(job["operation"], "service_bindings.create");
    let text = "The app is already bound to the service instance";
    assert_eq!(
        admin.post(LIST, of_app(&here, &instance)).await.refusal(),
        (422, 10008, text)
    );

    admin.done("POST", LIST, key("k", &instance)).await;
    let page = admin
        .get(&format!("{LIST}?type=app&include=app,service_instance"))
        .await
        .json;
    let row = &page["resources"][0];
    assert_eq!(page["resources"].as_array().expect("rows").len(), 1);
    assert_eq!((&row["name"], &row["type"]), (&json!(null), &json!("app")));
    assert_eq!(page["included"]["apps"][0]["name"], "a");
    assert_eq!(page["included"]["service_instances"][0]["name"], "cache");
    let sent = bench.broker.asked("PUT", row["guid"].as_str().expect("a guid"));
    assert_eq!(sent[0].body["app_guid"], json!(here));
    for (query, expected) in [
        (format!("app_guids={here}"), 1),
        (format!("app_guids={there}"), 0),
        ("app_names=a".to_owned(), 1),
        ("names=k".to_owned(), 1),
        ("type=key".to_owned(), 1),
        (format!("service_instance_guids={instance}"), 2),
        ("service_instance_names=cache".to_owned(), 2),
        ("service_plan_names=small&service_offering_names=redis".to_owned(), 2),
        (format!("service_plan_guids={}", bench.plan("large")), 0),
    ] {
        assert_eq!(admin.names(&format!("{LIST}?{query}")).await.len(), expected, "{query}");
    }
    let path = format!("{LIST}/{}", row["guid"].as_str().expect("a guid"));
    let labels = json!({"metadata": {"labels": {"a": "b"}, "annotations": {}}});
    let shown = admin.patch(&path, labels.clone()).await;
    assert_eq!((shown.status, &shown.json["metadata"]), (200, &labels["metadata"]));
    let job = admin.done("DELETE", &path, Value::Null).await;
    assert_eq!(job["operation"], "service_bindings.delete");
    assert_eq!(admin.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_cant_be_bound() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let plain = admin.with_instance("plain", "bare").await;
    let instance = admin.with_instance("cache", "small").await;
    let text = "Service plan does not allow bindings.";
    assert_eq!(admin.post(LIST, key("k", &plain)).await.refusal(), (422, 10008, text));
    let mut nameless = key("k", &instance);
    nameless["name"] = json!(null);
    assert_eq!(
        admin.post(LIST, nameless).await.refusal(),
        (422, 10008, "Name must be a string")
    );
    let mut other = key("k", &instance);
    other["type"] = json!("route");
    assert_eq!(
        admin.post(LIST, other).await.refusal(),
        (422, 10008, "Type must be one of 'app', 'key'")
    );
    assert_eq!(
        bench
            .person("watcher")
            .await
            .post(LIST, key("k", &instance))
            .await
            .status,
        403
    );

    // While the instance is changed nothing is bound and nothing unbound.
    admin.done("POST", LIST, key("k", &instance)).await;
    let path = format!("{LIST}/{}", bench.cc.bindings()[0].guid);
    let gate = bench.broker.holds("PATCH", "*/service_instances/", 200, json!({}));
    let instance_path = format!("/v3/service_instances/{instance}");
    let update = admin
        .begin("PATCH", &instance_path, json!({"parameters": {"a": 1}}))
        .await;
    let busy = (
        422,
        10008,
        "There is an operation in progress for the service instance.",
    );
    assert_eq!(admin.post(LIST, key("k2", &instance)).await.refusal(), busy);
    assert_eq!(admin.delete(&path).await.refusal(), busy);
    gate.open();
    admin.until(&update, |it| it["state"] == "COMPLETE").await;

    // A key whose creation has failed gives way to the next of its name.
    bench
        .broker
        .answers("PUT", "*/service_bindings/", 400, json!({"description": "no room"}));
    let job = admin.ended("POST", LIST, key("k2", &instance)).await;
    assert_eq!(job["state"], "FAILED");
    let detail = job["errors"][0]["detail"].as_str().expect("a detail");
    assert!(
        detail.starts_with("bind could not be completed: ") && detail.contains("no room"),
        "{detail}"
    );
    let failed = admin.get(&format!("{LIST}?names=k2")).await.json["resources"][0].clone();
    let details = format!("{LIST}/{}/details", failed["guid"].as_str().expect("a guid"));
    assert_eq!(
        admin.get(&details).await.refusal(),
        (404, 10010, "Creation of service key failed")
    );
    bench.broker.behaves();
    admin.done("POST", LIST, key("k2", &instance)).await;
    assert_eq!(admin.names(&format!("{LIST}?names=k2")).await.len(), 1);

    // The instance takes its keys along.
    admin.done("DELETE", &instance_path, Value::Null).await;
    assert_eq!(bench.cc.bindings().len(), 0);
    assert_eq!(bench.broker.asked("DELETE", "/service_bindings/").len(), 2);
}

#[tokio::test]
async fn parameters_of_a_binding_are_the_brokers() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let instance = admin.with_instance("cache", "small").await;
    admin.done("POST", LIST, key("k", &instance)).await;
    let path = format!("{LIST}/{}/parameters", bench.cc.bindings()[0].guid);
    assert_eq!(admin.get(&path).await.json, json!({"size": 3}));
    let mut catalog = crate::v3_broker::catalog();
    catalog["services"][0]["bindings_retrievable"] = json!(false);
    bench.broker.offers(catalog);
    let broker = bench.cc.registered()[0].guid.clone();
    admin
        .done(
            "PATCH",
            &format!("/v3/service_brokers/{broker}"),
            json!({"url": bench.broker.url}),
        )
        .await;
    let text = "This service does not support fetching service binding parameters.";
    assert_eq!(admin.get(&path).await.refusal(), (400, 90_007, text));
}
