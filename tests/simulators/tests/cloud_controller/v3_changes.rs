//! Instances: changed, deleted, purged.

use serde_json::{Value, json};

use crate::v3_bench::Bench;

const LIST: &str = "/v3/service_instances";

/// K4.
#[tokio::test]
async fn a_running_update_blocks_and_an_accepted_creation_doesnt() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let path = format!("{LIST}/{}", admin.with_instance("cache", "small").await);
    bench.broker.answers("PATCH", "*/service_instances/", 202, json!({}));
    bench
        .broker
        .answers("GET", "/last_operation", 200, json!({"state": "in progress"}));
    let location = admin.begin("PATCH", &path, json!({"parameters": {"a": 1}})).await;
    admin.until(&location, |it| it["state"] == "POLLING").await;
    let again = admin.patch(&path, json!({"parameters": {"a": 2}})).await;
    assert_eq!(again.refusal().1, 60016);
    let text = "There is an operation in progress for the service instance.";
    assert_eq!(admin.delete(&path).await.refusal(), (422, 10008, text));
    bench.broker.behaves();
    admin.until(&location, |it| it["state"] == "COMPLETE").await;

    bench.broker.answers("PUT", "*/service_instances/", 202, json!({}));
    bench
        .broker
        .answers("GET", "/last_operation", 200, json!({"state": "in progress"}));
    let creation = admin.begin("POST", LIST, bench.instance("second", "small")).await;
    admin.until(&creation, |it| it["state"] == "POLLING").await;
    let second = format!("{LIST}/{}", bench.guid_of("second"));
    admin.done("DELETE", &second, Value::Null).await;
    let job = admin.until(&creation, |it| it["state"] == "FAILED").await;
    assert_eq!(
        job["errors"][0]["detail"],
        "create could not be completed: delete in progress"
    );
    assert_eq!(admin.get(&second).await.status, 404);
}

#[tokio::test]
async fn what_the_broker_neednt_know_is_done_at_once() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let path = format!("{LIST}/{}", admin.with_instance("cache", "small").await);
    admin.with_instance("other", "small").await;
    let taken = admin.patch(&path, json!({"name": "other"})).await;
    assert_eq!(
        taken.refusal(),
        (422, 10008, "The service instance name is taken: other.")
    );
    let same = json!({"service_plan": {"data": {"guid": bench.plan("small")}}});
    let body =
        json!({"name": "renamed", "tags": ["x"], "relationships": same, "maintenance_info": {"version": "1.0.0"}});
    let answer = admin.patch(&path, body).await;
    assert_eq!(
        (answer.status, &answer.json["name"], &answer.json["tags"]),
        (200, &json!("renamed"), &json!(["x"]))
    );
    let last = &answer.json["last_operation"];
    assert_eq!((&last["type"], &last["state"]), (&json!("update"), &json!("succeeded")));
    assert!(bench.broker.asked("PATCH", "/").is_empty());

    // With allow_context_updates the broker hears of a name.
    let mut catalog = crate::v3_broker::catalog();
    catalog["services"][0]["allow_context_updates"] = json!(true);
    bench.broker.offers(catalog);
    let broker = bench.cc.registered()[0].guid.clone();
    admin
        .done(
            "PATCH",
            &format!("/v3/service_brokers/{broker}"),
            json!({"url": bench.broker.url}),
        )
        .await;
    let job = admin.done("PATCH", &path, json!({"name": "again"})).await;
    assert_eq!(job["operation"], "service_instance.update");
    assert_eq!(admin.get(&path).await.json["name"], "again");
    let sent = bench.broker.asked("PATCH", "/")[0].body.clone();
    assert_eq!(sent["context"]["instance_name"], "again");
}

/// K5.
#[tokio::test]
async fn an_upgrade_is_offered_checked_and_sent() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let path = format!("{LIST}/{}", admin.with_instance("cache", "small").await);
    let bare = format!("{LIST}/{}", admin.with_instance("bare", "large").await);
    let version = |version: &str| json!({"maintenance_info": {"version": version}});
    let cases = [
        (
            &bare,
            version("1.0.0"),
            390_006,
            "The service broker does not support upgrades for service instances created from this plan.",
        ),
        (
            &path,
            version("2.0.0"),
            390_009,
            "maintenance_info.version requested is invalid. Please ensure the catalog is up to date and you are providing a version supported by this service plan.",
        ),
        (
            &path,
            json!({
                "maintenance_info": {"version": "1.0.0"},
                "relationships": {"service_plan": {"data": {"guid": bench.plan("large")}}},
            }),
            390_008,
            "maintenance_info should not be changed when switching to different plan.",
        ),
    ];
    for (path, body, code, text) in cases {
        assert_eq!(
            admin.patch(path, body.clone()).await.refusal(),
            (422, code, text),
            "{body}"
        );
    }
    let mut catalog = crate::v3_broker::catalog();
    catalog["services"][0]["plans"][0]["maintenance_info"]["version"] = json!("2.0.0");
    bench.broker.offers(catalog);
    let broker = bench.cc.registered()[0].guid.clone();
    admin
        .done(
            "PATCH",
            &format!("/v3/service_brokers/{broker}"),
            json!({"url": bench.broker.url}),
        )
        .await;
    assert_eq!(admin.get(&path).await.json["upgrade_available"], true);
    admin.done("PATCH", &path, version("2.0.0")).await;
    let shown = admin.get(&path).await.json;
    assert_eq!(
        (&shown["upgrade_available"], &shown["maintenance_info"]["version"]),
        (&json!(false), &json!("2.0.0"))
    );
    let sent = bench.broker.asked("PATCH", "/")[0].body.clone();
    assert_eq!(sent["maintenance_info"], json!({"version": "2.0.0"}));
    assert_eq!(sent["previous_values"]["maintenance_info"]["version"], "1.0.0");
    assert_eq!(sent["previous_values"]["plan_id"], "small-id");
}

#[tokio::test]
async fn a_plan_is_changed_where_that_may_be() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let to = |plan: &str| json!({"relationships": {"service_plan": {"data": {"guid": plan}}}});
    let path = format!("{LIST}/{}", admin.with_instance("cache", "small").await);
    admin.done("PATCH", &path, to(&bench.plan("large"))).await;
    let shown = admin.get(&path).await.json;
    assert_eq!(
        shown["relationships"]["service_plan"]["data"]["guid"],
        json!(bench.plan("large"))
    );
    let sent = bench.broker.asked("PATCH", "/")[0].body.clone();
    assert_eq!(
        (&sent["plan_id"], &sent["previous_values"]["plan_id"]),
        (&json!("large-id"), &json!("small-id"))
    );
    let other = admin.patch(&path, to(&bench.plan("bare"))).await;
    assert_eq!(
        other.refusal(),
        (400, 1002, "service plan relates to a different service offering")
    );
    assert_eq!(admin.patch(&path, to("x")).await.refusal().0, 422);

    let mut catalog = crate::v3_broker::catalog();
    catalog["services"][0]["plan_updateable"] = json!(false);
    bench.broker.offers(catalog);
    let broker = bench.cc.registered()[0].guid.clone();
    admin
        .done(
            "PATCH",
            &format!("/v3/service_brokers/{broker}"),
            json!({"url": bench.broker.url}),
        )
        .await;
    let refused = admin.patch(&path, to(&bench.plan("small"))).await;
    assert_eq!(
        refused.refusal(),
        (400, 110_004, "The service does not support changing plans.")
    );
    assert_eq!(admin.patch(&path, to(&bench.plan("large"))).await.status, 200);
}

#[tokio::test]
async fn a_purge_says_nothing_to_the_broker_and_is_for_admins() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    let path = format!("{LIST}/{}?purge=true", admin.with_instance("cache", "small").await);
    assert_eq!(bench.person("developer").await.delete(&path).await.status, 403);
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(bench.cc.instances().len(), 0);
    assert!(bench.broker.asked("DELETE", "/").is_empty());
    // A deletion that fails can be tried again.
    let path = format!("{LIST}/{}", admin.with_instance("cache", "small").await);
    bench
        .broker
        .answers("DELETE", "*/service_instances/", 500, json!({"description": "not now"}));
    let job = admin.ended("DELETE", &path, Value::Null).await;
    assert_eq!(
        (&job["state"], &job["errors"][0]["code"]),
        (&json!("FAILED"), &json!(10009))
    );
    let shown = admin.get(&path).await.json;
    assert_eq!(shown["last_operation"]["type"], "delete");
    assert_eq!(shown["last_operation"]["state"], "failed");
    bench.broker.behaves();
    let job = admin.done("DELETE", &path, Value::Null).await;
    assert_eq!(job["operation"], "service_instance.delete");
    assert_eq!(admin.get(&path).await.status, 404);
}
