//! The calls of `cf` against the simulators, without a broker.

use super::api::Api;
use super::left::{judged, left};
use super::*;
use crate::config::User;
use crate::tour::osb::Poll;
use chandler_proto::secret::Secret;
use chandler_simulators::cloud_controller::{self, CloudController};
use chandler_simulators::uaa::{self, Uaa, Verifier};
use std::collections::BTreeSet;

const LIMIT: Duration = Duration::from_secs(20);

/// Somebody who may everything, logged in.
async fn world() -> (Uaa, CloudController, Api) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let users = vec![uaa::User::new("admin", "p&%+ ä=", &["cloud_controller.admin"])];
    let options = uaa::Options {
        users,
        ..uaa::Options::default()
    };
    let uaa = Uaa::start(options).await.unwrap();
    let options = cloud_controller::Options {
        polling_seconds: 0.05,
        ..cloud_controller::Options::new(Verifier::offline(&uaa.url()))
    };
    let controller = CloudController::start(options).await.unwrap();
    let person = User {
        name: "admin".to_owned(),
        password: Secret::new("p&%+ ä="),
    };
    let authorities = [controller.ca_pem().to_owned(), uaa.ca_pem().to_owned()];
    let api = Api::login(&controller.url(), &authorities, &person, LIMIT)
        .await
        .unwrap();
    (uaa, controller, api)
}

async fn left_over(controller: &CloudController) -> Vec<(&'static str, usize)> {
    let (left, polled) = left(&controller.control_url(), LIMIT).await.unwrap();
    assert_eq!(polled, BTreeSet::new());
    let some = left.into_iter().filter(|(_, rows)| !rows.is_empty());
    some.map(|(what, rows): (_, BTreeSet<String>)| (what, rows.len()))
        .collect()
}

#[tokio::test]
async fn a_broker_that_nobody_took_away_is_told() {
    let (_uaa, controller, api) = world().await;
    assert_eq!(left_over(&controller).await, []);
    // Nobody listens on port 1: the job fails, the row stays.
    let credentials = json!({ "username": "u", "password": "hunter2" });
    let body = json!({
        "name": "mine", "url": "http://127.0.0.1:1",
        "authentication": { "type": "basic", "credentials": credentials },
    });
    let url = api
        .accepted(Method::POST, "/v3/service_brokers", Some(&body))
        .await
        .unwrap();
    let job = Job::followed(&api, url, None, "create").await.unwrap();
    let end = loop {
        match job.poll().await.unwrap() {
            Poll::InProgress(text) => assert_eq!(text, ""),
            end => break end,
        }
    };
    assert!(
        matches!(&end, Poll::Failed(text) if text.contains("could not be reached")),
        "{end:?}"
    );
    assert_eq!(left_over(&controller).await, [("brokers there", 1)]);
}

#[tokio::test]
async fn what_is_not_there_is_none_and_what_is_refused_says_why() {
    let (_uaa, _controller, api) = world().await;
    assert_eq!(api.look("/v3/service_instances/none", &[]).await.unwrap(), None);
    let missing = api
        .get("/v3/service_instances/none", &[])
        .await
        .unwrap_err()
        .to_string();
    assert!(missing.contains("it isn't there"), "{missing}");
    let wrong = api.look("/v3/nowhere", &[]).await.unwrap_err().to_string();
    assert!(wrong.contains("Unknown request"), "{wrong}");
    let elsewhere = api
        .look("https://elsewhere.example.com/v3/jobs/1", &[])
        .await
        .unwrap_err()
        .to_string();
    assert!(elsewhere.contains("is none of"), "{elsewhere}");
    let several = api
        .one("/v3/organizations", &[("names", "none")])
        .await
        .unwrap_err()
        .to_string();
    assert!(several.starts_with("0 of /v3/organizations"), "{several}");
    let demo = api.one("/v3/organizations", &[("names", "demo")]).await.unwrap();
    assert_eq!(text(&demo, "name"), "demo");
}

#[test]
fn a_polled_binding_is_wrong_only_where_all_have_to_be_there_at_once() {
    let polled = BTreeSet::from(["/v2/service_instances/i/service_bindings/b/last_operation".to_owned()]);
    let wrong = judged(polled.clone(), true).unwrap();
    assert_eq!(wrong, ("bindings that it had to poll", polled.clone()));
    assert_eq!(judged(polled, false), None);
    assert_eq!(judged(BTreeSet::new(), true).unwrap().1, BTreeSet::new());
}

#[test]
fn only_an_unbind_that_goes_on_is_worth_waiting_for() {
    for text in [
        "delete could not be completed: An operation for a service binding of service instance first is in progress.",
        "delete could not be completed: An operation for the service binding between app a and service instance first is in progress.",
    ] {
        assert!(bindings::is_unbinding(text), "{text}");
    }
    for text in [
        "An operation for service instance first is in progress.",
        "delete could not be completed: Service instance first: Service broker error: There was a problem.",
    ] {
        assert!(!bindings::is_unbinding(text), "{text}");
    }
}
