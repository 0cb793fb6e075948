//! Requests that aren't as they should be, and the calls that generate.

use serde_json::{Value, json};

use crate::bench::{Bench, NO_ACCESS, error, send};

const BAD_REQUEST: &str = "The request could not be fulfilled because the request path or body did not meet expectation. Please check the documentation for required formatting and retry your request.";
const TYPE: &str = "The request does not include a valid type. Valid values include 'value', 'json', 'password', 'user', 'certificate', 'ssh' and 'rsa'.";

fn unknown(key: &str) -> String {
    format!(
        "The request includes an unrecognized parameter '{key}'. Please update or remove this parameter and retry your request."
    )
}

#[tokio::test]
async fn bodies_that_are_refused() {
    let bench = Bench::bosh().await;
    let broker = bench.caller("broker").await;
    let data = "/api/v1/data";
    let grants = "/api/v2/permissions";
    let slash = "A credential name cannot end with a '/' character or contain '//'. Credential names should be in the form of /[path]/[name] or [path]/[name]. Please update and retry your request.";
    let operation =
        "The provided operation is not supported. Valid values include read, write, delete, read_acl, and write_acl.";
    for (method, path, body, status, text) in [
        ("PUT", data, json!({"name": "/a", "value": "v"}), 422, TYPE),
        ("PUT", data, json!({"name": "/a", "type": "x", "value": "v"}), 422, TYPE),
        (
            "PUT",
            data,
            json!({"name": "/a", "type": "value", "value": "v", "x": 1}),
            422,
            &*unknown("x"),
        ),
        (
            "PUT",
            data,
            json!({"name": "/a/", "type": "value", "value": "v"}),
            400,
            slash,
        ),
        (
            "PUT",
            data,
            json!({"name": "/a", "type": "json", "value": "v"}),
            400,
            BAD_REQUEST,
        ),
        ("PUT", data, json!([1]), 400, BAD_REQUEST),
        (
            "POST",
            data,
            json!({"name": "/a", "type": "value"}),
            400,
            "Credentials of this type cannot be generated. Please adjust the credential type and retry your request.",
        ),
        (
            "POST",
            data,
            json!({"name": "/a", "type": "password", "mode": "converge", "overwrite": true}),
            400,
            "The parameters overwrite and mode cannot be combined. Please update and retry your request.",
        ),
        ("POST", data, json!({"name": "/a", "regenerate": true}), 404, NO_ACCESS),
        (
            "POST",
            grants,
            json!({"path": "/a", "actor": "b", "operations": ["own"]}),
            422,
            operation,
        ),
        (
            "POST",
            grants,
            json!({"path": "/a", "actor": "b"}),
            400,
            "At least one operation must be provided. Please validate your input and retry your request.",
        ),
        (
            "POST",
            grants,
            json!({"path": "/a", "operations": ["read"]}),
            400,
            "You must specify an actor. Please validate your input and retry your request.",
        ),
        (
            "GET",
            data,
            Value::Null,
            400,
            "The query parameter name is required for this request.",
        ),
        (
            "GET",
            "/api/v1/data?name=",
            Value::Null,
            400,
            "The query parameter name is required for this request.",
        ),
        (
            "GET",
            "/api/v1/data?name=a&current=true&versions=1",
            Value::Null,
            400,
            "The query parameters current and versions cannot be provided in the same request.",
        ),
        ("GET", "/api/v1/data?name=a&versions=x", Value::Null, 400, BAD_REQUEST),
        (
            "DELETE",
            data,
            Value::Null,
            400,
            "The query parameter name is required for this request.",
        ),
        (
            "GET",
            "/api/v2/permissions?path=/a",
            Value::Null,
            400,
            "The query parameter actor is required for this request.",
        ),
    ] {
        let answer = broker.call(method, path, body.clone()).await;
        assert_eq!(answer, (status, error(text)), "{method} {path} {body}");
    }
    let form = broker
        .request("PUT", data)
        .header("content-type", "text/plain")
        .body("{}");
    let answer = send(form).await.expect("an answer");
    assert_eq!(answer, (400, error("The provided content type is not supported")));
    let broken = broker
        .request("PUT", data)
        .header("content-type", "application/json")
        .body("{");
    assert_eq!(send(broken).await.expect("an answer"), (400, error(BAD_REQUEST)));
    assert_eq!(bench.credhub.names(), Vec::<String>::new());
    assert_eq!(bench.credhub.writes(), []);
}

#[tokio::test]
async fn unknown_routes_are_404_without_a_body() {
    let bench = Bench::bosh().await;
    let broker = bench.caller("broker").await;
    for (method, path) in [
        ("GET", "/none"),
        ("PATCH", "/api/v1/data"),
        ("POST", "/info"),
        ("GET", "/api/v1/data/a/b"),
    ] {
        let answer = broker.call(method, path, Value::Null).await;
        assert_eq!(answer, (404, Value::Null), "{method} {path}");
    }
}

#[tokio::test]
async fn every_type_can_be_set() {
    let bench = Bench::bosh().await;
    let broker = bench.caller("broker").await;
    for (kind, value, shown) in [
        ("value", json!("v"), json!("v")),
        ("PASSWORD", json!("p"), json!("p")),
        (
            "json",
            json!({"z": [1, {"a": null}], "a": 2.5}),
            json!({"z": [1, {"a": null}], "a": 2.5}),
        ),
        (
            "rsa",
            json!({"public_key": "p", "private_key": "q"}),
            json!({"public_key": "p", "private_key": "q"}),
        ),
        (
            "ssh",
            json!({"private_key": "q"}),
            json!({"public_key": null, "private_key": "q"}),
        ),
        (
            "certificate",
            json!({"certificate": "c", "private_key": "k"}),
            json!({"ca": null, "certificate": "c", "private_key": "k"}),
        ),
    ] {
        let name = format!("/t/{kind}");
        let body = json!({"name": name, "type": kind, "value": value, "metadata": {"by": "me"}});
        let (status, made) = broker.call("PUT", "/api/v1/data", body).await;
        assert_eq!((status, &made["value"]), (200, &shown), "{kind}");
        assert_eq!(made["type"], kind.to_lowercase());
        assert_eq!(made["metadata"], json!({"by": "me"}));
        assert_eq!(bench.credhub.get(&name), Some(shown), "{kind}");
    }
    let body = json!({"name": "/t/user", "type": "user", "value": {"username": "u", "password": "p"}});
    let (status, made) = broker.call("PUT", "/api/v1/data", body).await;
    let hash = made["value"]["password_hash"].as_str().expect("a hash");
    assert_eq!(
        (status, &made["value"]["username"], &hash[..3]),
        (200, &json!("u"), "$6$")
    );
}

#[tokio::test]
async fn passwords_and_users_are_generated() {
    let bench = Bench::bosh().await;
    let broker = bench.caller("broker").await;
    let post = async |body: Value| broker.call("POST", "/api/v1/data", body).await;
    let (status, first) = post(json!({"name": "/p", "type": "password", "parameters": {"length": 12}})).await;
    assert_eq!((status, first["value"].as_str().map(str::len)), (200, Some(12)));
    for (extra, versions) in [
        (json!({"parameters": {"length": 12}}), 1),
        (json!({"parameters": {"length": 12}, "mode": "no-overwrite"}), 1),
        (json!({"parameters": {"length": 13}, "overwrite": false}), 1),
        (json!({"parameters": {"length": 12}, "overwrite": true}), 2),
        (json!({"parameters": {"length": 12}, "mode": "overwrite"}), 3),
        (json!({"parameters": {"length": 13}, "mode": "converge"}), 4),
    ] {
        let mut body = json!({"name": "/p", "type": "password"});
        for (key, value) in extra.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let (status, _) = post(body).await;
        assert_eq!((status, bench.credhub.versions("/p")), (200, versions), "{extra}");
    }
    for (path, body) in [
        ("/api/v1/data", json!({"name": "/p", "regenerate": true})),
        ("/api/v1/regenerate", json!({"name": "/p"})),
    ] {
        let before = bench.credhub.get("/p");
        let (status, made) = broker.call("POST", path, body).await;
        assert_eq!(
            (status, made["value"].as_str().map(str::len)),
            (200, Some(13)),
            "{path}"
        );
        assert_ne!(bench.credhub.get("/p"), before, "{path}");
    }
    let (_, user) = post(json!({"name": "/u", "type": "user", "parameters": {"username": "me"}})).await;
    assert_eq!(user["value"]["username"], "me");
    assert_eq!(user["value"]["password"].as_str().map(str::len), Some(30));
    let (status, _) = broker
        .call(
            "PUT",
            "/api/v1/data",
            json!({"name": "/s", "type": "password", "value": "mine"}),
        )
        .await;
    assert_eq!(status, 200);
    let text = "The password could not be regenerated because the value was statically set. Only generated passwords may be regenerated.";
    assert_eq!(
        post(json!({"name": "/s", "regenerate": true})).await,
        (400, error(text))
    );
    assert_eq!(post(json!({"name": "/k", "type": "rsa"})).await.0, 400);
    assert_eq!(broker.get("/api/v1/key-usage").await.1["active_key"], json!(8));
}

#[tokio::test]
async fn old_clients_have_permissions_of_credentials() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    broker.set("/c/x", json!({"a": 1})).await;
    let path = "/api/v1/permissions";
    let body = json!({"credential_name": "/c/x", "permissions": [{"actor": "mtls-app:1", "operations": ["read"]}]});
    assert_eq!(broker.call("POST", path, body.clone()).await, (201, Value::Null));
    assert_eq!(broker.call("POST", path, body).await.0, 409);
    let listed = broker.get(&format!("{path}?credential_name=c/x")).await;
    let rows = json!([{"actor": "mtls-app:1", "operations": ["read"], "path": "/c/x"}]);
    assert_eq!(listed, (200, json!({"credential_name": "/c/x", "permissions": rows})));
    let one = format!("{path}?credential_name=/c/x&actor=mtls-app:1");
    assert_eq!(broker.delete(&one).await, (204, Value::Null));
    assert_eq!(broker.delete(&one).await, (404, error(NO_ACCESS)));
}
