//! The UAA clients of instances: who has one, whose secret it is, and who may touch it.
mod own;
mod strange;

use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind};
use chandler_tests::{
    platform::{Answer, Platform},
    settings::{SMALL, client_definition},
    world::{Plan, World},
};
use reqwest::{RequestBuilder, header::CONTENT_TYPE};
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Each instance has a client with which the service itself can log in, too.
fn defined(json: &mut Value) {
    let mut definition = client_definition();
    definition["authorized_grant_types"] = json!("authorization_code,refresh_token,client_credentials");
    json["cf"]["uaa"]["client_definition"] = definition;
}

/// None has.
fn undefined(json: &mut Value) {
    let uaa = json["cf"]["uaa"].as_object_mut().unwrap();
    assert!(uaa.remove("client_definition").is_some());
}

async fn start(change: fn(&mut Value)) -> World {
    World::start(Plan {
        task_seconds: 0.0,
        errands: true,
        uaa_clients: true,
        change,
        ..Plan::default()
    })
    .await
}

/// An update that changes next to nothing.
fn touch(world: &World, id: &str) -> RequestBuilder {
    world.platform.update(id, SMALL, json!({"task_seconds": 0}))
}

/// How it ended.
async fn ended(world: &World, id: &str, request: RequestBuilder) -> Answer {
    let operation = world.platform.accepted(request).await;
    world.platform.ended(id, &operation, LIMIT).await.0
}

async fn succeeds(world: &World, id: &str, request: RequestBuilder) {
    let answer = ended(world, id, request).await;
    assert_eq!(answer.body["state"], "succeeded", "{id}: {answer:?}");
}

/// Fails, and its user is not told why.
async fn fails(world: &World, id: &str, request: RequestBuilder) {
    let answer = ended(world, id, request).await;
    assert_eq!(answer.body["state"], "failed", "{id}: {answer:?}");
    let text = answer.body["description"].as_str().unwrap();
    assert!(
        text.contains("There was a problem completing your request.") && !text.contains("this broker"),
        "{text}"
    );
}

/// The next task of the kind fails.
fn fail_once(world: &World, id: &str, kind: TaskKind) {
    let effect = if kind == TaskKind::Errand {
        TaskEffect::Errand {
            exit_code: 1,
            stdout: String::new(),
            stderr: String::new(),
        }
    } else {
        TaskEffect::Fail {
            stage: "Updating instance".into(),
            message: None,
            code: None,
        }
    };
    let fault = TaskFault::once(kind, effect).of(&format!("service-instance_{id}"));
    world.director.set_fault(fault);
}

/// What the deployment was told of the client.
fn told(world: &World, id: &str) -> Value {
    world.manifest(id)["properties"]["uaa_client"].clone()
}

/// The secret that the deployment has, with which the service logs in at the UAA.
async fn secret(world: &World, id: &str) -> String {
    let told = told(world, id);
    assert_eq!(told["client_id"], id, "{told}");
    let secret = told["client_secret"].as_str().unwrap().to_owned();
    assert!(logs_in(world, id, &secret).await, "{id} has a secret that is none");
    let client = world.client(id).unwrap();
    assert!(client.secrets == [secret.clone()], "{id}: there is one secret");
    assert_eq!(client.redirect_uri, [told["redirect_uri"].as_str().unwrap()]);
    assert_eq!(client.authorities, ["example-kv.space.read"]);
    secret
}

/// Whether a service gets a token with this secret.
async fn logs_in(world: &World, id: &str, secret: &str) -> bool {
    let uaa = world.uaa();
    let ca = reqwest::Certificate::from_pem(uaa.ca_pem().as_bytes()).unwrap();
    let http = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
    let call = http
        .post(format!("{}/oauth/token", uaa.url()))
        .basic_auth(id, Some(secret))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let answer = call.send().await.unwrap();
    let (status, body) = (answer.status().as_u16(), answer.bytes().await.unwrap());
    assert!([200, 401].contains(&status), "{status} {body:?}");
    status == 200
}

/// Gone, with its deployment.
async fn deprovisioned(p: &Platform, world: &World, id: &str) {
    p.deprovision(id).await;
    assert!(world.manifest(id).is_null(), "{id}");
}
