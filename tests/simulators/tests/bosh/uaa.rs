//! A Director that takes tokens: which are good, and what they allow.

use std::time::Duration;

use chandler_simulators::bosh::BoshOptions;
use chandler_simulators::uaa::Verifier;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::client::{Bench, manifest, task_of};
use crate::tokens::{ADMIN, NO_SCOPE, OTHER_TEAM, READER, TEAM, Tokens};

/// A Director with a UAA beside it.
pub(crate) async fn director(tokens: &Tokens) -> Bench {
    Bench::start(BoshOptions {
        uaa: Some(tokens.uaa.verifier()),
        ..BoshOptions::default()
    })
    .await
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.expect("an answer").status().as_u16()
}

async fn list(bench: &Bench, token: &str) -> u16 {
    status(bench.anonymous("GET", "/deployments").bearer_auth(token)).await
}

async fn json_of(bench: &Bench, path: &str, token: &str) -> Value {
    let request = bench.anonymous("GET", path).bearer_auth(token);
    request.send().await.expect("an answer").json().await.expect("JSON")
}

fn deploy(bench: &Bench, name: &str, token: &str) -> RequestBuilder {
    let request = bench.anonymous("POST", "/deployments").bearer_auth(token);
    request.header("Content-Type", "text/yaml").body(manifest(name, 1, 1))
}

#[tokio::test]
async fn info_names_the_uaa_and_the_client() {
    let tokens = Tokens::new(None).await;
    let bench = director(&tokens).await;
    let token = tokens.of(ADMIN).await;
    let info = json_of(&bench, "/info", &token).await;
    let url = tokens.uaa.url();
    let expected = json!({"type": "uaa", "options": {"url": url, "urls": [url]}});
    assert_eq!(
        (&info["user"], &info["user_authentication"]),
        (&json!("admin"), &expected)
    );
    let bad = json_of(&bench, "/info", "nonsense").await;
    assert_eq!(bad["user"], Value::Null);
    assert_eq!(list(&bench, &token).await, 200);
    assert_eq!(status(bench.request("GET", "/deployments")).await, 401, "a password");
}

#[tokio::test]
async fn a_token_ends_by_time_by_order_and_with_its_key() {
    let tokens = Tokens::new(None).await;
    let bench = director(&tokens).await;
    let first = tokens.of(ADMIN).await;
    assert_eq!(list(&bench, &first).await, 200);
    tokens.uaa.expire_tokens();
    assert_eq!(list(&bench, &first).await, 401, "by order");

    let second = tokens.of(ADMIN).await;
    tokens.uaa.rotate_keys();
    assert_eq!(list(&bench, &second).await, 200, "the old key is still published");
    let third = tokens.of(ADMIN).await;
    tokens.uaa.withdraw_old_keys();
    assert_eq!((list(&bench, &second).await, list(&bench, &third).await), (401, 200));

    bench.world.skip(Duration::from_secs(43_200));
    assert_eq!(list(&bench, &third).await, 401, "by time");
    tokens.uaa.skip(Duration::from_secs(43_200));
    assert_eq!(list(&bench, &tokens.of(ADMIN).await).await, 200);
}

#[tokio::test]
async fn tokens_of_another_uaa_are_refused_though_its_keys_are_the_same() {
    let (tokens, others) = (Tokens::new(None).await, Tokens::new(None).await);
    let bench = director(&tokens).await;
    assert_eq!(list(&bench, &others.of(ADMIN).await).await, 401);
}

#[tokio::test]
async fn a_director_of_another_process_knows_the_uaa_by_its_address() {
    let tokens = Tokens::new(None).await;
    let bench = Bench::start(BoshOptions {
        uaa: Some(Verifier::offline(&format!("{}/", tokens.uaa.url()))),
        ..BoshOptions::default()
    })
    .await;
    assert_eq!(list(&bench, &tokens.of(ADMIN).await).await, 200);
    tokens.uaa.set_token_seconds(0);
    assert_eq!(list(&bench, &tokens.of(ADMIN).await).await, 401);
}

#[tokio::test]
async fn a_team_sees_and_changes_its_own_only() {
    let tokens = Tokens::new(None).await;
    let bench = director(&tokens).await;
    let (admin, reader) = (tokens.of(ADMIN).await, tokens.of(READER).await);
    let (team, other) = (tokens.of(TEAM).await, tokens.of(OTHER_TEAM).await);
    for (name, token) in [("ours", &team), ("theirs", &other), ("nobodys", &admin)] {
        task_of(deploy(&bench, name, token).send().await.expect("an answer"));
    }
    let names = async |token: &str| -> Vec<String> {
        let rows = json_of(&bench, "/deployments", token).await;
        let rows = rows.as_array().expect("a list").iter();
        rows.map(|row| row["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(names(&team).await, ["ours"]);
    assert_eq!(names(&other).await, ["theirs"]);
    assert_eq!(names(&reader).await, ["nobodys", "ours", "theirs"]);
    let tasks = json_of(&bench, "/tasks", &team).await;
    assert_eq!(tasks.as_array().map(Vec::len), Some(1));
    assert_eq!(tasks[0]["user"], "team");

    for (method, path, token, expected) in [
        ("GET", "/deployments/theirs", &team, 401),
        ("GET", "/deployments/nobodys", &team, 401),
        ("GET", "/deployments/ours", &team, 200),
        ("GET", "/deployments/absent", &team, 404),
        ("GET", "/deployments/ours/instances", &team, 200),
        ("GET", "/deployments/theirs/errands", &team, 401),
        ("GET", "/tasks/1", &team, 200),
        ("GET", "/tasks/2", &team, 401),
        ("GET", "/tasks/2/output?type=event", &team, 401),
        ("GET", "/tasks/2/output?type=event", &reader, 200),
        ("GET", "/tasks/2/output?type=debug", &reader, 401),
        ("GET", "/locks", &reader, 200),
        ("DELETE", "/task/2", &team, 401),
        ("DELETE", "/deployments/theirs", &team, 401),
        ("DELETE", "/deployments/ours", &reader, 401),
        ("DELETE", "/deployments/ours", &team, 302),
        ("DELETE", "/deployments/theirs", &admin, 302),
    ] {
        let got = status(bench.anonymous(method, path).bearer_auth(token)).await;
        assert_eq!(got, expected, "{method} {path}");
    }
    assert_eq!(
        status(deploy(&bench, "nobodys", &team)).await,
        401,
        "an update of another's"
    );
}

#[tokio::test]
async fn links_and_configs_belong_to_teams_too() {
    let tokens = Tokens::new(None).await;
    let bench = director(&tokens).await;
    let (team, other) = (tokens.of(TEAM).await, tokens.of(OTHER_TEAM).await);
    let shared = manifest("ours", 1, 1).replace("name: svc,", "name: svc, provides: {db: {shared: true}},");
    let request = bench.anonymous("POST", "/deployments").bearer_auth(&team);
    let request = request.header("Content-Type", "text/yaml").body(shared);
    task_of(request.send().await.expect("an answer"));
    let providers = json_of(&bench, "/link_providers?deployment=ours", &team).await;
    let provider = providers[0]["id"].as_str().expect("a provider").to_owned();
    let link = |token: &str| {
        let consumer = json!({"owner_object": {"name": "b", "type": "external"}});
        let body = json!({"link_provider_id": provider, "link_consumer": consumer});
        bench.anonymous("POST", "/links").bearer_auth(token).json(&body)
    };
    assert_eq!(status(link(&other)).await, 401);
    let made: Value = link(&team).send().await.expect("an answer").json().await.expect("JSON");
    let id = made["id"].as_str().expect("a link");
    let links = async || bench.control("GET", "links", Value::Null).await.json::<Value>().await;
    assert_eq!(links().await.expect("JSON"), json!({"ours": ["b"]}));
    for (method, path) in [
        ("GET", format!("/link_address?link_id={id}")),
        ("DELETE", format!("/links/{id}")),
    ] {
        let ask = |token: &str| status(bench.anonymous(method, &path).bearer_auth(token));
        assert_eq!(ask(&other).await, 401, "{method} {path}");
        assert!(ask(&team).await < 300, "{method} {path}");
    }
    assert_eq!(links().await.expect("JSON"), json!({}));

    let config = json!({"type": "cloud", "name": "t", "content": "azs: []\n"});
    let posted = bench.anonymous("POST", "/configs").bearer_auth(&team).json(&config);
    let row: Value = posted.send().await.expect("an answer").json().await.expect("JSON");
    let (path, named) = (
        format!("/configs/{}", row["id"].as_str().expect("an id")),
        "/configs?type=cloud&name=t",
    );
    assert_eq!(json_of(&bench, "/configs?latest=true", &other).await, json!([]));
    assert_eq!(
        json_of(&bench, "/configs?latest=true", &team)
            .await
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(status(bench.anonymous("GET", &path).bearer_auth(&other)).await, 401);
    assert_eq!(status(bench.anonymous("DELETE", named).bearer_auth(&other)).await, 401);
    assert_eq!(status(bench.anonymous("DELETE", &path).bearer_auth(&team)).await, 204);
    let nobody = tokens.of(NO_SCOPE).await;
    assert_eq!(
        status(bench.anonymous("GET", "/configs").bearer_auth(nobody)).await,
        401
    );
}
