//! The control API, what tests can do without calls, and the program.

use serde_json::{Value, json};

use crate::bench::{Bench, NO_ACCESS};

#[tokio::test]
async fn a_look_inside_over_http() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    broker.set("/c/x", json!({"a": 1})).await;
    broker.set("/c/x", json!({"a": 2})).await;
    let rows = json!([{"type": "json", "versions": 2, "value": {"a": 2}, "name": "/c/x"}]);
    assert_eq!(bench.control("GET", "credentials", Value::Null).await, (200, rows));
    let write = json!({"act": "set", "name": "/c/x", "actor": "uaa-client:broker"});
    assert_eq!(
        bench.control("GET", "writes", Value::Null).await,
        (200, json!([write, write]))
    );
    let all = ["read", "write", "delete", "read_acl", "write_acl"];
    let grants = json!([{"path": "/c/*", "actor": "uaa-client:broker", "operations": all}]);
    assert_eq!(bench.control("GET", "permissions", Value::Null).await, (200, grants));
    let (_, calls) = bench.control("GET", "calls", Value::Null).await;
    assert_eq!(calls["counts"], json!([{"call": "PUT /api/v1/data", "count": 2}]));
    assert_eq!(calls["calls"][0]["actor"], "uaa-client:broker");
}

#[tokio::test]
async fn what_an_application_sees_over_http() {
    let bench = Bench::runtime().await;
    bench.credhub.set("/c/x", &json!({"a": 1})).expect("a credential");
    bench
        .credhub
        .grant("/c/x", "mtls-app:1", &["read"])
        .expect("a permission");
    let ask =
        |actor: &str, credentials: Value| json!({"actor": actor, "services": {"kv": [{"credentials": credentials}]}});
    let reference = json!({"credhub-ref": "/c/x"});
    let seen = bench
        .control("POST", "interpolate", ask("mtls-app:1", reference.clone()))
        .await;
    assert_eq!(seen, (200, json!({"kv": [{"credentials": {"a": 1}}]})));
    let refused = bench.control("POST", "interpolate", ask("mtls-app:2", reference)).await;
    assert_eq!(refused, (404, json!({"error": NO_ACCESS})));
}

#[tokio::test]
async fn every_knob_is_there_over_http() {
    let bench = Bench::runtime().await;
    bench.credhub.set("/c/x", &json!("v")).expect("a credential");
    let app = bench.caller("app").await;
    let get = "/api/v1/data?name=/c/x";
    assert_eq!(app.get(get).await.0, 404);
    let knob = async |method: &str, path: &str, body: Value| bench.control(method, path, body).await.0;
    let grant = |operations: Value| json!({"path": "/c/x", "actor": "uaa-client:app", "operations": operations});
    assert_eq!(knob("PUT", "permissions", grant(json!(["read"]))).await, 204);
    assert_eq!(app.get(get).await.0, 200);
    assert_eq!(knob("PUT", "permissions", grant(json!([]))).await, 204);
    assert_eq!(app.get(get).await.0, 404);
    assert_eq!(knob("PUT", "permissions", grant(json!(["own"]))).await, 400);
    assert_eq!(
        knob("PUT", "mode", json!({"acls": false, "read_only": true})).await,
        204
    );
    assert_eq!(app.get(get).await.0, 200);
    assert_eq!(app.set("/c/x", json!("w")).await.0, 503);
    assert_eq!(knob("PUT", "mode", json!({"readonly": true})).await, 422);
    let fault = json!({"method": "GET", "path": "/api", "count": 1, "call": {"do": "answer", "status": 500}});
    assert_eq!(knob("POST", "faults", fault).await, 201);
    assert_eq!(app.get(get).await.0, 500);
    assert_eq!(knob("DELETE", "credentials", Value::Null).await, 204);
    assert_eq!(app.get(get).await.0, 404);
    assert_eq!(knob("DELETE", "writes", Value::Null).await, 204);
}

#[tokio::test]
async fn what_a_test_does_by_itself() {
    let bench = Bench::runtime().await;
    let credhub = bench.credhub.world();
    credhub.set("c/x", &json!({"a": 1})).expect("a credential");
    credhub.set("/c/x", &json!({"a": 2})).expect("a version");
    credhub.set("/c/y", &json!("text")).expect("a credential");
    assert_eq!(credhub.names(), ["/c/x", "/c/y"]);
    assert_eq!(
        (credhub.kind("/c/x"), credhub.kind("/c/y"), credhub.kind("/z")),
        (Some("json"), Some("value"), None)
    );
    assert_eq!((credhub.versions("/c/x"), credhub.versions("/z")), (2, 0));
    assert_eq!((credhub.get("c/x"), credhub.get("/z")), (Some(json!({"a": 2})), None));
    let wrong = credhub.set("/c/x", &json!("text")).expect_err("another type");
    assert!(wrong.to_string().contains("type cannot be modified"), "{wrong}");
    assert!(credhub.set("/c/", &json!("text")).is_err());
    assert_eq!(credhub.writes(), [], "only calls are there");

    for (actor, path, operation, may) in [
        ("uaa-client:broker", "/c/x", "write_acl", true),
        ("uaa-client:broker", "/d/x", "read", false),
        ("uaa-client:app", "/c/x", "read", false),
        ("uaa-client:broker", "/c/x", "own", false),
    ] {
        assert_eq!(credhub.may(actor, path, operation), may, "{actor} {path} {operation}");
    }
    let services = json!({"redis": [{"credentials": {"credhub-ref": "/c/x"}}]});
    let hidden = credhub
        .interpolate_as("mtls-app:1", &services)
        .expect_err("no permission");
    assert_eq!(hidden.to_string(), NO_ACCESS);
    credhub.grant("/c/x", "mtls-app:1", &["read"]).expect("a permission");
    let seen = credhub.interpolate_as("mtls-app:1", &services);
    assert_eq!(seen, Ok(json!({"redis": [{"credentials": {"a": 2}}]})));

    assert!(credhub.delete("/c/y"));
    assert!(!credhub.delete("/c/y"));
    credhub.delete_all();
    assert_eq!(credhub.names(), Vec::<String>::new());
    assert_eq!(credhub.permissions().len(), 2);
    bench.credhub.stop().await;
    assert!(bench.http.get(format!("{}/info", bench.uaa.url())).send().await.is_ok());
}

#[tokio::test]
async fn a_grant_that_is_none_is_refused_at_the_start() {
    let uaa = chandler_simulators::uaa::Uaa::start(chandler_simulators::uaa::Options::default());
    let uaa = uaa.await.expect("the UAA starts");
    let options = chandler_simulators::credhub::Options::runtime(uaa.verifier()).granting("/c/*/x", "broker");
    assert!(chandler_simulators::credhub::CredHub::start(options).await.is_err());
}
