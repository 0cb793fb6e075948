//! References in service keys, looked up in a runtime CredHub.

use chandler_simulators::cloud_controller::{CloudController, CredHubAccess, Options};
use chandler_simulators::credhub::{self, CredHub};
use chandler_simulators::uaa::{self, Client, Uaa};
use serde_json::{Value, json};

use crate::broker_script::{Script, Stage, say};
use crate::v3_bench::{Answer, Bench};
use crate::v3_broker::Broker;

const NAME: &str = "/c/redis/i/b/credentials";

/// A stage with a CredHub whose UAA is Cloud Controller's.
async fn stage() -> (Stage, CredHub) {
    let scopes = ["credhub.read", "credhub.write"];
    let uaa = Uaa::start(uaa::Options {
        clients: vec![
            Client::new("admin", "s", &["cloud_controller.admin"]),
            Client::new("cc_service_key_client", "keys", &scopes),
        ],
        ..uaa::Options::default()
    });
    let uaa = uaa.await.expect("the UAA starts");
    let options = credhub::Options::runtime(uaa.verifier()).granting("/c/*", "cc_service_key_client");
    let credhub = CredHub::start(options).await.expect("CredHub starts");
    let mut options = Options::new(uaa.verifier());
    options.polling_seconds = 0.02;
    options.credhub = Some(CredHubAccess {
        url: credhub.url(),
        ca_pem: format!("{}{}", uaa.ca_pem(), credhub.ca_pem()),
        client_id: "cc_service_key_client".to_owned(),
        client_secret: "keys".to_owned(),
    });
    let cc = CloudController::start(options).await.expect("Cloud Controller starts");
    let http = crate::v3_bench::http(&[uaa.ca_pem(), cc.ca_pem()]);
    let broker = Broker::start().await;
    let bench = Bench { uaa, cc, broker, http };
    (Stage::on(bench, Script::start().await).await, credhub)
}

async fn details(stage: &Stage) -> Answer {
    let path = format!("/v3/service_credential_bindings/{}/details", stage.binding("key").0);
    stage.admin().await.get(&path).await
}

async fn with_reference(stage: &Stage) {
    stage
        .script
        .says("PUT binding", [say(201, json!({"credentials": {"credhub-ref": NAME}}))]);
    let instance = stage.created("cache").await;
    assert_eq!(stage.key(&instance, "key").await["state"], "COMPLETE");
}

#[tokio::test]
async fn a_reference_is_shown_as_what_it_stands_for() {
    let (stage, credhub) = stage().await;
    with_reference(&stage).await;
    let unavailable = (503, 360_005, "Credential store is unavailable");
    assert_eq!(details(&stage).await.refusal(), unavailable, "nobody has set it");
    credhub.set(NAME, &json!({"password": "looked up"})).expect("it is set");
    let shown = details(&stage).await;
    assert_eq!(
        (shown.status, &shown.json["credentials"]),
        (200, &json!({"password": "looked up"}))
    );
    let bindings = stage.bench.cc.bindings();
    assert_eq!(
        bindings[0].credentials,
        Some(json!({"credhub-ref": NAME})),
        "the row keeps the reference"
    );

    stage.bench.uaa.rotate_secret("cc_service_key_client", "other");
    assert_eq!(details(&stage).await.refusal(), unavailable, "no token");
    stage.bench.uaa.rotate_secret("cc_service_key_client", "keys");
    assert_eq!(details(&stage).await.status, 200);
    credhub.stop().await;
    assert_eq!(details(&stage).await.refusal(), unavailable, "it is away");
}

#[tokio::test]
async fn credentials_without_a_reference_need_no_credhub() {
    let (stage, credhub) = stage().await;
    credhub.stop().await;
    let instance = stage.created("cache").await;
    assert_eq!(stage.key(&instance, "key").await["state"], "COMPLETE");
    assert_eq!(
        details(&stage).await.json["credentials"],
        json!({"password": "at once"})
    );
}

#[tokio::test]
async fn without_a_credhub_the_reference_is_shown() {
    let stage = Stage::new().await;
    with_reference(&stage).await;
    let shown: Value = details(&stage).await.json;
    assert_eq!(shown["credentials"], json!({"credhub-ref": NAME}));
}
