//! CredHub's calls: what is sent, and what is made of the answers.

use std::time::Duration;

use chandler_clients::credhub::{
    CredHub, CredHubSettings, CredentialKind, Generate, NewPermission, NewValue, Operation, Permission,
};
use chandler_clients::http::Trust;
use chandler_clients::{FaultKind, SecretJson};

use crate::server::{Asked, Reply, Server, context, json};
use crate::uaa_tokens::token;

pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A CredHub that gives these replies, beside its UAA; the first call finds the UAA.
pub(crate) struct Pair {
    pub(crate) uaa: Server,
    server: Server,
    pub(crate) credhub: CredHub,
}

impl Pair {
    pub(crate) async fn with(replies: impl IntoIterator<Item = Reply>) -> Self {
        let uaa = Server::with([token("t1", 600), token("t2", 600)]).await;
        let info = format!(
            r#"{{"auth-server":{{"url":"https://127.0.0.1:{}"}},"app":{{"name":"CredHub"}}}}"#,
            uaa.port
        );
        let replies: Vec<_> = [json("200 OK", &info)].into_iter().chain(replies).collect();
        let server = Server::with(replies).await;
        let credhub = CredHub::new(CredHubSettings {
            url: format!("https://127.0.0.1:{}", server.port),
            trust: Trust::Only(server.ca_pem.clone()),
            uaa_trust: Trust::Only(uaa.ca_pem.clone()),
            client_id: "odb".into(),
            client_secret: "uaa-client-secret".into(),
            timeout: LIMIT,
            user_agent: "chandler-test".into(),
        })
        .unwrap();
        Self { uaa, server, credhub }
    }

    /// What CredHub was asked after `/info`.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let mut asked = self.server.asked();
        assert_eq!(asked.remove(0).line, "GET /info HTTP/1.1");
        asked
    }

    fn last(&self) -> Asked {
        self.asked().pop().unwrap()
    }
}

fn stored(value: &str) -> String {
    format!(
        r#"{{"type":"json","version_created_at":"2026-11-21T20:00:00Z","id":"v-1","name":"/c/s/i/b/credentials","metadata":null,"value":{value}}}"#
    )
}

#[tokio::test]
async fn a_value_is_stored_as_written() {
    let pair = Pair::with([json("200 OK", &stored("{}"))]).await;
    let value = SecretJson::from_text(r#"{"n":12345678901234567890123,"pw":"x"}"#).unwrap();
    let name = "/c/s/i/b/credentials";
    let stored = pair
        .credhub
        .set(name, &NewValue::Json(value), &context(), LIMIT)
        .await
        .unwrap();
    assert_eq!((stored.id.as_str(), stored.name.as_str()), ("v-1", name));
    let asked = pair.last();
    assert_eq!(asked.line, "PUT /api/v1/data HTTP/1.1");
    assert_eq!(
        asked.body,
        r#"{"name":"/c/s/i/b/credentials","type":"json","value":{"n":12345678901234567890123,"pw":"x"}}"#
    );
    assert_eq!(asked.header("content-type").unwrap(), "application/json");
    assert_eq!(asked.header("authorization").unwrap(), "Bearer t1");
    assert_eq!(asked.header("x-request-id").unwrap(), "request-1");

    let text = NewValue::Text("a \"text\"".into());
    pair.credhub.set("/odb/x", &text, &context(), LIMIT).await.unwrap();
    assert_eq!(
        pair.last().body,
        r#"{"name":"/odb/x","type":"value","value":"a \"text\""}"#
    );
}

#[tokio::test]
async fn a_value_is_read_by_name_or_id_as_it_is() {
    let whole = stored(r#"{"n":12345678901234567890123,"pw":"x"}"#);
    let pair = Pair::with([
        json("200 OK", &format!(r#"{{"data":[{whole}]}}"#)),
        json("200 OK", &whole.replace("\"json\"", "\"brand-new\"")),
    ])
    .await;
    let by_name = pair
        .credhub
        .get("/c/s (1)/i+&b/credentials", &context())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(by_name.value.expose(), r#"{"n":12345678901234567890123,"pw":"x"}"#);
    assert_eq!((by_name.id.as_str(), by_name.kind), ("v-1", CredentialKind::Json));
    assert_eq!(
        pair.last().line,
        "GET /api/v1/data?current=true&name=%2Fc%2Fs+%281%29%2Fi%2B%26b%2Fcredentials HTTP/1.1"
    );
    let by_id = pair.credhub.get_by_id("v/1", &context()).await.unwrap().unwrap();
    assert_eq!(by_id.kind, CredentialKind::Other);
    assert_eq!(pair.last().line, "GET /api/v1/data/v%2F1 HTTP/1.1");
}

#[tokio::test]
async fn deletes_say_whether_there_was_something() {
    let missing = r#"{"error":"The request could not be completed because the credential does not exist or you do not have sufficient authorization."}"#;
    let gone = r#"{"path":"/a","operations":["read"],"actor":"b","uuid":"u-1"}"#;
    let pair = Pair::with([
        json("204 No Content", ""),
        json("404 Not Found", missing),
        json("200 OK", gone),
        json("404 Not Found", missing),
    ])
    .await;
    let credhub = &pair.credhub;
    assert!(credhub.delete("/a b", &context(), LIMIT).await.unwrap());
    assert_eq!(pair.last().line, "DELETE /api/v1/data?name=%2Fa+b HTTP/1.1");
    assert!(!credhub.delete("/a", &context(), LIMIT).await.unwrap());
    assert!(credhub.delete_permission("u-1", &context(), LIMIT).await.unwrap());
    assert_eq!(pair.last().line, "DELETE /api/v2/permissions/u-1 HTTP/1.1");
    assert!(!credhub.delete_permission("u-1", &context(), LIMIT).await.unwrap());
}

#[tokio::test]
async fn only_what_is_below_the_path_is_found() {
    let rows = r#"{"credentials":[
        {"version_created_at":"x","name":"/odb/s/service-instance_1/b"},
        {"version_created_at":"x","name":"/odb/s/service-instance_1/a"},
        {"version_created_at":"x","name":"/odb/s/service-instance_1/a"},
        {"version_created_at":"x","name":"/odb/s/service-instance_12/a"},
        {"version_created_at":"x","name":"/odb/s/service-instance-1/a"},
        {"version_created_at":"x","name":"/odb/s/service-instance_1"},
        {"version_created_at":"x","name":"/ODB/s/service-instance_1/c"}]}"#;
    let pair = Pair::with([
        json("200 OK", rows),
        json("200 OK", rows),
        json("200 OK", r#"{"credentials":[]}"#),
    ])
    .await;
    for path in ["/odb/s/service-instance_1", "/odb/s/service-instance_1/"] {
        let found = pair.credhub.find(path, &context()).await.unwrap();
        assert_eq!(found, ["/odb/s/service-instance_1/a", "/odb/s/service-instance_1/b"]);
    }
    assert_eq!(
        pair.asked()[0].line,
        "GET /api/v1/data?path=%2Fodb%2Fs%2Fservice-instance_1 HTTP/1.1"
    );
    assert!(pair.credhub.find("/", &context()).await.unwrap().is_empty());
}

fn wanted() -> NewPermission {
    NewPermission {
        path: "/c/s/i/b/credentials".into(),
        actor: "mtls-app:6b1f".into(),
        operations: vec![Operation::Read, Operation::WriteAcl],
    }
}

const THERE: &str =
    r#"{"path":"/c/s/i/b/credentials","operations":["write_acl","read"],"actor":"mtls-app:6b1f","uuid":"u-1"}"#;
const CONFLICT: &str = r#"{"error":"A permission entry for this actor and path already exists. Please use PUT to update the permission entry."}"#;
const NO_PERMISSION: &str = r#"{"error":"The request includes a permission that does not exist."}"#;

#[tokio::test]
async fn a_permission_is_added_or_found_to_be_there() {
    let pair = Pair::with([
        json("201 Created", THERE),
        json("409 Conflict", CONFLICT),
        json("200 OK", THERE),
    ])
    .await;
    let permission = Permission {
        uuid: "u-1".into(),
        path: wanted().path,
        actor: wanted().actor,
        operations: vec![Operation::WriteAcl, Operation::Read],
    };
    for _ in 0..2 {
        let added = pair.credhub.add_permission(&wanted(), &context(), LIMIT).await.unwrap();
        assert_eq!(added, permission);
    }
    let asked = pair.asked();
    assert_eq!(asked[1].line, "POST /api/v2/permissions HTTP/1.1");
    assert_eq!(
        asked[1].body,
        r#"{"path":"/c/s/i/b/credentials","actor":"mtls-app:6b1f","operations":["read","write_acl"]}"#
    );
    assert_eq!(
        asked[2].line,
        "GET /api/v2/permissions?path=%2Fc%2Fs%2Fi%2Fb%2Fcredentials&actor=mtls-app%3A6b1f HTTP/1.1"
    );
}

#[tokio::test]
async fn another_permission_in_its_place_is_a_conflict() {
    let other = THERE.replace("write_acl", "write");
    for there in [json("200 OK", &other), json("404 Not Found", NO_PERMISSION)] {
        let pair = Pair::with([json("409 Conflict", CONFLICT), there]).await;
        let fault = pair
            .credhub
            .add_permission(&wanted(), &context(), LIMIT)
            .await
            .unwrap_err();
        let conflict = FaultKind::Refused {
            status: 409,
            code: None,
        };
        assert_eq!(fault.kind, conflict, "{fault}");
        assert!(fault.detail.contains("already exists"), "{fault}");
    }
}

#[tokio::test]
async fn a_permission_is_looked_up_exactly() {
    let pair = Pair::with([json("200 OK", THERE), json("404 Not Found", NO_PERMISSION)]).await;
    let found = pair.credhub.find_permission("/c/*", "uaa-client:x", &context()).await;
    assert_eq!(found.unwrap().unwrap().uuid, "u-1");
    assert_eq!(
        pair.last().line,
        "GET /api/v2/permissions?path=%2Fc%2F*&actor=uaa-client%3Ax HTTP/1.1"
    );
    let missing = pair.credhub.find_permission("/c/*", "uaa-client:x", &context()).await;
    assert_eq!(missing.unwrap(), None);
}

#[tokio::test]
async fn a_generated_value_never_replaces_one() {
    let made = r#"{"type":"password","id":"v-2","name":"/p","value":"made"}"#;
    let pair = Pair::with([json("200 OK", made)]).await;
    let what = Generate::Password { length: Some(40) };
    let password = pair.credhub.generate("/p", &what, &context(), LIMIT).await.unwrap();
    assert_eq!(password.value.parse::<String>().unwrap(), "made");
    assert_eq!(pair.last().line, "POST /api/v1/data HTTP/1.1");
    assert_eq!(
        pair.last().body,
        r#"{"name":"/p","type":"password","mode":"no-overwrite","parameters":{"length":40}}"#
    );
    let what = Generate::User {
        username: Some("me".into()),
    };
    pair.credhub.generate("/u", &what, &context(), LIMIT).await.unwrap();
    assert_eq!(
        pair.last().body,
        r#"{"name":"/u","type":"user","mode":"no-overwrite","parameters":{},"value":{"username":"me"}}"#
    );
}
