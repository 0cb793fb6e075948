//! How often a broker is polled, and for how long.

use std::time::Duration;

use serde_json::{Value, json};

use crate::broker_script::{Stage, failure, say, stands};

/// `small` may take that long, in Cloud Controller's seconds.
fn at_most(seconds: u64) -> impl FnOnce(&mut Value) {
    move |catalog| catalog["services"][0]["plans"][0]["maximum_polling_duration"] = json!(seconds)
}

const GOING: &str = r#"{"state":"in progress","description":"going"}"#;

#[tokio::test]
async fn a_minute_passes_between_two_polls_or_as_long_as_the_broker_wants() {
    // A minute takes 50 ms.
    let stage = Stage::with(|options| options.polling_seconds = 0.05, |_| {}).await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    let polls = [
        say(200, GOING),
        say(200, GOING).after("5"),
        say(410, "").after("300"),
        // It would be more than a minute, even here.
        say(500, GOING).after("86400"),
        say(200, GOING).after("Sat, 21 Nov 2026 20:59:56 GMT"),
        say(200, r#"{"state":"succeeded"}"#),
    ];
    stage.script.says("GET instance poll", polls);
    stage.created("cache").await;
    let times: Vec<f64> = stage.outgoing("poll").iter().map(|it| it.at).collect();
    let pauses: Vec<f64> = times.windows(2).map(|it| it[1] - it[0]).collect();
    assert_eq!(pauses.len(), 5);
    for (pause, least) in pauses.iter().zip([0.05, 0.05, 0.25, 0.25, 0.05]) {
        assert!(*pause >= least, "{pauses:?}");
    }
}

#[tokio::test]
async fn pauses_are_by_its_own_clock() {
    let stage = Stage::with(|options| options.polling_seconds = 60.0, |_| {}).await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    stage.script.says(
        "GET instance poll",
        [say(200, GOING), say(200, GOING), say(200, r#"{"state":"succeeded"}"#)],
    );
    let admin = stage.admin().await;
    let job = admin
        .begin("POST", "/v3/service_instances", stage.bench.instance("cache", "small"))
        .await;
    let over = || {
        stage.bench.cc.skip(Duration::from_secs(10));
        stage.script.count("GET instance poll") == 3
    };
    stage.until(over).await;
    admin.until(&job, |it| it["state"] == "COMPLETE").await;
    let times: Vec<f64> = stage.outgoing("poll").iter().map(|it| it.at).collect();
    assert!(times.windows(2).all(|it| it[1] - it[0] >= 60.0), "{times:?}");
}

#[tokio::test]
async fn a_creation_that_takes_too_long_is_given_up_and_cleaned_up() {
    let stage = Stage::with(|options| options.polling_seconds = 0.2, at_most(90)).await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    stage.script.says("GET instance poll", [say(200, GOING)]);
    let job = stage.create("cache").await;
    assert_eq!(failure(&job), (290_006, "The job execution has timed out."));
    assert_eq!(job["errors"][0]["title"], "CF-JobTimeout");
    let text = "Service Broker failed to provision within the required time.";
    assert_eq!(stage.standing("cache"), stands("create", "failed", text));
    let polls = stage.script.count("GET instance poll");
    assert!((1..=2).contains(&polls), "the third would be too late: {polls}");
    stage.idle().await;
    assert_eq!(stage.outgoing("orphan").len(), 1);
    assert_eq!(stage.script.count("DELETE instance"), 1);
}

#[tokio::test]
async fn a_plan_that_allows_less_than_an_interval_fails_after_the_first_poll() {
    let stage = Stage::with(|_| {}, at_most(5)).await;
    let instance = stage.created("cache").await;
    stage.script.says("PUT binding", [say(202, json!({}))]);
    stage.script.says("GET binding poll", [say(200, GOING)]);
    let job = stage.key(&instance, "key").await;
    assert_eq!(failure(&job).0, 290_006);
    assert_eq!(
        stage.binding("key").1,
        stands(
            "create",
            "failed",
            "Service Broker failed to bind within the required time."
        )
    );
    stage.idle().await;
    assert_eq!(stage.script.count("GET binding poll"), 1);
    assert_eq!(stage.script.count("DELETE binding"), 1);
}

#[tokio::test]
async fn a_plan_cant_allow_more_than_cloud_controller() {
    let stage = Stage::with(|options| options.polling_minutes = 0.5, at_most(3600)).await;
    stage.script.says("PUT instance", [say(202, json!({}))]);
    stage.script.says("GET instance poll", [say(200, GOING)]);
    assert_eq!(failure(&stage.create("cache").await).0, 290_006);
    assert_eq!(stage.script.count("GET instance poll"), 1);
}

#[tokio::test]
async fn updates_and_deletions_that_take_too_long_clean_nothing_up() {
    let stage = Stage::with(|_| {}, at_most(5)).await;
    let instance = stage.created("cache").await;
    stage.key(&instance, "key").await;
    for what in ["PATCH instance", "DELETE instance", "DELETE binding"] {
        stage.script.says(what, [say(202, json!({}))]);
    }
    for what in ["GET instance poll", "GET binding poll"] {
        stage.script.says(what, [say(200, GOING)]);
    }
    let admin = stage.admin().await;
    let path = format!("/v3/service_instances/{instance}");
    let job = admin.ended("PATCH", &path, json!({"parameters": {}})).await;
    assert_eq!(failure(&job).0, 290_006);
    let late = |verb: &str| format!("Service Broker failed to {verb} within the required time.");
    assert_eq!(stage.standing("cache"), stands("update", "failed", &late("update")));

    let key = format!("/v3/service_credential_bindings/{}", stage.binding("key").0);
    assert_eq!(failure(&admin.ended("DELETE", &key, Value::Null).await).0, 290_006);
    assert_eq!(stage.binding("key").1, stands("delete", "failed", &late("unbind")));

    stage.script.behaves("DELETE binding");
    assert_eq!(failure(&admin.ended("DELETE", &path, Value::Null).await).0, 290_006);
    assert_eq!(
        stage.standing("cache"),
        stands("delete", "failed", &late("deprovision"))
    );
    stage.idle().await;
    assert!(stage.outgoing("orphan").is_empty());
}
