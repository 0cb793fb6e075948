//! How calls of a broker are made to go wrong.

use chandler_simulators::cloud_controller::OutgoingAction::{
    AnswerLost, Double, DoubleAtOnce, Stop, TimeOut, TimeOutUnsent,
};
use chandler_simulators::cloud_controller::{OutgoingFate, OutgoingFault};
use serde_json::json;

use crate::broker_script::{Stage, failure, say, stands};

const TIMED_OUT: &str = "provision could not be completed: The request to the service broker timed out";

#[tokio::test]
async fn a_time_out_is_one_whether_the_call_arrives_or_not() {
    for (action, arrives) in [(TimeOut, 1), (TimeOutUnsent, 0), (AnswerLost, 1)] {
        let stage = Stage::new().await;
        stage
            .bench
            .cc
            .set_outgoing_fault(OutgoingFault::once("PUT", "", action));
        assert_eq!(failure(&stage.create("cache").await).1, TIMED_OUT, "{action:?}");
        stage.idle().await;
        assert_eq!(stage.script.count("PUT instance"), arrives, "{action:?}");
        assert_eq!(stage.outgoing("provision")[0].fate, OutgoingFate::TimedOut);
        assert_eq!(
            stage.script.count("DELETE instance"),
            1,
            "{action:?}: an orphan may be left"
        );
        stage.created("other").await;
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_isnt_overtaken() {
    let stage = Stage::new().await;
    let (held, open) = say(201, json!({})).held();
    stage.script.says("PUT instance", [held]);
    stage
        .bench
        .cc
        .set_outgoing_fault(OutgoingFault::once("PUT", "", AnswerLost));
    let admin = stage.admin().await;
    let job = admin
        .begin("POST", "/v3/service_instances", stage.bench.instance("cache", "small"))
        .await;
    stage.until(|| stage.script.count("PUT instance") == 1).await;
    assert_eq!(stage.outgoing("provision")[0].fate, OutgoingFate::Pending);
    assert!(stage.outgoing("orphan").is_empty());
    open.send_replace(true);
    admin.until(&job, |it| it["state"] == "FAILED").await;
    stage.idle().await;
    assert_eq!(stage.outgoing("orphan").len(), 1);
}

#[tokio::test]
async fn a_call_that_comes_twice_counts_once() {
    let stage = Stage::new().await;
    let once = stage
        .bench
        .cc
        .set_outgoing_fault(OutgoingFault::once("PUT", "/service_instances/", Double));
    stage.script.says(
        "PUT instance",
        [
            say(201, json!({})),
            say(200, json!({"dashboard_url": "https://second"})),
        ],
    );
    stage.created("one").await;
    assert_eq!(stage.script.count("PUT instance"), 2);
    let both = stage.script.asked("PUT instance");
    assert_eq!(both[0].path, both[1].path);
    let identity = "x-broker-api-request-identity";
    assert_eq!(
        both[0].headers[identity], both[1].headers[identity],
        "it is the same request"
    );
    assert_eq!(stage.instance("one").dashboard_url.as_deref(), Some("https://second"));
    stage.bench.cc.clear_outgoing_fault(once);

    stage
        .bench
        .cc
        .set_outgoing_fault(OutgoingFault::always("PUT", "", DoubleAtOnce).only("provision"));
    let (held, open) = say(201, json!({"dashboard_url": "https://later"})).held();
    stage.script.says(
        "PUT instance",
        [held, say(201, json!({"dashboard_url": "https://sooner"}))],
    );
    let admin = stage.admin().await;
    let job = admin
        .begin("POST", "/v3/service_instances", stage.bench.instance("two", "small"))
        .await;
    stage.until(|| stage.script.count("PUT instance") == 4).await;
    let sooner = || {
        stage
            .outgoing("provision")
            .iter()
            .skip(2)
            .any(|it| it.fate == OutgoingFate::Answered(201))
    };
    stage.until(sooner).await;
    assert_eq!(
        stage.standing("two"),
        stands("create", "initial", ""),
        "the sooner answer doesn't count"
    );
    open.send_replace(true);
    admin.until(&job, |it| it["state"] == "COMPLETE").await;
    assert_eq!(stage.instance("two").dashboard_url.as_deref(), Some("https://later"));
}

#[tokio::test]
async fn nobody_polls_until_the_fault_is_taken_away() {
    let stage = Stage::new().await;
    let stop = stage.bench.cc.set_outgoing_fault(OutgoingFault::always("", "", Stop));
    stage.script.says("PUT instance", [say(202, json!({}))]);
    let admin = stage.admin().await;
    let job = admin
        .begin("POST", "/v3/service_instances", stage.bench.instance("cache", "small"))
        .await;
    admin.until(&job, |it| it["state"] == "POLLING").await;
    stage.script.behaves("PUT instance");
    stage.created("other").await;
    assert_eq!(stage.script.count("GET instance poll"), 0);
    assert!(!stage.bench.cc.is_idle());
    stage.bench.cc.clear_outgoing_fault(stop);
    admin.until(&job, |it| it["state"] == "COMPLETE").await;
    stage.idle().await;
}

#[tokio::test]
async fn a_deletion_frees_a_creation_that_nobody_polls() {
    let stage = Stage::new().await;
    stage.bench.cc.set_outgoing_fault(OutgoingFault::always("", "", Stop));
    stage.script.says("PUT instance", [say(202, json!({}))]);
    let admin = stage.admin().await;
    let job = admin
        .begin("POST", "/v3/service_instances", stage.bench.instance("cache", "small"))
        .await;
    admin.until(&job, |it| it["state"] == "POLLING").await;
    let path = format!("/v3/service_instances/{}", stage.bench.guid_of("cache"));
    admin.done("DELETE", &path, json!(null)).await;
    let ended = admin.until(&job, |it| it["state"] == "FAILED").await;
    assert_eq!(failure(&ended).1, "create could not be completed: delete in progress");
    stage.idle().await;
}

#[tokio::test]
async fn work_under_way_ends_with_the_simulator() {
    let stage = Stage::new().await;
    let (held, open) = say(201, json!({})).held();
    stage.script.says("PUT instance", [held]);
    let admin = stage.admin().await;
    let body = stage.bench.instance("cache", "small");
    admin.begin("POST", "/v3/service_instances", body).await;
    stage.until(|| stage.script.count("PUT instance") == 1).await;
    let Stage { bench, script } = stage;
    let stopped = tokio::time::timeout(crate::v3_bench::PATIENCE, bench.cc.stop());
    stopped.await.expect("it doesn't wait for the broker");
    open.send_replace(true);
    assert_eq!(
        (script.count("GET instance poll"), script.count("DELETE instance")),
        (0, 0)
    );
}
