//! `/oauth/clients` against answers that are odd, late or of somebody else.

use std::time::Duration;

use chandler_clients::http::Trust;
use chandler_clients::uaa::{Creation, OauthClient, OauthClients, Tokens, Uaa, UaaSettings};
use chandler_clients::{Fault, FaultKind, Secret};
use chandler_testing::log::Log;

use crate::server::{Reply, Server, context, json, reply};
use crate::uaa_tokens::{client as grant, token};

const LIMIT: Duration = Duration::from_secs(10);
const CLIENT: &str = r#"{"client_id":"6b1f","scope":["openid"],"resource_ids":["none"],"authorized_grant_types":["implicit"],"redirect_uri":["https://d"],"authorities":["uaa.none"]}"#;
/// What a router says when it has nobody to pass a call on to.
const ROUTER: &str = "404 Not Found: Requested route ('uaa.example.com') does not exist.\n";

fn clients_with(server: &Server, trust: Trust) -> OauthClients {
    let uaa = Uaa::new(UaaSettings {
        url: format!("https://127.0.0.1:{}/uaa", server.port),
        trust,
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap();
    OauthClients::new(uaa.clone(), Tokens::new(uaa, grant("admin-secret")).unwrap())
}

/// The first answer is a token, then these.
async fn served(replies: impl IntoIterator<Item = Reply>) -> (Server, OauthClients) {
    let server = Server::with([token("the-token", 600)].into_iter().chain(replies)).await;
    let clients = clients_with(&server, Trust::Only(server.ca_pem.clone()));
    (server, clients)
}

fn wanted() -> OauthClient {
    OauthClient {
        client_id: "6b1f".into(),
        name: Some("my instance".into()),
        scope: vec!["openid".into()],
        authorized_grant_types: vec!["authorization_code".into()],
        redirect_uri: vec!["https://d".into()],
        ..Default::default()
    }
}

fn secret() -> Secret {
    Secret::new("a-minted-secret")
}

fn page(rows: &str, total: u32) -> Reply {
    let body = format!(r#"{{"resources":[{rows}],"startIndex":1,"itemsPerPage":100,"totalResults":{total}}}"#);
    json("200 OK", &body)
}

fn absent() -> Reply {
    reply("404 Not Found", &[], "")
}

#[tokio::test]
async fn the_requests() {
    let (server, clients) = served([
        json("201 Created", CLIENT),
        json("200 OK", CLIENT),
        json("200 OK", r#"{"status":"ok","message":"secret updated"}"#),
        json("200 OK", CLIENT),
        page(CLIENT, 1),
    ])
    .await;
    let call = context();
    let created = clients.create(&wanted(), Some(&secret()), &call, LIMIT).await;
    assert_eq!(created.unwrap(), Creation::Created);
    assert!(clients.update(&wanted(), &call, LIMIT).await.unwrap());
    assert!(clients.set_secret("6b1f", &secret(), &call, LIMIT).await.unwrap());
    assert!(clients.delete("6b1f", &call, LIMIT).await.unwrap());
    let there = clients.get("6b1f", &call).await.unwrap().unwrap();
    assert_eq!(there.redirect_uri, ["https://d"]);

    let asked = server.asked();
    let lines: Vec<&str> = asked.iter().map(|it| it.line.as_str()).collect();
    let filter = "filter=client_id+eq+%226b1f%22&startIndex=1&count=100";
    let wanted_lines = [
        "POST /uaa/oauth/token HTTP/1.1".to_owned(),
        "POST /uaa/oauth/clients HTTP/1.1".to_owned(),
        "PUT /uaa/oauth/clients/6b1f HTTP/1.1".to_owned(),
        "PUT /uaa/oauth/clients/6b1f/secret HTTP/1.1".to_owned(),
        "DELETE /uaa/oauth/clients/6b1f HTTP/1.1".to_owned(),
        format!("GET /uaa/oauth/clients?{filter} HTTP/1.1"),
    ];
    assert_eq!(lines, wanted_lines);
    for it in &asked[1..] {
        assert_eq!(it.header("authorization").as_deref(), Some("Bearer the-token"));
        assert_eq!(it.header("accept").as_deref(), Some("application/json"));
        assert_eq!(it.header("x-request-id"), context().request_id);
    }
    let body = |n: usize| serde_json::from_str::<serde_json::Value>(&asked[n].body).unwrap();
    let mut said = serde_json::json!({
        "client_id": "6b1f", "name": "my instance", "scope": ["openid"],
        "authorized_grant_types": ["authorization_code"], "redirect_uri": ["https://d"],
    });
    assert_eq!(body(2), said);
    said["client_secret"] = "a-minted-secret".into();
    assert_eq!(body(1), said);
    assert_eq!(body(3)["secret"], "a-minted-secret");
}

#[tokio::test]
async fn absence_is_an_empty_list_and_never_a_routers_page() {
    let (_server, clients) = served([
        page("", 0),
        page(&CLIENT.replace("6b1f", "6B1F"), 1),
        page("", 1),
        json("404 Not Found", ROUTER),
        absent(),
        json("200 OK", "[]"),
    ])
    .await;
    let get = async || clients.get("6b1f", &context()).await;
    assert_eq!(get().await.unwrap(), None);
    assert_eq!(get().await.unwrap(), None, "another one, but for capitals");
    assert_eq!(get().await.unwrap_err().kind, FaultKind::Garbled, "not all are shown");
    for kind in [FaultKind::Unknown, FaultKind::Unknown, FaultKind::Garbled] {
        let fault = get().await.unwrap_err();
        assert!(fault.kind == kind && !fault.is_permanent(), "{fault}");
    }
    for odd in ["", "a\"b", "a\\b", "a\nb"] {
        let fault = clients.get(odd, &context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent, "{odd}");
    }
}

/// One call of each write, and whether it says that the client is (now) as it should be.
async fn writes(clients: &OauthClients, limit: Duration) -> Vec<Result<bool, Fault>> {
    let call = context();
    vec![
        clients
            .create(&wanted(), Some(&secret()), &call, limit)
            .await
            .map(|it| it == Creation::Created),
        clients.update(&wanted(), &call, limit).await,
        clients.set_secret("6b1f", &secret(), &call, limit).await,
        clients.delete("6b1f", &call, limit).await,
    ]
}

#[tokio::test]
async fn what_a_write_knows_afterwards() {
    let refused = |status| FaultKind::Refused { status, code: None };
    let said = |error: &str| format!(r#"{{"error":"{error}","error_description":"with a-minted-secret in it"}}"#);
    let cases = [
        (json("400 Bad Request", &said("invalid_client")), refused(400), true),
        (
            json("400 Bad Request", "<html>a-minted-secret"),
            FaultKind::Unknown,
            false,
        ),
        (json("404 Not Found", ROUTER), FaultKind::Unknown, false),
        (
            json("403 Forbidden", &said("insufficient_scope")),
            FaultKind::MissingScope,
            true,
        ),
        (json("403 Forbidden", &said("access_denied")), refused(403), true),
        (json("409 Conflict", ROUTER), FaultKind::Unknown, false),
        (json("429 Too Many Requests", ""), FaultKind::Unknown, false),
        (reply("502 Bad Gateway", &[], ""), FaultKind::Unknown, false),
        (
            json("500 Internal Server Error", &said("server_error")),
            FaultKind::Unknown,
            false,
        ),
        (
            reply("302 Found", &["Location: https://h/login"], "a-minted-secret"),
            FaultKind::Garbled,
            false,
        ),
        (Reply::Close, FaultKind::Unknown, false),
    ];
    for (given, kind, certain) in cases {
        let name = format!("{given:?}");
        let (server, clients) = served([given]).await;
        for outcome in writes(&clients, LIMIT).await {
            let fault = outcome.unwrap_err();
            assert_eq!((fault.kind, fault.nothing_happened()), (kind, certain), "{name}");
            let shown = format!("{fault:?}");
            let own = shown.contains("POST /uaa/oauth/clients ") || shown.contains("/secret ");
            assert!(!own || !shown.contains("a-minted-secret"), "{shown}");
        }
        assert_eq!(server.asked().len(), 5, "each is sent once: {name}");
    }
}

#[tokio::test]
async fn what_is_there_already_or_gone_already() {
    let exists = r#"{"error":"invalid_client","error_description":"Client already exists: 6b1f"}"#;
    let (_server, clients) = served([json("409 Conflict", exists), absent()]).await;
    let created = clients.create(&wanted(), Some(&secret()), &context(), LIMIT).await;
    assert_eq!(created.unwrap(), Creation::Exists);
    assert!(!clients.update(&wanted(), &context(), LIMIT).await.unwrap());
    assert!(!clients.set_secret("6b1f", &secret(), &context(), LIMIT).await.unwrap());
    assert!(!clients.delete("6b1f", &context(), LIMIT).await.unwrap());
    let fault = clients.create(&wanted(), None, &context(), LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "nothing can be absent here: {fault}");
}

#[tokio::test]
async fn nothing_is_sent_without_time_or_with_an_id_that_is_another_call() {
    let (server, clients) = served([Reply::Hang]).await;
    for outcome in writes(&clients, Duration::from_millis(300)).await {
        assert_eq!(outcome.unwrap_err().kind, FaultKind::Unknown);
    }
    assert_eq!(server.asked().len(), 5);
    for outcome in writes(&clients, Duration::ZERO).await {
        assert_eq!(outcome.unwrap_err().kind, FaultKind::NotSent);
    }
    for id in ["", ".", ".."] {
        let fault = clients.delete(id, &context(), LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent);
        let fault = clients.set_secret(id, &secret(), &context(), LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent);
    }
    assert_eq!(server.asked().len(), 5);
}

/// The server's certificate is its own.
#[tokio::test]
async fn only_on_request_anyone_is_trusted() {
    let server = Server::with([token("the-token", 600), page("", 0)]).await;
    let other = Server::with([Reply::Close]).await;
    let fault = clients_with(&server, Trust::Only(other.ca_pem.clone()))
        .get("6b1f", &context())
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert!(server.asked().is_empty());
    let clients = clients_with(&server, Trust::Anyone);
    assert_eq!(clients.get("6b1f", &context()).await.unwrap(), None);
}

#[tokio::test]
async fn no_secret_reaches_the_log() {
    let log = Log::default();
    let _guard = log.catch();
    let said = r#"{"error":"invalid_client","error_description":"a-minted-secret is too short"}"#;
    let (_server, clients) = served([json("201 Created", CLIENT), json("400 Bad Request", said)]).await;
    let created = clients.create(&wanted(), Some(&secret()), &context(), LIMIT).await;
    let refused = clients.set_secret("6b1f", &secret(), &context(), LIMIT).await;
    tracing::info!(?clients, ?created, ?refused, secret = ?secret(), wanted = ?wanted(), "shown");
    let text = log.text();
    for seen in [
        "POST /uaa/oauth/clients of the UAA",
        "PUT /uaa/oauth/clients/6b1f/secret",
        "*** is too short",
    ] {
        assert!(text.contains(seen), "{seen} not in {text}");
    }
    for hidden in ["a-minted-secret", "admin-secret", "the-token"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}
