//! `/oauth/clients`.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::bench::{Answer, Bench};

pub(crate) async fn ask(bench: &Bench, method: &str, path: &str, body: Value) -> Answer {
    let token = bench.token("admin").await;
    let request: RequestBuilder = bench.request(method, path).bearer_auth(token);
    bench
        .send(if body.is_null() { request } else { request.json(&body) })
        .await
}

pub(crate) fn service(id: &str) -> Value {
    json!({
        "client_id": id, "client_secret": "hidden", "name": "svc",
        "authorized_grant_types": ["authorization_code"], "redirect_uri": ["https://dash.demo/callback"],
        "scope": ["openid"], "autoapprove": true, "resource_ids": ["mine"],
    })
}

#[tokio::test]
async fn a_client_is_made_shown_changed_and_deleted() {
    let bench = Bench::new().await;
    let made = ask(&bench, "POST", "/oauth/clients", service("one")).await;
    assert_eq!(made.status, 201);
    assert!(!made.text.contains("hidden"));
    let mut expected = json!({
        "scope": ["openid"], "client_id": "one", "resource_ids": ["none"],
        "authorized_grant_types": ["authorization_code", "refresh_token"],
        "redirect_uri": ["https://dash.demo/callback"], "autoapprove": ["true"], "authorities": ["uaa.none"],
        "lastModified": made.json["lastModified"], "required_user_groups": [], "name": "svc",
    });
    assert_eq!(made.json, expected);
    assert!(
        made.json["lastModified"]
            .as_i64()
            .is_some_and(|ms| ms > 1_700_000_000_000)
    );
    assert_eq!(
        ask(&bench, "GET", "/oauth/clients/one", Value::Null).await.json,
        expected
    );
    let twice = ask(&bench, "POST", "/oauth/clients", service("one")).await;
    assert_eq!(twice.refusal(), (409, "invalid_client", "Client already exists: one"));

    let change = json!({
        "client_id": "one", "client_secret": "ignored", "redirect_uri": ["https://new.demo"], "scope": [],
        "access_token_validity": 60,
    });
    let changed = ask(&bench, "PUT", "/oauth/clients/one", change).await;
    assert_eq!(changed.status, 200);
    expected["redirect_uri"] = json!(["https://new.demo"]);
    expected["access_token_validity"] = json!(60);
    expected["lastModified"] = changed.json["lastModified"].clone();
    assert_eq!(changed.json, expected, "absent and empty fields stay");
    let secrets = bench.uaa.client("one").map(|client| client.secrets);
    assert_eq!(secrets, Some(vec!["hidden".to_owned()]));
    let other = ask(&bench, "PUT", "/oauth/clients/one", json!({"client_id": "two"})).await;
    assert_eq!((other.status, &other.json["error"]), (400, &json!("invalid_client")));

    let gone = ask(&bench, "DELETE", "/oauth/clients/one", Value::Null).await;
    assert_eq!((gone.status, &gone.json["approvals_deleted"]), (200, &json!(true)));
    for method in ["GET", "PUT", "DELETE"] {
        let absent = ask(&bench, method, "/oauth/clients/one", json!({"client_id": "one"})).await;
        assert_eq!((absent.status, absent.text.as_str()), (404, ""), "{method}");
    }
}

/// A UAA keeps each list as one text with commas, and only that of authorities is trimmed.
#[tokio::test]
async fn lists_are_parted_at_commas_and_only_authorities_lose_their_blanks() {
    let bench = Bench::new().await;
    let mut blank = service("one");
    blank["scope"] = json!(["openid", " kv.read,kv.write"]);
    blank["authorities"] = json!([" kv.admin", "kv.admin", "uaa.resource , kv.read"]);
    blank["redirect_uri"] = json!(["https://a.demo,https://b.demo"]);
    let made = ask(&bench, "POST", "/oauth/clients", blank).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let lists = |shown: &Value| [&shown["scope"], &shown["authorities"], &shown["redirect_uri"]].map(Value::clone);
    let first = [
        json!(["openid", " kv.read", "kv.write"]),
        json!(["kv.admin", "uaa.resource", "kv.read"]),
        json!(["https://a.demo", "https://b.demo"]),
    ];
    assert_eq!(lists(&made.json), first);
    let change =
        json!({"client_id": "one", "redirect_uri": ["https://c.demo, https://d.demo"], "authorities": [" x "]});
    let changed = ask(&bench, "PUT", "/oauth/clients/one", change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let shown = ask(&bench, "GET", "/oauth/clients/one", Value::Null).await;
    let then = [
        first[0].clone(),
        json!(["x"]),
        json!(["https://c.demo", " https://d.demo"]),
    ];
    assert_eq!(lists(&shown.json), then);
}

#[tokio::test]
async fn what_breaks_a_rule_is_not_made() {
    let bench = Bench::new().await;
    for (grants, redirects, secret, text) in [
        (
            json!([]),
            json!([]),
            json!("s"),
            "An authorized grant type must be provided. Must be one of: [",
        ),
        (
            json!(["magic"]),
            json!([]),
            json!("s"),
            "magic is not an allowed grant type. Must be one of: [",
        ),
        (
            json!(["authorization_code"]),
            json!([]),
            json!("s"),
            "authorization_code grant type requires at least one redirect URL.",
        ),
        (
            json!(["implicit"]),
            json!(["nowhere"]),
            Value::Null,
            "One of the redirect_uri is invalid: nowhere",
        ),
        (
            json!(["client_credentials"]),
            json!([]),
            Value::Null,
            "Client secret is required for client_credentials grant type",
        ),
        (
            json!(["implicit"]),
            json!(["https://a"]),
            json!("s"),
            "Implicit grant should not have a client_secret",
        ),
    ] {
        let body = json!({
            "client_id": "x", "client_secret": secret, "authorized_grant_types": grants, "redirect_uri": redirects,
        });
        let answer = ask(&bench, "POST", "/oauth/clients", body).await;
        let (status, error, description) = answer.refusal();
        assert_eq!((status, error), (400, "invalid_client"), "{text}");
        assert!(description.starts_with(text), "{description}");
    }
    assert_eq!(bench.uaa.client("x"), None);
    let public = json!({"client_id": "x", "authorized_grant_types": ["client_credentials"], "allowpublic": true});
    assert_eq!(ask(&bench, "POST", "/oauth/clients", public).await.status, 201);
    assert_eq!(ask(&bench, "POST", "/oauth/clients", json!([1])).await.status, 400);
}

#[tokio::test]
async fn clients_are_listed_and_filtered() {
    let bench = Bench::new().await;
    for id in ["svc-a", "svc-b"] {
        assert_eq!(ask(&bench, "POST", "/oauth/clients", service(id)).await.status, 201);
    }
    for (query, ids, total) in [
        (
            "?filter=client_id+eq+%22svc-a%22&startIndex=1&count=1",
            vec!["svc-a"],
            1,
        ),
        ("?filter=client_id%20co%20%22svc%22&count=1", vec!["svc-a"], 2),
        ("?filter=client_id+sw+%22svc%22&startIndex=2", vec!["svc-b"], 2),
        (
            "?filter=client_id+sw+%22svc%22&sortBy=client_id&sortOrder=descending",
            vec!["svc-b", "svc-a"],
            2,
        ),
        ("?filter=client_id+eq+%22absent%22", vec![], 0),
        (
            "",
            vec![
                "admin",
                "app",
                "asker",
                "bosh",
                "bosh_cli",
                "cf",
                "credhub_cli",
                "svc-a",
                "svc-b",
            ],
            9,
        ),
    ] {
        let list = ask(&bench, "GET", &format!("/oauth/clients{query}"), Value::Null)
            .await
            .json;
        let rows = list["resources"].as_array().expect("rows").iter();
        let found: Vec<&str> = rows.map(|row| row["client_id"].as_str().expect("an id")).collect();
        assert_eq!((found, &list["totalResults"]), (ids, &json!(total)), "{query}");
        assert_eq!(
            list["schemas"],
            json!(["http://cloudfoundry.org/schema/scim/oauth-clients-1.0"])
        );
    }
    for bad in ["name", "name+eq+%22x%22", "client_id+eq+x", "client_id+lt+%22x%22"] {
        let answer = ask(&bench, "GET", &format!("/oauth/clients?filter={bad}"), Value::Null).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn scopes_and_bearers_are_looked_at() {
    let bench = Bench::new().await;
    let nobody = bench.send(bench.request("GET", "/oauth/clients")).await;
    assert_eq!((nobody.status, &nobody.json["error"]), (401, &json!("unauthorized")));
    let bad = bench
        .send(bench.request("GET", "/oauth/clients").bearer_auth("nonsense"))
        .await;
    assert_eq!((bad.status, &bad.json["error"]), (401, &json!("invalid_token")));
    assert!(
        bad.headers["www-authenticate"]
            .to_str()
            .is_ok_and(|v| v.starts_with("Bearer realm=\"oauth\""))
    );
    let token = bench.token("bosh").await;
    for (method, scope) in [
        ("GET", "clients.read clients.admin"),
        ("DELETE", "clients.write clients.admin"),
    ] {
        let answer = bench
            .send(bench.request(method, "/oauth/clients/app").bearer_auth(&token))
            .await;
        let text = "Insufficient scope for this resource";
        assert_eq!(answer.refusal(), (403, "insufficient_scope", text));
        assert_eq!(answer.json["scope"], scope);
    }
    assert!(bench.uaa.client("app").is_some());
}

#[tokio::test]
async fn revocation_is_seen_by_the_uaa_alone() {
    let bench = Bench::new().await;
    let (own, other) = (bench.token("admin").await, bench.token("bosh").await);
    let jti = |token: &str| crate::bench::opened(token).1["jti"].as_str().expect("an id").to_owned();
    let revoke = |of: &str, by: &str| {
        bench
            .request("DELETE", &format!("/oauth/token/revoke/{of}"))
            .bearer_auth(by)
    };
    assert_eq!(bench.send(revoke(&jti(&own), &other)).await.status, 403, "another's");
    assert_eq!(bench.send(revoke("absent", &own)).await.status, 404);
    let done = bench.send(revoke(&jti(&own), &own)).await;
    assert_eq!((done.status, done.text.as_str()), (200, ""));
    let after = bench
        .send(bench.request("GET", "/oauth/clients").bearer_auth(&own))
        .await;
    assert_eq!(after.refusal(), (401, "invalid_token", "Token has been revoked"));
    assert!(bench.uaa.verifier().verify(&own, bench.uaa.now()).is_ok());
}
