//! The calls of the credhub command line, in its order and with what it needs in the answers.

use serde_json::{Value, json};

use crate::bench::{Bench, Caller, send};

/// `credhub api`, `login`, `set`, `get`, `find`, `generate`, `regenerate`, `delete`, `logout`.
#[tokio::test]
async fn a_session() {
    let bench = Bench::bosh().await;
    let (_, info) = send(bench.anonymous("GET", "/info")).await.expect("an answer");
    let uaa = info["auth-server"]["url"].as_str().expect("the UAA's address");
    let known = bench
        .http
        .get(format!("{uaa}/info"))
        .header("accept", "application/json");
    assert_eq!(send(known).await.expect("an answer of the UAA").0, 200);

    let form = [
        ("grant_type", "client_credentials"),
        ("response_type", "token"),
        ("client_id", "broker"),
        ("client_secret", "broker-secret"),
    ];
    let (status, login) = bench.ask_token(&form).await;
    assert_eq!(status, 200, "{login}");
    let me: Caller<'_> = bench.caller("broker").await;
    let (_, version) = me.get("/version").await;
    let major = version["version"].as_str().and_then(|v| v.split('.').next());
    assert_eq!(major, Some("2"), "permissions of version 2 are used from 2.0 on");

    let set = json!({"name": "/cli/one", "type": "value", "value": "v"});
    assert_eq!(me.call("PUT", "/api/v1/data", set).await.0, 200);
    let (_, got) = me.get("/api/v1/data?current=true&name=%2Fcli%2Fone").await;
    assert_eq!(got["data"][0]["value"], "v");
    let id = got["data"][0]["id"].as_str().expect("an id");
    assert_eq!(me.get(&format!("/api/v1/data/{id}")).await.1["name"], "/cli/one");
    let generate =
        json!({"name": "/cli/pw", "type": "password", "overwrite": true, "parameters": {"include_special": true}});
    assert_eq!(me.call("POST", "/api/v1/data", generate).await.0, 200);
    let again = json!({"name": "/cli/pw", "regenerate": true});
    assert_eq!(me.call("POST", "/api/v1/data", again).await.0, 200);
    for query in ["name-like=cli", "path=%2Fcli", "path="] {
        let (_, found) = me.get(&format!("/api/v1/data?{query}")).await;
        assert_eq!(found["credentials"].as_array().map(Vec::len), Some(2), "{query}");
    }
    // `curl -p` sends a body of `null` also with GET.
    let curl = me.request("GET", "/api/v1/data?path=").json(&Value::Null);
    assert_eq!(send(curl).await.expect("an answer").0, 200);
    assert_eq!(me.delete("/api/v1/data?name=%2Fcli%2Fone").await.0, 204);
    assert_eq!(bench.credhub.names(), ["/cli/pw"]);
}

/// `credhub set-permission` twice, `get-permission`, `delete-permission`.
#[tokio::test]
async fn permissions() {
    let bench = Bench::runtime().await;
    let me = bench.caller("broker").await;
    let lookup = "/api/v2/permissions?actor=mtls-app%3A1&path=%2Fc%2Fx";
    let (status, missing) = me.get(lookup).await;
    assert_eq!((status, missing["error"].is_string()), (404, true));
    let body = |operations: Value| json!({"actor": "mtls-app:1", "path": "/c/x", "operations": operations});
    assert_eq!(
        me.call("POST", "/api/v2/permissions", body(json!(["read"]))).await.0,
        201
    );
    let (_, found) = me.get(lookup).await;
    let one = format!("/api/v2/permissions/{}", found["uuid"].as_str().expect("an id"));
    let (status, changed) = me.call("PUT", &one, body(json!(["read", "delete"]))).await;
    assert_eq!((status, &changed["operations"]), (200, &json!(["read", "delete"])));
    assert!(bench.credhub.may("mtls-app:1", "/c/x", "delete"));
    assert_eq!(me.delete(&one).await.0, 200);
    assert_eq!(me.get(lookup).await.0, 404);
}
