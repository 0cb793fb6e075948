//! Service keys, bindings of apps, and their end.

use serde_json::{Value, json};

use crate::broker_script::{Stage, failure, say, stands};

async fn unbind(stage: &Stage, key: &str) -> Value {
    let path = format!("/v3/service_credential_bindings/{}", stage.binding(key).0);
    stage.admin().await.ended("DELETE", &path, Value::Null).await
}

async fn details(stage: &Stage, key: &str) -> Value {
    let path = format!("/v3/service_credential_bindings/{}/details", stage.binding(key).0);
    let answer = stage.admin().await.get(&path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json
}

#[tokio::test]
async fn a_key_is_there_at_once_or_read_when_it_is_done() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    assert_eq!(stage.key(&instance, "one").await["state"], "COMPLETE");
    assert_eq!(
        details(&stage, "one").await["credentials"],
        json!({"password": "at once"})
    );
    assert_eq!(
        stage.script.count("GET binding") + stage.script.count("GET binding poll"),
        0
    );
    let sent = &stage.script.asked("PUT binding")[0];
    assert_eq!(sent.query, "accepts_incomplete=true");
    assert_eq!(
        sent.body["bind_resource"],
        json!({"credential_client_id": "cc_service_key_client"})
    );

    stage.script.says("PUT binding", [say(202, json!({"operation": "b"}))]);
    let going = json!({"state": "in progress", "description": "half"});
    let done = json!({"state": "succeeded", "description": "there"});
    stage
        .script
        .says("GET binding poll", [say(200, going), say(500, "x"), say(200, done)]);
    assert_eq!(stage.key(&instance, "two").await["state"], "COMPLETE");
    assert_eq!(stage.binding("two").1, stands("create", "succeeded", "there"));
    assert_eq!(
        details(&stage, "two").await["credentials"],
        json!({"password": "fetched"})
    );
    assert_eq!(
        stage.script.asked("GET binding poll")[2].query,
        "plan_id=small-id&service_id=redis-id&operation=b"
    );
    assert_eq!(stage.script.asked("GET binding")[0].query, "");
}

#[tokio::test]
async fn an_app_is_bound_as_an_app() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    let admin = stage.admin().await;
    let space = json!({"space": {"data": {"guid": stage.bench.space()}}});
    let app = admin
        .post("/v3/apps", json!({"name": "app", "relationships": space}))
        .await
        .json["guid"]
        .clone();
    let mut body = stage.key_body(&instance, "x");
    body["type"] = json!("app");
    body["relationships"]["app"] = json!({"data": {"guid": app}});
    body["parameters"] = json!({"a": 1});
    let job = admin.done("POST", "/v3/service_credential_bindings", body).await;
    assert_eq!(job["operation"], "service_bindings.create");
    let sent = &stage.script.asked("PUT binding")[0].body;
    assert_eq!((&sent["app_guid"], &sent["parameters"]), (&app, &json!({"a": 1})));
    let resource = json!({"app_guid": app, "space_guid": stage.bench.space(), "app_annotations": {}});
    assert_eq!(sent["bind_resource"], resource);
}

#[tokio::test]
async fn a_bind_that_fails_leaves_a_failed_binding() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    let refused = say(422, json!({"error": "RequiresApp"}));
    let apps = "This service supports generation of credentials through binding an application only.";
    let not_read = "The service broker rejected the request. Status Code: 404 Not Found, Body: x";
    let failed = say(200, json!({"state": "failed", "description": "no"}));
    let succeeded = say(200, json!({"state": "succeeded"}));
    let cases = [
        (refused, succeeded.clone(), "bind", apps),
        (say(202, json!({})), failed, "create", "no"),
        (say(202, json!({})), succeeded, "bind", not_read),
    ];
    stage.script.says("GET binding", [say(404, "x")]);
    for (at, (put, poll, verb, text)) in cases.into_iter().enumerate() {
        stage.script.says("PUT binding", [put]);
        stage.script.says("GET binding poll", [poll]);
        let name = format!("key {at}");
        let job = stage.key(&instance, &name).await;
        assert_eq!(
            failure(&job),
            (10009, format!("{verb} could not be completed: {text}").as_str())
        );
        assert_eq!(stage.binding(&name).1, stands("create", "failed", text));
    }
    stage.idle().await;
    assert_eq!(stage.script.count("DELETE binding"), 0);
}

#[tokio::test]
async fn who_takes_his_time_has_to_be_readable() {
    let unreadable = |catalog: &mut Value| catalog["services"][0]["bindings_retrievable"] = json!(false);
    let stage = Stage::with(|_| {}, unreadable).await;
    let instance = stage.created("cache").await;
    stage.script.says("PUT binding", [say(202, json!({}))]);
    let job = stage.key(&instance, "one").await;
    let text = "The broker responded asynchronously but does not support fetching binding data";
    assert_eq!(
        failure(&job),
        (90001, format!("The service binding is invalid: {text}").as_str())
    );
    assert_eq!(stage.binding("one").1, stands("create", "failed", text));
    stage.idle().await;
    assert_eq!(
        stage.script.count("DELETE binding") + stage.script.count("GET binding poll"),
        0
    );
}

#[tokio::test]
async fn an_unbind_is_done_at_once_or_polled() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    let polls = [say(200, json!({"state": "in progress"})), say(404, ""), say(410, "")];
    for (answer, polled) in [
        (say(200, json!({})), 0),
        (say(410, ""), 0),
        (say(202, json!({"operation": "x"})), 3),
    ] {
        stage.key(&instance, "key").await;
        stage.script.says("DELETE binding", [answer]);
        stage.script.says("GET binding poll", polls.clone());
        assert_eq!(unbind(&stage, "key").await["state"], "COMPLETE");
        assert!(stage.bench.cc.bindings().is_empty());
        assert_eq!(stage.script.count("GET binding poll"), polled);
    }
    assert_eq!(
        stage.script.asked("DELETE binding")[0].query,
        "accepts_incomplete=true&plan_id=small-id&service_id=redis-id"
    );
    assert!(stage.script.asked("GET binding poll")[0].query.ends_with("operation=x"));
}

#[tokio::test]
async fn an_unbind_that_fails_can_be_tried_again() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    stage.key(&instance, "key").await;
    let failed = "Service broker failed to delete service binding for instance cache: ";
    let missing = "The service broker rejected the request. Status Code: 404 Not Found, Body: x";
    let cases = [
        (say(404, "x"), "unbind", format!("{failed}{missing}")),
        (
            say(500, json!({"description": "ouch"})),
            "unbind",
            format!("{failed}Service broker error: ouch"),
        ),
        (say(202, json!({})), "delete", "stuck".to_owned()),
    ];
    stage.script.says(
        "GET binding poll",
        [say(200, json!({"state": "failed", "description": "stuck"}))],
    );
    for (answer, verb, text) in cases {
        stage.script.says("DELETE binding", [answer]);
        let job = unbind(&stage, "key").await;
        assert_eq!(
            failure(&job),
            (10009, format!("{verb} could not be completed: {text}").as_str())
        );
        assert_eq!(stage.binding("key").1, stands("delete", "failed", &text));
    }
    stage.script.behaves("DELETE binding");
    assert_eq!(unbind(&stage, "key").await["state"], "COMPLETE");
}

#[tokio::test]
async fn nothing_is_noted_of_an_unbind_while_the_broker_was_busy() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    stage.key(&instance, "key").await;
    let before = stage.binding("key").1;
    stage
        .script
        .says("DELETE binding", [say(422, json!({"error": "ConcurrencyError"}))]);
    let text = "The service broker rejected the request due to an operation being in progress for the binding";
    let job = unbind(&stage, "key").await;
    assert_eq!(
        failure(&job),
        (10009, format!("unbind could not be completed: {text}").as_str())
    );
    assert_eq!(stage.binding("key").1, before);
    stage.script.behaves("DELETE binding");
    assert_eq!(unbind(&stage, "key").await["state"], "COMPLETE");
}

#[tokio::test]
async fn an_unbind_ends_the_bind_that_is_polled_unless_the_broker_is_busy() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    stage.script.says("PUT binding", [say(202, json!({"operation": "b"}))]);
    let (held, open) = say(200, json!({"state": "in progress", "description": "half"})).held();
    let (second, done) = say(200, json!({"state": "succeeded"})).held();
    stage.script.says("GET binding poll", [held, second]);
    stage.script.says(
        "DELETE binding",
        [say(422, json!({"error": "ConcurrencyError"})), say(200, json!({}))],
    );
    let admin = stage.admin().await;
    let job = admin
        .begin(
            "POST",
            "/v3/service_credential_bindings",
            stage.key_body(&instance, "key"),
        )
        .await;
    stage.until(|| stage.script.count("GET binding poll") == 1).await;
    failure(&unbind(&stage, "key").await);
    assert_eq!(stage.binding("key").1, stands("create", "in progress", ""));
    open.send_replace(true);
    stage.until(|| stage.script.count("GET binding poll") == 2).await;
    assert_eq!(stage.binding("key").1, stands("create", "in progress", "half"));
    assert_eq!(unbind(&stage, "key").await["state"], "COMPLETE");
    let ended = admin.until(&job, |it| it["state"] == "FAILED").await;
    assert_eq!(
        failure(&ended),
        (10009, "create could not be completed: delete in progress")
    );
    done.send_replace(true);
    stage.idle().await;
    assert!(stage.bench.cc.bindings().is_empty());
    assert_eq!(stage.script.count("GET binding"), 0);
}

#[tokio::test]
async fn parameters_are_read_through() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    stage.key(&instance, "key").await;
    let admin = stage.admin().await;
    let of_instance = format!("/v3/service_instances/{instance}/parameters");
    let of_key = format!("/v3/service_credential_bindings/{}/parameters", stage.binding("key").0);
    assert_eq!(admin.get(&of_instance).await.json, json!({}));
    for what in ["GET instance", "GET binding"] {
        stage
            .script
            .says(what, [say(200, json!({"parameters": {"a": 1}})), say(404, "x")]);
    }
    for path in [of_instance, of_key] {
        assert_eq!(admin.get(&path).await.json, json!({"a": 1}), "{path}");
        let missing = "The service broker rejected the request. Status Code: 404 Not Found, Body: x";
        assert_eq!(admin.get(&path).await.refusal(), (502, 10001, missing), "{path}");
    }
    assert!(
        stage.script.asked("GET binding")[0]
            .headers
            .contains_key("x-broker-api-originating-identity")
    );
}
