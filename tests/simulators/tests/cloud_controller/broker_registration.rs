//! Registration and change of brokers, as far as the broker's answers go.

use axum::routing::any;
use chandler_simulators::cloud_controller::BrokerState;
use chandler_simulators::tls::Identity;
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use crate::broker_script::{Script, Stage, failure, registration, say};
use crate::v3_bench::Bench;

const ADVICE: &str = "Please check that the URL points to a valid service broker.";

async fn register(bench: &Bench, url: &str) -> Value {
    let body = registration("one", url);
    bench.admin().await.ended("POST", "/v3/service_brokers", body).await
}

#[tokio::test]
async fn what_a_registration_can_fail_with() {
    let rejected = format!("The service broker rejected the request. Status Code: 404 Not Found. {ADVICE}");
    let malformed =
        format!("The service broker returned an invalid response: expected valid JSON object in body. {ADVICE}");
    let credentials =
        "Authentication with the service broker failed. Double-check that the username and password are correct.";
    let cases = [
        (say(404, "x"), 270_020, rejected),
        (say(200, "<html>"), 270_021, malformed),
        (say(401, ""), 10001, credentials.to_owned()),
        (
            say(500, json!({"description": "ouch"})),
            10001,
            "Service broker error: ouch".to_owned(),
        ),
    ];
    for (answer, code, text) in cases {
        let (bench, script) = (Bench::new().await, Script::start().await);
        script.says("GET catalog", [answer]);
        let job = register(&bench, &script.url).await;
        assert_eq!(failure(&job), (code, text.as_str()));
        assert_eq!(job["operation"], "service_broker.catalog.synchronize");
        let brokers = bench.cc.registered();
        assert_eq!(
            (brokers.len(), brokers[0].state),
            (1, BrokerState::SynchronizationFailed)
        );
        assert!(bench.cc.offerings().is_empty());
    }
    let bench = Bench::new().await;
    let job = register(&bench, "http://127.0.0.1:1").await;
    assert_eq!(failure(&job), (10001, "The service broker could not be reached"));
    assert_eq!(job["errors"][0]["title"], "CF-ServiceBrokerApiUnreachable");
}

#[tokio::test]
async fn an_invalid_catalog_leaves_the_row_and_no_offering() {
    let (bench, script) = (Bench::new().await, Script::start().await);
    script.says("GET catalog", [say(200, json!({"services": []}))]);
    let job = register(&bench, &script.url).await;
    let (code, text) = failure(&job);
    assert_eq!(code, 270_012);
    assert!(text.starts_with("Service broker catalog is invalid"), "{text}");
    assert_eq!(bench.cc.registered()[0].state, BrokerState::SynchronizationFailed);
    let asked = &script.asked("GET catalog")[0];
    assert_eq!((asked.path.as_str(), asked.query.as_str()), ("/v2/catalog", ""));
    assert!(asked.headers.contains_key("x-broker-api-originating-identity"));

    script.behaves("GET catalog");
    let path = format!("/v3/service_brokers/{}", bench.cc.registered()[0].guid);
    bench
        .admin()
        .await
        .done("PATCH", &path, json!({"url": script.url}))
        .await;
    assert_eq!(bench.cc.registered()[0].state, BrokerState::Available);
    assert_eq!(bench.cc.offerings().len(), 2);
}

#[tokio::test]
async fn a_change_is_made_only_when_it_works() {
    let stage = Stage::new().await;
    let path = format!("/v3/service_brokers/{}", stage.bench.cc.registered()[0].guid);
    let admin = stage.admin().await;
    let other = Script::start().await;
    other.says("GET catalog", [say(401, "")]);
    let body = json!({
        "name": "new", "url": other.url,
        "authentication": {"type": "basic", "credentials": {"username": "nu", "password": "np"}},
    });
    let job = admin.ended("PATCH", &path, body.clone()).await;
    assert_eq!(failure(&job).0, 10001);
    assert_eq!(job["operation"], "service_broker.update");
    let row = &stage.bench.cc.registered()[0];
    assert_eq!(
        (row.name.as_str(), &row.url, row.username.as_str()),
        ("scripted", &stage.script.url, "u")
    );
    assert_eq!(
        row.state,
        BrokerState::Available,
        "what was taken before is still offered"
    );
    // `nu:np`
    assert_eq!(other.asked("GET catalog")[0].headers["authorization"], "Basic bnU6bnA=");

    other.behaves("GET catalog");
    admin.done("PATCH", &path, body).await;
    let row = &stage.bench.cc.registered()[0];
    assert_eq!(
        (row.name.as_str(), &row.url, row.username.as_str()),
        ("new", &other.url, "nu")
    );
    stage.created("cache").await;
    assert_eq!(
        (stage.script.count("PUT instance"), other.count("PUT instance")),
        (0, 1)
    );
}

#[tokio::test]
async fn a_new_name_needs_no_look_at_the_catalog() {
    let stage = Stage::new().await;
    let path = format!("/v3/service_brokers/{}", stage.bench.cc.registered()[0].guid);
    stage.script.says("GET catalog", [say(500, "")]);
    stage.admin().await.done("PATCH", &path, json!({"name": "new"})).await;
    assert_eq!(
        (
            stage.bench.cc.registered()[0].name.as_str(),
            stage.script.count("GET catalog")
        ),
        ("new", 1)
    );
}

#[tokio::test]
async fn a_deletion_takes_everything_along() {
    let stage = Stage::new().await;
    let path = format!("/v3/service_brokers/{}", stage.bench.cc.registered()[0].guid);
    stage.admin().await.done("DELETE", &path, Value::Null).await;
    let cc = &stage.bench.cc;
    assert_eq!(
        (cc.registered().len(), cc.offerings().len(), cc.plans().len()),
        (0, 0, 0)
    );
    assert_eq!(stage.bench.cc.outgoing().len(), 1, "the broker isn't told");
}

#[tokio::test]
async fn a_broker_with_https_needs_an_authority_that_is_known() {
    let identity = Identity::generate().expect("an identity");
    let catalog = crate::v3_broker::catalog();
    let router = axum::Router::new().fallback(any(move || async move { axum::Json(catalog) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let tls = TlsAcceptor::from(identity.server_config().expect("a configuration"));
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, router) = (tls.clone(), router.clone());
            tokio::spawn(async move {
                let Ok(stream) = tls.accept(stream).await else { return };
                let service = hyper_util::service::TowerToHyperService::new(router);
                let io = hyper_util::rt::TokioIo::new(stream);
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(io, service)
                    .await;
            });
        }
    });
    let stranger = Identity::generate().expect("an identity").ca_pem;
    for (authorities, state) in [
        (identity.ca_pem, "COMPLETE"),
        (String::new(), "COMPLETE"),
        (stranger, "FAILED"),
    ] {
        let bench = Bench::start(|options| options.broker_ca = authorities).await;
        let job = register(&bench, &url).await;
        assert_eq!(job["state"], state, "{job}");
        if state == "FAILED" {
            assert_eq!(job["errors"][0]["title"], "CF-HttpRequestError", "{job}");
        }
    }
    serving.abort();
}
