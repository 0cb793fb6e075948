//! What is cleaned up without anybody asking for it.

use std::time::Duration;

use chandler_simulators::cloud_controller::OutgoingFate;
use serde_json::json;

use crate::broker_script::{Say, Stage, failure, say};

#[tokio::test]
async fn answers_after_which_something_may_be_left() {
    let stage = Stage::new().await;
    let instance = stage.created("kept").await;
    let cases: [(Say, bool, bool); 14] = [
        (say(500, ""), true, true),
        (say(302, ""), true, true),
        (say(204, ""), true, true),
        (say(410, ""), true, true),
        (say(422, json!({"error": "Odd"})), true, true),
        (say(201, "no JSON"), true, true),
        (say(202, json!({"operation": null})), true, true),
        (say(200, "no JSON"), false, false),
        (say(400, ""), false, false),
        (say(401, ""), false, false),
        (say(408, ""), false, false),
        (say(409, ""), false, false),
        (say(422, json!({"error": "ConcurrencyError"})), false, false),
        (say(422, json!({"error": "RequiresApp"})), true, false),
    ];
    for (at, (answer, instance_left, binding_left)) in cases.into_iter().enumerate() {
        let before = (
            stage.script.count("DELETE instance"),
            stage.script.count("DELETE binding"),
        );
        stage.script.says("PUT instance", [answer.clone()]);
        stage.script.says("PUT binding", [answer]);
        failure(&stage.create(&format!("i{at}")).await);
        failure(&stage.key(&instance, &format!("k{at}")).await);
        stage.idle().await;
        let after = (
            stage.script.count("DELETE instance"),
            stage.script.count("DELETE binding"),
        );
        let left = (after.0 > before.0, after.1 > before.1);
        assert_eq!(left, (instance_left, binding_left), "case {at}");
    }
    let deleted = stage.script.asked("DELETE binding");
    assert_eq!(
        deleted[0].query,
        "accepts_incomplete=true&plan_id=small-id&service_id=redis-id"
    );
    for one in deleted.iter().chain(&stage.script.asked("DELETE instance")) {
        assert!(
            !one.headers.contains_key("x-broker-api-originating-identity"),
            "nobody asked for it"
        );
        assert_eq!(one.headers["x-broker-api-version"], "2.15");
    }
}

#[tokio::test]
async fn a_drain_that_isnt_asked_for_is_taken_away() {
    let stage = Stage::new().await;
    let instance = stage.created("cache").await;
    stage
        .script
        .says("PUT binding", [say(201, json!({"syslog_drain_url": "syslog://x"}))]);
    let job = stage.key(&instance, "key").await;
    assert!(failure(&job).1.contains("not registered as a logging service"), "{job}");
    stage.idle().await;
    assert_eq!(stage.outgoing("orphan").len(), 1);
}

#[tokio::test]
async fn a_clean_up_overtakes_the_call_that_took_too_long() {
    let stage = Stage::with(|options| options.broker_timeout = Duration::from_secs(1), |_| {}).await;
    let (held, open) = say(201, json!({})).held();
    stage.script.says("PUT instance", [held]);
    let job = stage.create("cache").await;
    let text = "The request to the service broker timed out";
    assert_eq!(failure(&job).1, format!("provision could not be completed: {text}"));
    stage.idle().await;
    assert_eq!(stage.outgoing("provision")[0].fate, OutgoingFate::TimedOut);
    assert_eq!(
        stage.outgoing("orphan")[0].fate,
        OutgoingFate::Answered(200),
        "the PUT still runs"
    );
    open.send_replace(true);
}

#[tokio::test]
async fn a_broker_that_isnt_there_leaves_nothing() {
    let stage = Stage::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let gone = format!("http://{}", listener.local_addr().expect("an address"));
    let path = format!("/v3/service_brokers/{}", stage.bench.cc.registered()[0].guid);
    let admin = stage.admin().await;
    // The catalog is read there, and then nobody is.
    let proxied = tokio::spawn({
        let script = stage.script.url.replace("http://", "");
        async move {
            let (mut from, _) = listener.accept().await.expect("a connection");
            drop(listener);
            let mut to = tokio::net::TcpStream::connect(script).await.expect("the broker");
            let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
        }
    });
    admin.done("PATCH", &path, json!({"url": gone})).await;
    let job = stage.create("cache").await;
    assert_eq!(
        failure(&job).1,
        "provision could not be completed: The service broker could not be reached"
    );
    stage.idle().await;
    assert!(stage.outgoing("orphan").is_empty());
    assert_eq!(stage.outgoing("provision")[0].fate, OutgoingFate::Unreachable);
    proxied.abort();
}

#[tokio::test]
async fn it_is_repeated_less_and_less_often_until_the_broker_takes_it_on() {
    // A minute takes 50 ms.
    let stage = Stage::with(|options| options.polling_seconds = 0.05, |_| {}).await;
    stage.script.says("PUT instance", [say(500, "")]);
    let answers = [
        say(500, ""),
        say(404, ""),
        say(200, "no JSON"),
        say(202, json!({"operation": "x"})),
    ];
    stage.script.says("DELETE instance", answers);
    failure(&stage.create("cache").await);
    assert!(!stage.bench.cc.is_idle(), "an orphan waits");
    stage.idle().await;
    let times: Vec<f64> = stage.outgoing("orphan").iter().map(|it| it.at).collect();
    for (pair, least) in times.windows(2).zip([0.1, 0.2, 0.4]) {
        assert!(pair[1] - pair[0] >= least, "{times:?}");
    }
    let fates: Vec<OutgoingFate> = stage.outgoing("orphan").into_iter().map(|it| it.fate).collect();
    assert_eq!(fates, [500, 404, 200, 202].map(OutgoingFate::Answered));
    assert_eq!(
        stage.script.count("GET instance poll"),
        0,
        "what is taken on isn't followed"
    );
}

#[tokio::test]
async fn it_is_given_up_after_eleven_attempts() {
    let stage = Stage::with(|options| options.polling_seconds = 0.0001, |_| {}).await;
    let instance = stage.created("kept").await;
    stage.script.says("PUT binding", [say(500, "")]);
    stage.script.says("DELETE binding", [say(500, "")]);
    failure(&stage.key(&instance, "key").await);
    stage.idle().await;
    assert_eq!(stage.script.count("DELETE binding"), 11);
}
