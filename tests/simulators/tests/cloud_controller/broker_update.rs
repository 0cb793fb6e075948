//! Updates of instances.

use serde_json::{Value, json};

use crate::broker_script::{Stage, failure, say, stands};

fn to_plan(stage: &Stage, plan: &str) -> Value {
    json!({"relationships": {"service_plan": {"data": {"guid": stage.bench.plan(plan)}}}})
}

async fn patch(stage: &Stage, body: Value) -> Value {
    let path = format!("/v3/service_instances/{}", stage.bench.guid_of("cache"));
    stage.admin().await.ended("PATCH", &path, body).await
}

#[tokio::test]
async fn a_plan_changes_when_the_broker_is_done_and_not_before() {
    let stage = Stage::new().await;
    stage.created("cache").await;
    stage.script.says(
        "PATCH instance",
        [say(202, json!({"operation": "u", "dashboard_url": "https://d"}))],
    );
    let (held, open) = say(200, json!({"state": "succeeded", "description": "moved"})).held();
    stage.script.says("GET instance poll", [held]);
    let path = format!("/v3/service_instances/{}", stage.bench.guid_of("cache"));
    let admin = stage.admin().await;
    let job = admin.begin("PATCH", &path, to_plan(&stage, "large")).await;
    stage.until(|| stage.script.count("GET instance poll") == 1).await;
    assert_eq!(stage.instance("cache").plan, stage.bench.plan("small"));
    assert_eq!(stage.standing("cache"), stands("update", "in progress", ""));
    open.send_replace(true);
    admin.until(&job, |it| it["state"] == "COMPLETE").await;

    let instance = stage.instance("cache");
    assert_eq!(
        (instance.plan, instance.maintenance_info),
        (stage.bench.plan("large"), None)
    );
    assert_eq!(instance.dashboard_url.as_deref(), Some("https://d"));
    assert_eq!(stage.standing("cache"), stands("update", "succeeded", "moved"));
    let sent = &stage.script.asked("PATCH instance")[0];
    assert_eq!(
        (&sent.body["plan_id"], &sent.body["previous_values"]["plan_id"]),
        (&json!("large-id"), &json!("small-id"))
    );
    assert_eq!(sent.body["parameters"], json!({}));
    let poll = &stage.script.asked("GET instance poll")[0];
    assert_eq!(
        poll.query, "plan_id=small-id&service_id=redis-id&operation=u",
        "the old plan"
    );
}

#[tokio::test]
async fn a_failed_update_changes_nothing_and_cleans_nothing_up() {
    let stage = Stage::new().await;
    stage.created("cache").await;
    let failed = say(200, json!({"state": "failed", "description": "no room"}));
    stage.script.says("GET instance poll", [failed]);
    let busy = json!({"error": "ConcurrencyError", "description": "busy"});
    let cases = [
        (say(202, json!({})), "no room"),
        (say(422, busy), "Service broker error: busy"),
        (say(400, json!({"description": "no"})), "Service broker error: no"),
        (say(500, json!({"description": "ouch"})), "Service broker error: ouch"),
        (
            say(201, json!({"description": "hidden"})),
            "The service broker returned an invalid response. Status Code: 201 Created, Body: {\"description\":\"hidden\"}",
        ),
    ];
    for (answer, text) in cases {
        stage.script.says("PATCH instance", [answer]);
        let job = patch(&stage, to_plan(&stage, "large")).await;
        assert_eq!(
            failure(&job),
            (10009, format!("update could not be completed: {text}").as_str())
        );
        assert_eq!(stage.standing("cache"), stands("update", "failed", text));
        assert_eq!(stage.instance("cache").plan, stage.bench.plan("small"));
    }
    stage.idle().await;
    assert_eq!(stage.script.count("DELETE instance"), 0);
    assert_eq!(stage.script.count("PATCH instance"), 5, "each is sent once");
}

#[tokio::test]
async fn parameters_and_tags_leave_the_version_alone() {
    let stage = Stage::new().await;
    stage.created("cache").await;
    let info = stage.script.asked("PUT instance")[0].body["maintenance_info"].clone();
    assert_eq!(info, json!({"version": "1.0.0", "description": "the first"}));
    let job = patch(&stage, json!({"parameters": {"a": 1}, "tags": ["t"]})).await;
    assert_eq!(job["state"], "COMPLETE", "{job}");
    let sent = &stage.script.asked("PATCH instance")[0].body;
    assert_eq!(
        (&sent["parameters"], sent.get("maintenance_info")),
        (&json!({"a": 1}), None)
    );
    assert_eq!(stage.instance("cache").tags, ["t"]);
    assert_eq!(json!(stage.instance("cache").maintenance_info), info);
}

#[tokio::test]
async fn an_upgrade_brings_the_version_and_nothing_else() {
    let stage = Stage::new().await;
    stage.created("cache").await;
    stage
        .script
        .offers(|catalog| catalog["services"][0]["plans"][0]["maintenance_info"]["version"] = json!("2.0.0"));
    stage.synchronised().await;
    stage.script.says(
        "PATCH instance",
        [
            say(422, json!({"error": "MaintenanceInfoConflict"})),
            say(202, json!({})),
        ],
    );
    let upgrade = json!({"maintenance_info": {"version": "2.0.0"}});
    let job = patch(&stage, upgrade.clone()).await;
    let text = "The service broker did not provide a reason for this conflict, please ensure the catalog is up to date and you are providing a \
                version supported by this service plan";
    assert_eq!(failure(&job).1, format!("update could not be completed: {text}"));
    assert_eq!(json!(stage.instance("cache").maintenance_info)["version"], "1.0.0");

    let job = patch(&stage, upgrade).await;
    assert_eq!(job["state"], "COMPLETE", "{job}");
    let sent = &stage.script.asked("PATCH instance")[1].body;
    assert_eq!(
        (&sent["plan_id"], &sent["maintenance_info"]),
        (&json!("small-id"), &json!({"version": "2.0.0"}))
    );
    assert_eq!(sent["previous_values"]["maintenance_info"]["version"], "1.0.0");
    assert_eq!(
        json!(stage.instance("cache").maintenance_info),
        json!({"version": "2.0.0"})
    );
}
