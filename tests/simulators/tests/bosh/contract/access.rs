//! Who may ask, and how a call that fits no route is refused: D1, D2, D4.

use serde_json::{Value, json};

use super::{Seen, error};
use crate::client::{Bench, manifest, task_of};
use crate::tokens::{ADMIN, NO_SCOPE, OTHER_TEAM, READER, TEAM, Tokens};
use crate::uaa::director;

const CHALLENGE: Option<&str> = Some("Basic realm=\"BOSH Director\"");

#[tokio::test]
async fn d01_info_is_for_everybody() {
    let bench = Bench::new().await;
    for (credentials, user) in [
        (None, Value::Null),
        (Some(("admin", "wrong")), Value::Null),
        (Some(("nobody", "admin")), Value::Null),
        (Some(("admin", "admin")), json!("admin")),
    ] {
        let mut request = bench.anonymous("GET", "/info");
        if let Some((name, password)) = credentials {
            request = request.basic_auth(name, Some(password));
        }
        let seen = Seen::of(request).await;
        assert_eq!((seen.status, &seen.json()["user"]), (200, &user), "{credentials:?}");
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert_eq!(seen.header("www-authenticate"), None);
        let basic = json!({"type": "basic", "options": {}});
        assert_eq!(seen.json()["user_authentication"], basic);
    }

    let tokens = Tokens::new(None).await;
    let bench = director(&tokens).await;
    for (token, user) in [
        ("nonsense".to_owned(), Value::Null),
        (tokens.of(NO_SCOPE).await, json!(NO_SCOPE)),
        (tokens.of(ADMIN).await, json!(ADMIN)),
    ] {
        let seen = Seen::of(bench.anonymous("GET", "/info").bearer_auth(token)).await;
        assert_eq!((seen.status, &seen.json()["user"]), (200, &user));
    }
}

#[tokio::test]
async fn d02_no_credentials_are_text_and_missing_scopes_json() {
    let tokens = Tokens::new(None).await;
    let bench = director(&tokens).await;
    let (admin, nobody) = (tokens.of(ADMIN).await, tokens.of(NO_SCOPE).await);
    for (method, path) in [
        ("GET", "/deployments"),
        ("POST", "/deployments"),
        ("DELETE", "/deployments/d"),
        ("GET", "/tasks/1"),
        ("GET", "/links"),
        ("GET", "/locks"),
    ] {
        let anonymous = bench.anonymous(method, path);
        let wrong = bench.anonymous(method, path).basic_auth("admin", Some("wrong"));
        let bad = bench.anonymous(method, path).bearer_auth("nonsense");
        for request in [anonymous, wrong, bad] {
            let seen = Seen::of(request).await;
            let text = format!("Not authorized: '{path}'\n");
            assert_eq!(seen.plain(), (401, text.as_str()), "{method}");
            assert_eq!(seen.header("www-authenticate"), CHALLENGE, "{method} {path}");
        }
    }

    let team = tokens.of(TEAM).await;
    let ours = bench.anonymous("POST", "/deployments").bearer_auth(&team);
    let ours = ours.header("Content-Type", "text/yaml").body(manifest("d", 0, 1));
    let task = task_of(ours.send().await.expect("an answer"));
    let admins = "bosh.admin, bosh.deadbeef.admin";
    let teams = "bosh.teams.odb.admin";
    let readers = "bosh.teams.odb.read, bosh.read, bosh.deadbeef.read";
    let require = "Require one of the scopes:";
    let (reader, other) = (tokens.of(READER).await, tokens.of(OTHER_TEAM).await);
    let output = |kind: &str| format!("/tasks/{task}/output?type={kind}");
    for (method, path, token, text) in [
        (
            "GET",
            "/locks".to_owned(),
            &nobody,
            format!("{require} {admins}, bosh.read, bosh.deadbeef.read"),
        ),
        (
            "GET",
            "/deployments".to_owned(),
            &nobody,
            format!("{require} {admins}, bosh.read, bosh.deadbeef.read"),
        ),
        (
            "POST",
            "/deployments".to_owned(),
            &reader,
            format!("{require} {admins}"),
        ),
        (
            "DELETE",
            "/deployments/d".to_owned(),
            &reader,
            format!("{require} {admins}, {teams}"),
        ),
        (
            "GET",
            "/deployments/d".to_owned(),
            &other,
            format!("{require} {admins}, {teams}, {readers}"),
        ),
        (
            "GET",
            format!("/tasks/{task}"),
            &other,
            format!("One of the following scopes is required to access this task: {admins}, {teams}, {readers}"),
        ),
        ("GET", output("debug"), &reader, format!("{require} {admins}, {teams}")),
    ] {
        let seen = Seen::of(bench.anonymous(method, &path).bearer_auth(token)).await;
        assert_eq!(
            (seen.status, seen.json()),
            (401, error(600_000, &text)),
            "{method} {path}"
        );
        assert_eq!(seen.header("www-authenticate"), CHALLENGE, "{method} {path}");
    }
    let enough = Seen::of(bench.anonymous("GET", "/locks").bearer_auth(&admin)).await;
    assert_eq!(enough.plain(), (200, "[]"));
    assert_eq!(enough.header("www-authenticate"), CHALLENGE, "good answers have it too");
}

#[tokio::test]
async fn d04_a_wrong_content_type_is_no_route() {
    let bench = Bench::new().await;
    bench.deploy(&manifest("d", 1, 1)).await;
    let yaml = manifest("other", 0, 1);
    let config = json!({"type": "cloud", "name": "n", "content": "a: b"}).to_string();
    let link = json!({"link_provider_id": "1"}).to_string();
    for (method, path, body, media) in [
        ("POST", "/deployments", &yaml, Some("application/json")),
        ("POST", "/deployments", &yaml, Some("application/x-yaml")),
        ("POST", "/deployments", &yaml, None),
        ("PUT", "/deployments/d/jobs/*", &String::new(), Some("application/json")),
        ("POST", "/configs", &config, Some("text/yaml")),
        ("POST", "/configs", &config, None),
        ("POST", "/links", &link, Some("text/yaml")),
        ("POST", "/links", &link, None),
    ] {
        let mut request = bench.request(method, path).body(body.clone());
        if let Some(media) = media {
            request = request.header("Content-Type", media);
        }
        let seen = Seen::of(request).await;
        let text = format!("Endpoint '{path}' not found.");
        assert_eq!(seen.plain(), (404, text.as_str()), "{media:?}");
        assert_eq!(seen.header("x-cascade"), Some("pass"), "{path} {media:?}");
        assert_eq!(seen.header("content-type"), Some("text/html;charset=utf-8"));
    }
    assert_eq!(bench.world.tasks().len(), 1, "nothing was started");
    assert_eq!(bench.get("/configs?type=cloud&name=n").await, json!([]));
}
