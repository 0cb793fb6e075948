//! Who is let in, and as whom.

use std::time::Duration;

use chandler_simulators::credhub::Options;
use chandler_simulators::uaa::{self, Uaa};
use serde_json::{Value, json};

use crate::bench::{Bench, send};

#[tokio::test]
async fn what_anybody_may_ask() {
    let bench = Bench::runtime().await;
    let url = bench.uaa.url();
    for (path, body) in [
        (
            "/info",
            json!({"auth-server": {"url": url}, "app": {"name": "CredHub"}}),
        ),
        ("/health", json!({"status": "UP"})),
        ("/management", json!({"read_only_mode": false})),
    ] {
        let answer = send(bench.anonymous("GET", path)).await.expect("an answer");
        assert_eq!(answer, (200, body), "{path}");
    }
    let answer = bench.anonymous("GET", "/info").send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/json;charset=UTF-8");
}

#[tokio::test]
async fn without_a_token_nothing_else() {
    let bench = Bench::runtime().await;
    for path in ["/version", "/api/v1/data?path=", "/api/v2/permissions", "/none"] {
        for request in [
            bench.anonymous("GET", path),
            bench.anonymous("GET", path).basic_auth("broker", Some("broker-secret")),
        ] {
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 401, "{path}");
            assert_eq!(answer.headers()["www-authenticate"], "Bearer", "{path}");
            let body: Value = answer.json().await.expect("JSON");
            let text = "Full authentication is required to access this resource";
            assert_eq!(
                body,
                json!({"error": "access_denied", "error_description": text}),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn tokens_that_are_none_of_the_uaa() {
    let bench = Bench::runtime().await;
    let good = bench.token("broker").await;
    let stranger = Bench::runtime().await.token("broker").await;
    let (head, signature) = good.rsplit_once('.').expect("three parts");
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{first}{}", &signature[1..]);
    let (_, login) = password_login(&bench).await;
    let refresh = login["refresh_token"].as_str().expect("a refresh token").to_owned();
    for (what, token, part) in [
        ("nonsense", "nonsense".to_owned(), "malformed"),
        ("forged", forged, "signature could not be verified"),
        ("of another UAA", stranger, "identity zone does not match"),
        ("a refresh token", refresh, "malformed"),
    ] {
        let request = bench.anonymous("GET", "/version").bearer_auth(token);
        let (status, body) = send(request).await.expect("an answer");
        assert_eq!((status, &body["error"]), (401, &json!("invalid_token")), "{what}");
        let text = body["error_description"].as_str().expect("a text");
        assert!(text.contains(part), "{what}: {text}");
    }
}

#[tokio::test]
async fn a_token_is_good_for_a_minute_more_and_then_expired() {
    let bench = Bench::runtime().await;
    bench.credhub.freeze(true);
    bench.uaa.set_token_seconds(1000);
    let broker = bench.caller("broker").await;
    bench.credhub.skip(Duration::from_secs(1030));
    assert_eq!(broker.get("/version").await.0, 200);
    bench.credhub.skip(Duration::from_secs(3600));
    let expired = json!({"error": "access_token_expired", "error_description": "Access token expired"});
    for (method, path) in [("GET", "/version"), ("DELETE", "/api/v1/data?name=/c/x")] {
        let answer = broker.call(method, path, Value::Null).await;
        assert_eq!(answer, (401, expired.clone()), "{method} {path}");
    }
    let answer = broker.set("/c/x", json!({"a": 1})).await;
    assert_eq!((answer.0, bench.credhub.names().len()), (401, 0), "nothing is done");
}

#[tokio::test]
async fn tokens_that_the_uaa_ended_are_expired() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    assert_eq!(broker.get("/version").await.0, 200);
    bench.uaa.expire_tokens();
    let (status, body) = broker.get("/version").await;
    assert_eq!((status, &body["error"]), (401, &json!("access_token_expired")));
    assert_eq!(bench.caller("broker").await.get("/version").await.0, 200);
}

#[tokio::test]
async fn both_scopes_are_needed() {
    let bench = Bench::bosh().await;
    let half = bench.caller("half").await;
    for (method, path) in [("GET", "/version"), ("GET", "/api/v1/data?path=")] {
        let answer = half.call(method, path, Value::Null).await;
        assert_eq!(answer, (403, Value::Null), "{method} {path}");
    }
}

#[tokio::test]
async fn users_and_clients_are_different_actors() {
    let bench = Bench::runtime().await;
    let (status, login) = password_login(&bench).await;
    assert_eq!(status, 200, "{login}");
    let token = login["access_token"].as_str().expect("a token");
    let path = "/api/v1/data";
    let body = json!({"name": "/c/x", "type": "value", "value": "v"});
    let put = || bench.anonymous("PUT", path).bearer_auth(token).json(&body);
    assert_eq!(send(put()).await.expect("an answer").0, 403);
    let last = bench.credhub.journal().calls.pop().expect("a call");
    let actor = last.actor.expect("an actor");
    assert!(actor.starts_with("uaa-user:"), "{actor}");
    bench.credhub.grant("/c/*", &actor, &["write"]).expect("a permission");
    assert_eq!(send(put()).await.expect("an answer").0, 200);
    assert_eq!(bench.credhub.writes()[0].actor, actor);

    bench.caller("broker").await.set("/c/x", json!("w")).await;
    assert_eq!(bench.credhub.writes()[1].actor, "uaa-client:broker");
}

#[tokio::test]
async fn a_uaa_of_another_process_is_known_by_its_address() {
    let uaa = Uaa::start(uaa::Options::default()).await.expect("the UAA starts");
    let bench = Bench::start(|own| Options::bosh(uaa::Verifier::offline(&own.url()))).await;
    assert_eq!(bench.caller("broker").await.get("/version").await.0, 200);
    let bench = Bench::start(|_| Options::bosh(uaa::Verifier::offline(&uaa.url()))).await;
    assert_eq!(bench.caller("broker").await.get("/version").await.0, 401);
}

async fn password_login(bench: &Bench) -> (u16, Value) {
    let form = [
        ("grant_type", "password"),
        ("response_type", "token"),
        ("client_id", "credhub_cli"),
        ("client_secret", ""),
        ("username", "admin"),
        ("password", "admin-secret"),
    ];
    bench.ask_token(&form).await
}
