//! Deletion of instances, and what it overtakes.

use serde_json::{Value, json};

use crate::broker_script::{Stage, failure, say, stands};

async fn delete(stage: &Stage, name: &str) -> Value {
    let path = format!("/v3/service_instances/{}", stage.bench.guid_of(name));
    stage.admin().await.ended("DELETE", &path, Value::Null).await
}

#[tokio::test]
async fn it_is_gone_when_the_broker_says_so() {
    let stage = Stage::new().await;
    let going = [say(200, json!({"state": "in progress"})), say(500, ""), say(410, "")];
    let cases = [
        (say(200, json!({})), None),
        (say(410, ""), None),
        (say(202, json!({"operation": "d"})), Some(going.to_vec())),
        (say(202, json!({})), Some(vec![say(200, json!({"state": "succeeded"}))])),
    ];
    for (answer, polls) in cases {
        stage.created("cache").await;
        stage.script.says("DELETE instance", [answer]);
        stage.script.says("GET instance poll", polls.into_iter().flatten());
        assert_eq!(delete(&stage, "cache").await["state"], "COMPLETE");
        assert!(stage.bench.cc.instances().is_empty());
    }
    let sent = &stage.script.asked("DELETE instance")[0];
    assert_eq!(
        sent.query,
        "accepts_incomplete=true&plan_id=small-id&service_id=redis-id"
    );
    assert!(sent.headers.contains_key("x-broker-api-originating-identity"));
    assert!(!sent.headers.contains_key("content-type"));
    assert_eq!(
        stage.script.asked("GET instance poll")[0].query,
        "plan_id=small-id&service_id=redis-id&operation=d"
    );
    assert_eq!(stage.script.count("DELETE instance"), 4);
}

#[tokio::test]
async fn what_isnt_deleted_stays_and_can_be_deleted_again() {
    let stage = Stage::new().await;
    stage.created("cache").await;
    let bad = "The service broker returned an invalid response";
    let named = |text: &str| format!("Service instance cache: {text}");
    let cases = [
        (
            say(404, "x"),
            named("The service broker rejected the request. Status Code: 404 Not Found, Body: x"),
        ),
        (
            say(200, "x"),
            named(&format!(
                "{bad}: expected valid JSON object in body, broker returned 'x'"
            )),
        ),
        (
            say(409, json!({"description": "no"})),
            named("Service broker error: no"),
        ),
        (
            say(500, json!({"description": "ouch"})),
            named("Service broker error: ouch"),
        ),
        (say(202, json!({})), "stuck".to_owned()),
    ];
    stage.script.says(
        "GET instance poll",
        [say(200, json!({"state": "failed", "description": "stuck"}))],
    );
    let count = cases.len();
    for (answer, text) in cases {
        stage.script.says("DELETE instance", [answer]);
        let job = delete(&stage, "cache").await;
        assert_eq!(
            failure(&job),
            (10009, format!("delete could not be completed: {text}").as_str())
        );
        assert_eq!(stage.standing("cache"), stands("delete", "failed", &text));
    }
    stage.idle().await;
    assert_eq!(stage.script.count("DELETE instance"), count, "nothing is repeated");
    stage.script.behaves("DELETE instance");
    assert_eq!(delete(&stage, "cache").await["state"], "COMPLETE");
}

#[tokio::test]
async fn a_busy_broker_is_told_of_and_asked_again_later() {
    let stage = Stage::new().await;
    stage.created("cache").await;
    stage
        .script
        .says("DELETE instance", [say(422, json!({"error": "ConcurrencyError"}))]);
    let job = delete(&stage, "cache").await;
    let text = "An operation for service instance cache is in progress.";
    assert_eq!(failure(&job), (60016, text));
    assert_eq!(stage.standing("cache"), stands("delete", "failed", text));
    stage.script.behaves("DELETE instance");
    assert_eq!(delete(&stage, "cache").await["state"], "COMPLETE");
}

#[tokio::test]
async fn a_deletion_ends_the_creation_that_is_polled() {
    let stage = Stage::new().await;
    stage.script.says("PUT instance", [say(202, json!({"operation": "c"}))]);
    let (held, open) = say(200, json!({"state": "succeeded"})).held();
    stage.script.says("GET instance poll", [held]);
    stage
        .script
        .says("DELETE instance", [say(202, json!({"operation": "d"}))]);
    let admin = stage.admin().await;
    let creation = admin
        .begin("POST", "/v3/service_instances", stage.bench.instance("cache", "small"))
        .await;
    stage.until(|| stage.script.count("GET instance poll") == 1).await;
    let path = format!("/v3/service_instances/{}", stage.bench.guid_of("cache"));
    let deletion = admin.begin("DELETE", &path, Value::Null).await;
    let ended = admin.until(&creation, |it| it["state"] == "FAILED").await;
    assert_eq!(
        failure(&ended),
        (10009, "create could not be completed: delete in progress")
    );
    stage.until(|| stage.script.count("GET instance poll") == 2).await;
    assert_eq!(
        stage.standing("cache").0,
        "delete",
        "what the creation's poll says is dropped"
    );
    open.send_replace(true);
    admin.until(&deletion, |it| it["state"] == "COMPLETE").await;
    stage.idle().await;
    assert!(stage.bench.cc.instances().is_empty());
    let polls: Vec<String> = stage
        .script
        .asked("GET instance poll")
        .into_iter()
        .map(|it| it.query)
        .collect();
    assert!(
        polls[0].ends_with("operation=c") && polls[1].ends_with("operation=d"),
        "{polls:?}"
    );
    assert_eq!(stage.script.count("GET instance"), 0);
}

#[tokio::test]
async fn a_deletion_that_the_broker_doesnt_take_on_leaves_the_creation_alone() {
    for (status, code) in [(422, 60016), (500, 10009)] {
        let stage = Stage::new().await;
        stage.script.says("PUT instance", [say(202, json!({"operation": "c"}))]);
        let (held, open) = say(200, json!({"state": "in progress", "description": "half"})).held();
        stage.script.says(
            "GET instance poll",
            [held, say(200, json!({"state": "succeeded", "description": "there"}))],
        );
        stage
            .script
            .says("DELETE instance", [say(status, json!({"error": "ConcurrencyError"}))]);
        let admin = stage.admin().await;
        let creation = admin
            .begin("POST", "/v3/service_instances", stage.bench.instance("cache", "small"))
            .await;
        stage.until(|| stage.script.count("GET instance poll") == 1).await;
        assert_eq!(failure(&delete(&stage, "cache").await).0, code);
        assert_eq!(
            stage.standing("cache"),
            stands("create", "in progress", ""),
            "nothing of the deletion is noted"
        );
        open.send_replace(true);
        admin.until(&creation, |it| it["state"] == "COMPLETE").await;
        assert_eq!(stage.standing("cache"), stands("create", "succeeded", "there"));
    }
}

#[tokio::test]
async fn everything_is_unbound_first() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    for key in ["one", "two"] {
        assert_eq!(stage.key(&instance, key).await["state"], "COMPLETE");
    }
    assert_eq!(delete(&stage, "cache").await["state"], "COMPLETE");
    let order: Vec<&str> = stage.bench.cc.outgoing().iter().map(|it| it.purpose).skip(4).collect();
    assert_eq!(order, ["unbind", "unbind", "deprovision"]);
    assert!(stage.bench.cc.bindings().is_empty());
}

#[tokio::test]
async fn a_binding_that_stays_keeps_the_instance() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    for key in ["one", "two"] {
        stage.key(&instance, key).await;
    }
    stage.script.says(
        "DELETE binding",
        [say(500, json!({"description": "ouch"})), say(200, json!({}))],
    );
    let text = "Service broker failed to delete service binding for instance cache: Service broker error: ouch";
    let job = delete(&stage, "cache").await;
    assert_eq!(
        failure(&job),
        (10009, format!("delete could not be completed: {text}").as_str())
    );
    assert_eq!(stage.standing("cache"), stands("delete", "failed", text));
    let left = stage.bench.cc.bindings();
    assert_eq!(left.len(), 1, "the other one was tried all the same");
    assert_eq!(stage.script.count("DELETE instance"), 0);
    stage.script.behaves("DELETE binding");
    assert_eq!(delete(&stage, "cache").await["state"], "COMPLETE");
}

#[tokio::test]
async fn an_unbind_that_takes_its_time_fails_the_deletion_and_goes_on() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    stage.key(&instance, "one").await;
    stage
        .script
        .says("DELETE binding", [say(202, json!({"operation": "x"}))]);
    let (held, open) = say(200, json!({"state": "succeeded"})).held();
    stage.script.says("GET binding poll", [held]);
    let text = "An operation for a service binding of service instance cache is in progress.";
    let job = delete(&stage, "cache").await;
    assert_eq!(failure(&job).1, format!("delete could not be completed: {text}"));
    let again = delete(&stage, "cache").await;
    assert_eq!(failure(&again).1, format!("delete could not be completed: {text}"));
    assert_eq!(stage.script.count("DELETE binding"), 1);
    open.send_replace(true);
    stage.idle().await;
    assert!(stage.bench.cc.bindings().is_empty());
    assert_eq!(delete(&stage, "cache").await["state"], "COMPLETE");
}

#[tokio::test]
async fn a_purge_ends_the_work_on_the_row() {
    let stage = Stage::new().await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    let (held, open) = say(200, json!({"state": "succeeded"})).held();
    stage.script.says("GET instance poll", [held]);
    let admin = stage.admin().await;
    let creation = admin
        .begin("POST", "/v3/service_instances", stage.bench.instance("cache", "small"))
        .await;
    stage.until(|| stage.script.count("GET instance poll") == 1).await;
    let guid = stage.bench.guid_of("cache");
    let purged = admin.delete(&format!("/v3/service_instances/{guid}?purge=true")).await;
    assert_eq!(purged.status, 204, "{purged:?}");
    open.send_replace(true);
    let ended = admin.until(&creation, |it| it["state"] == "FAILED").await;
    assert_eq!(
        failure(&ended),
        (
            10010,
            format!("The service instance could not be found: {guid}.").as_str()
        )
    );
    stage.idle().await;
    assert_eq!(stage.script.count("DELETE instance"), 0);
}
