//! CredHub against the simulator, which checks tokens, names and permissions itself.

use chandler_clients::credhub::{
    CredHub, CredHubSettings, CredentialKind, Generate, NewPermission, NewValue, Operation,
};
use chandler_clients::http::Trust;
use chandler_clients::{CallContext, FaultKind, SecretJson};
use chandler_simulators::common::{CallAction, CallFault, Outage};
use chandler_simulators::{credhub as credhubs, uaa as uaas};
use serde_json::json;

use crate::credhub_calls::LIMIT;
use crate::uaa_simulator::uaa;

const NAME: &str = "/c/service/instance/binding/credentials";

fn credhub(simulator: &credhubs::CredHub, uaa: &uaas::Uaa, client_id: &str, secret: &str) -> CredHub {
    CredHub::new(CredHubSettings {
        url: simulator.url(),
        trust: Trust::Only(simulator.ca_pem().to_owned()),
        uaa_trust: Trust::Only(uaa.ca_pem().to_owned()),
        client_id: client_id.into(),
        client_secret: secret.into(),
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap()
}

fn value(password: &str) -> NewValue {
    NewValue::Json(SecretJson::of(&json!({"host": "10.0.0.5", "password": password})))
}

/// A runtime CredHub where `odb` may everything below `/c` and `/odb`.
async fn runtime() -> (uaas::Uaa, credhubs::CredHub, CredHub, CallContext) {
    let uaa = uaa().await;
    let options = credhubs::Options::runtime(uaa.verifier())
        .granting("/c/*", "odb")
        .granting("/odb/*", "odb");
    let simulator = credhubs::CredHub::start(options).await.unwrap();
    let client = credhub(&simulator, &uaa, "odb", "odb-secret");
    (uaa, simulator, client, CallContext::default())
}

#[tokio::test]
async fn its_version_is_told_to_whom_it_accepts() {
    let (uaa, simulator, credhub, call) = runtime().await;
    let standing = credhub.standing(&call).await.unwrap();
    assert_eq!(standing.version.as_deref(), Some("2.12.95"));
    let wanted = ["credhub.read".to_owned(), "credhub.write".to_owned()];
    assert_eq!(standing.scopes.as_deref(), Some(&wanted[..]));
    let stranger = self::credhub(&simulator, &uaa, "nobody", "nobody-secret");
    assert_eq!(
        stranger.standing(&call).await.unwrap_err().kind,
        FaultKind::MissingScope
    );

    // Older ones have no such route, and tell everybody.
    let told = |path: &str, status: u16, body: &str| {
        let body = Some(body.to_owned());
        simulator.set_fault(CallFault::always("GET", path, CallAction::Answer { status, body }))
    };
    told("/version", 404, "");
    let info = told(
        "/info",
        200,
        r#"{"auth-server":{"url":"https://x"},"app":{"version":"1.9.3"}}"#,
    );
    assert_eq!(credhub.standing(&call).await.unwrap().version.as_deref(), Some("1.9.3"));
    simulator.clear_fault(info);
    assert_eq!(credhub.standing(&call).await.unwrap().version, None);
}

#[tokio::test]
async fn a_credential_from_nothing_to_nothing() {
    let (uaa, simulator, credhub, call) = runtime().await;
    assert_eq!(credhub.get(NAME, &call).await.unwrap(), None);
    let first = credhub.set(NAME, &value("one"), &call, LIMIT).await.unwrap();
    let second = credhub.set(NAME, &value("two"), &call, LIMIT).await.unwrap();
    assert_ne!(first.id, second.id);
    let newest = credhub.get(NAME, &call).await.unwrap().unwrap();
    assert_eq!((newest.id, newest.kind), (second.id, CredentialKind::Json));
    let password = newest.value.parse::<serde_json::Value>().unwrap()["password"].clone();
    assert_eq!(password, "two");
    let old = credhub.get_by_id(&first.id, &call).await.unwrap().unwrap();
    assert!(old.value.expose().contains("one"), "an old version is found by its id");

    let other = "/c/service/instance2/binding/credentials";
    credhub
        .set(other, &NewValue::Text("text".into()), &call, LIMIT)
        .await
        .unwrap();
    assert_eq!(credhub.find("/c/service/instance", &call).await.unwrap(), [NAME]);
    assert_eq!(credhub.find("/c", &call).await.unwrap(), [NAME, other]);

    assert!(credhub.delete(NAME, &call, LIMIT).await.unwrap());
    assert!(!credhub.delete(NAME, &call, LIMIT).await.unwrap());
    assert_eq!(simulator.names(), [other]);
    assert_eq!(uaa.tokens_issued("odb"), 1);
}

#[tokio::test]
async fn names_with_every_character_that_credhub_takes() {
    let (_uaa, _simulator, credhub, call) = runtime().await;
    let name = "/c/a-b_c.d:e,f(g)[h]+i";
    let stored = credhub.set(name, &value("x"), &call, LIMIT).await.unwrap();
    assert_eq!(stored.name, name);
    assert_eq!(credhub.get(name, &call).await.unwrap().unwrap().name, name);
    assert_eq!(credhub.find("/c", &call).await.unwrap(), [name]);
    let fault = credhub.set("/c/a b", &value("x"), &call, LIMIT).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Refused { .. }), "{fault}");
    assert!(credhub.delete(name, &call, LIMIT).await.unwrap());
}

#[tokio::test]
async fn an_application_may_read_until_it_may_not() {
    let (_uaa, simulator, credhub, call) = runtime().await;
    credhub.set(NAME, &value("x"), &call, LIMIT).await.unwrap();
    let wanted = NewPermission {
        path: NAME.into(),
        actor: "mtls-app:6b1f7a0e-3e6f-4a1e-9d9c-0d3a5d2b7f10".into(),
        operations: vec![Operation::Read],
    };
    assert_eq!(credhub.find_permission(NAME, &wanted.actor, &call).await.unwrap(), None);
    let added = credhub.add_permission(&wanted, &call, LIMIT).await.unwrap();
    let again = credhub.add_permission(&wanted, &call, LIMIT).await.unwrap();
    assert_eq!(added, again);
    assert!(simulator.may(&wanted.actor, NAME, "read") && !simulator.may(&wanted.actor, NAME, "write"));
    let more = NewPermission {
        operations: vec![Operation::Read, Operation::Write],
        ..wanted.clone()
    };
    let fault = credhub.add_permission(&more, &call, LIMIT).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Refused { status: 409, .. }), "{fault}");
    let found = credhub
        .find_permission(NAME, &wanted.actor, &call)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, added);
    assert!(credhub.delete_permission(&found.uuid, &call, LIMIT).await.unwrap());
    assert!(!credhub.delete_permission(&found.uuid, &call, LIMIT).await.unwrap());
    assert!(!simulator.may(&wanted.actor, NAME, "read"));
}

#[tokio::test]
async fn what_we_may_not_do_at_credhub() {
    let (uaa, simulator, credhub_of_odb, call) = runtime().await;
    simulator.set("/other/x", &json!("x")).unwrap();
    assert_eq!(credhub_of_odb.get("/other/x", &call).await.unwrap(), None);
    assert!(!credhub_of_odb.delete("/other/x", &call, LIMIT).await.unwrap());
    let fault = credhub_of_odb
        .set("/other/x", &value("y"), &call, LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Refused { status: 403, .. }), "{fault}");
    assert_eq!(simulator.get("/other/x"), Some(json!("x")));

    let nobody = credhub(&simulator, &uaa, "nobody", "nobody-secret");
    let fault = nobody.get(NAME, &call).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::MissingScope, "{fault}");
    assert_eq!(uaa.tokens_issued("nobody"), 1);

    credhub_of_odb
        .set("/c/x", &NewValue::Text("x".into()), &call, LIMIT)
        .await
        .unwrap();
    let fault = credhub_of_odb.set("/c/x", &value("y"), &call, LIMIT).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Refused { status: 400, .. }), "{fault}");
}

#[tokio::test]
async fn credhub_loses_answers_tokens_and_itself() {
    let (uaa, simulator, credhub, call) = runtime().await;
    credhub.set(NAME, &value("x"), &call, LIMIT).await.unwrap();
    uaa.expire_tokens();
    credhub.set(NAME, &value("y"), &call, LIMIT).await.unwrap();
    assert_eq!((simulator.versions(NAME), uaa.tokens_issued("odb")), (2, 2));

    simulator.set_fault(CallFault::once("PUT", "/api/v1/data", CallAction::LoseResponse));
    let fault = credhub.set(NAME, &value("z"), &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    assert_eq!(simulator.versions(NAME), 3, "a write is sent once");

    simulator.set_fault(CallFault::once("GET", "/api/v1/data", CallAction::CutResponse));
    assert!(credhub.get(NAME, &call).await.unwrap().is_some());
    simulator.set_read_only(true);
    let fault = credhub.set(NAME, &value("z"), &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    simulator.set_read_only(false);
    simulator.set_outage(Some(Outage::Connections));
    let fault = credhub.get(NAME, &call).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::NotSent | FaultKind::Unknown), "{fault}");
    simulator.set_outage(None);
    assert!(credhub.get(NAME, &call).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_generated_stays() {
    let (_uaa, simulator, credhub, call) = runtime().await;
    let what = Generate::Password { length: Some(40) };
    let made = credhub.generate("/odb/p", &what, &call, LIMIT).await.unwrap();
    assert_eq!(made.value.parse::<String>().unwrap().len(), 40);
    let again = credhub
        .generate("/odb/p", &Generate::Password { length: None }, &call, LIMIT)
        .await
        .unwrap();
    assert_eq!((again.id, again.value), (made.id, made.value));
    let what = Generate::User {
        username: Some("me".into()),
    };
    let user = credhub.generate("/odb/u", &what, &call, LIMIT).await.unwrap();
    assert_eq!(user.kind, CredentialKind::User);
    assert_eq!(user.value.parse::<serde_json::Value>().unwrap()["username"], "me");
    assert_eq!(simulator.names(), ["/odb/p", "/odb/u"]);
}
