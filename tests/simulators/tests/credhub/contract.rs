//! What must hold at any CredHub: credentials, permissions, references.

use serde_json::{Value, json};

use crate::bench::{Bench, NO_ACCESS, error, set_body};

/// C1.
#[tokio::test]
async fn set_get_versions_find_delete() {
    let bench = Bench::bosh().await;
    let broker = bench.caller("broker").await;
    let (status, first) = broker.set("odb/svc/one", json!({"password": "1"})).await;
    assert_eq!(status, 200, "{first}");
    let keys: Vec<&str> = first
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["type", "version_created_at", "id", "name", "metadata", "value"]);
    assert_eq!(
        (&first["type"], &first["name"], &first["metadata"], &first["value"]),
        (
            &json!("json"),
            &json!("/odb/svc/one"),
            &json!(null),
            &json!({"password": "1"})
        )
    );
    let stamp = first["version_created_at"].as_str().expect("a time");
    assert_eq!((stamp.len(), stamp.ends_with('Z'), &stamp[10..11]), (20, true, "T"));

    let (_, second) = broker.set("/odb/svc/one", json!({"password": "2"})).await;
    assert_ne!(first["id"], second["id"]);
    let all = |name: &str| format!("/api/v1/data?name={name}");
    let found = broker.get(&all("%2Fodb%2Fsvc%2Fone")).await;
    assert_eq!(found, (200, json!({"data": [second, first]})));
    for newest in ["&current=true", "&versions=1"] {
        let found = broker.get(&format!("{}{newest}", all("odb/SVC/one"))).await;
        assert_eq!(found, (200, json!({"data": [second]})), "{newest}");
    }
    let id = first["id"].as_str().expect("an id");
    assert_eq!(broker.get(&format!("/api/v1/data/{id}")).await, (200, first.clone()));

    broker.set("/odb/svc/two", json!("text")).await;
    broker.set("/odb/svc-other", json!("text")).await;
    for (query, names) in [
        ("path=%2Fodb%2Fsvc", vec!["/odb/svc/two", "/odb/svc/one"]),
        ("path=odb/svc/", vec!["/odb/svc/two", "/odb/svc/one"]),
        ("path=", vec!["/odb/svc-other", "/odb/svc/two", "/odb/svc/one"]),
        ("path=/", vec!["/odb/svc-other", "/odb/svc/two", "/odb/svc/one"]),
        ("path=/none", vec![]),
        ("name-like=SVC-", vec!["/odb/svc-other"]),
        ("name-like=/one", vec!["/odb/svc/one"]),
        ("name-like=none", vec![]),
    ] {
        let (status, found) = broker.get(&format!("/api/v1/data?{query}")).await;
        let rows = found["credentials"].as_array().expect("rows");
        let seen: Vec<_> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
        assert_eq!((status, seen), (200, names), "{query}");
        assert!(rows.iter().all(|row| row["version_created_at"].is_string()), "{query}");
    }

    let gone = broker.delete(&all("/odb/svc/one")).await;
    assert_eq!(gone, (204, Value::Null));
    for (method, path) in [
        ("DELETE", all("/odb/svc/one")),
        ("GET", all("/odb/svc/one")),
        ("GET", format!("{}&current=true", all("/odb/svc/one"))),
        ("GET", format!("/api/v1/data/{id}")),
    ] {
        let answer = broker.call(method, &path, Value::Null).await;
        assert_eq!(answer, (404, error(NO_ACCESS)), "{method} {path}");
    }
    assert_eq!(bench.credhub.names(), ["/odb/svc-other", "/odb/svc/two"]);
}

/// C2, the type.
#[tokio::test]
async fn the_type_of_a_credential_stays() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    assert_eq!(broker.set("/c/x", json!({"a": 1})).await.0, 200);
    let text = "The credential type cannot be modified. Please delete the credential if you wish to create it with a different type.";
    assert_eq!(broker.set("/c/x", json!("text")).await, (400, error(text)));
    let generate = json!({"name": "/c/x", "type": "password", "overwrite": true});
    assert_eq!(broker.call("POST", "/api/v1/data", generate).await, (400, error(text)));
    assert_eq!(bench.credhub.get("/c/x"), Some(json!({"a": 1})));
    assert_eq!(broker.delete("/api/v1/data?name=/c/x").await.0, 204);
    assert_eq!(broker.set("/c/x", json!("text")).await.0, 200);
}

/// C2, the permissions.
#[tokio::test]
async fn without_permission_reads_are_404_and_writes_403() {
    let bench = Bench::runtime().await;
    let (broker, app) = (bench.caller("broker").await, bench.caller("app").await);
    let (_, made) = broker.set("/c/x", json!({"a": 1})).await;
    let id = made["id"].as_str().expect("an id");
    for (who, method, path, body, status) in [
        (&app, "GET", "/api/v1/data?name=/c/x", Value::Null, 404),
        (&app, "GET", &*format!("/api/v1/data/{id}"), Value::Null, 404),
        (&app, "DELETE", "/api/v1/data?name=/c/x", Value::Null, 404),
        (&app, "PUT", "/api/v1/data", set_body("/c/x", json!({"a": 2})), 403),
        (&app, "PUT", "/api/v1/data", set_body("/c/new", json!({"a": 2})), 403),
        (
            &app,
            "POST",
            "/api/v1/data",
            json!({"name": "/c/p", "type": "password"}),
            403,
        ),
        (
            &app,
            "POST",
            "/api/v1/data",
            json!({"name": "/c/x", "regenerate": true}),
            403,
        ),
        (&broker, "PUT", "/api/v1/data", set_body("/d/x", json!({"a": 2})), 403),
        (&broker, "GET", "/api/v1/data?name=/c/none", Value::Null, 404),
    ] {
        let answer = who.call(method, path, body).await;
        assert_eq!(answer, (status, error(NO_ACCESS)), "{method} {path}");
    }
    let empty = (200, json!({"credentials": []}));
    assert_eq!(app.get("/api/v1/data?path=").await, empty);
    assert_eq!(bench.credhub.versions("/c/x"), 1);

    bench
        .credhub
        .grant("/c/x", "uaa-client:app", &["read"])
        .expect("a permission");
    assert_eq!(app.get("/api/v1/data?name=/c/x").await.0, 200);
    assert_eq!(app.get("/api/v1/data?path=").await.1["credentials"][0]["name"], "/c/x");
    assert_eq!(app.set("/c/x", json!({"a": 2})).await.0, 403);
}

/// C3.
#[tokio::test]
async fn permissions_are_made_once_and_wildcards_cover() {
    let bench = Bench::runtime().await;
    let (broker, app) = (bench.caller("broker").await, bench.caller("app").await);
    broker.set("/c/svc/one/credentials", json!({"a": 1})).await;
    let wanted = json!({"path": "/c/svc/*", "actor": "uaa-client:app", "operations": ["write_acl", "read"]});
    let (status, made) = broker.call("POST", "/api/v2/permissions", wanted.clone()).await;
    let uuid = made["uuid"].as_str().expect("an id").to_owned();
    let expected = json!({
        "path": "/c/svc/*", "operations": ["read", "write_acl"], "actor": "uaa-client:app", "uuid": uuid,
    });
    assert_eq!((status, &made), (201, &expected));
    let text =
        "A permission entry for this actor and path already exists. Please use PUT to update the permission entry.";
    let again = broker.call("POST", "/api/v2/permissions", wanted).await;
    assert_eq!(again, (409, error(text)));

    let name = "/api/v1/data?name=/c/svc/one/credentials";
    assert_eq!(app.get(name).await.0, 200);
    let lookup = "/api/v2/permissions?actor=uaa-client:app&path=";
    assert_eq!(broker.get(&format!("{lookup}/c/svc/*")).await, (200, expected.clone()));
    let hidden = "The request could not be completed because the permission does not exist or you do not have sufficient authorization.";
    for path in ["/c/svc/one/credentials", "/c/*", "/d"] {
        let found = broker.get(&format!("{lookup}{path}")).await;
        assert_eq!(found, (404, error(hidden)), "a lookup is exact: {path}");
    }
    let by_id = format!("/api/v2/permissions/{uuid}");
    assert_eq!(broker.get(&by_id).await, (200, expected));
    assert_eq!(app.get(&by_id).await, (404, error(hidden)));

    let own = json!({"path": "/c/svc/*", "actor": "uaa-client:app", "operations": ["read", "write"]});
    let text =
        "Modification of access control for the authenticated user is not allowed. Please contact an administrator.";
    assert_eq!(app.call("PUT", &by_id, own.clone()).await, (400, error(text)));
    let (status, put) = broker.call("PUT", &by_id, own).await;
    assert_eq!((status, &put["operations"]), (200, &json!(["read", "write"])));
    let other = json!({"path": "/c/*", "actor": "uaa-client:app", "operations": ["read"]});
    let text = "The permission guid does not match the provided actor and path.";
    assert_eq!(broker.call("PUT", &by_id, other).await, (400, error(text)));
    let (status, patched) = broker.call("PATCH", &by_id, json!({"operations": ["delete"]})).await;
    assert_eq!((status, &patched["operations"]), (200, &json!(["delete"])));
    assert_eq!(app.get(name).await.0, 404);

    let (status, gone) = broker.delete(&by_id).await;
    assert_eq!((status, &gone["uuid"]), (200, &json!(uuid)));
    let text = "The request includes a permission that does not exist.";
    assert_eq!(broker.delete(&by_id).await, (404, error(text)));
    let left = ("/c/*".to_owned(), "uaa-client:broker".to_owned());
    let all: Vec<_> = bench
        .credhub
        .permissions()
        .into_iter()
        .map(|(path, who, _)| (path, who))
        .collect();
    assert_eq!(all, [left]);
}

#[tokio::test]
async fn a_permission_outlives_its_credential() {
    let bench = Bench::runtime().await;
    let broker = bench.caller("broker").await;
    broker.set("/c/x", json!({"a": 1})).await;
    let wanted = json!({"path": "/c/x", "actor": "mtls-app:1", "operations": ["read"]});
    assert_eq!(broker.call("POST", "/api/v2/permissions", wanted.clone()).await.0, 201);
    assert_eq!(broker.delete("/api/v1/data?name=/c/x").await.0, 204);
    assert!(bench.credhub.may("mtls-app:1", "/c/x", "read"));
    assert_eq!(broker.call("POST", "/api/v2/permissions", wanted).await.0, 409);
}

/// C4.
#[tokio::test]
async fn references_are_resolved_or_the_whole_fails() {
    let bench = Bench::runtime().await;
    let (broker, app) = (bench.caller("broker").await, bench.caller("app").await);
    broker
        .set("/c/b/credentials", json!({"host": "10.0.0.5", "port": 1.0}))
        .await;
    broker.set("/c/text", json!("x")).await;
    let document = |name: &str| {
        json!({"redis": [
            {"name": "cache", "credentials": {"credhub-ref": name}},
            {"name": "plain", "credentials": {"user": "u"}},
        ]})
    };
    let resolved = json!({"redis": [
        {"name": "cache", "credentials": {"host": "10.0.0.5", "port": 1.0}},
        {"name": "plain", "credentials": {"user": "u"}},
    ]});
    let path = "/api/v1/interpolate";
    for name in ["/c/b/credentials", "((/c/b/credentials))"] {
        let answer = broker.call("POST", path, document(name)).await;
        assert_eq!(answer, (200, resolved.clone()), "{name}");
    }
    let wrong = "The credential '/c/text' is not the expected type. A credhub-ref credential must be of type 'JSON'.";
    for (who, name, status, text) in [
        (&broker, "/c/text", 400, wrong),
        (&broker, "/c/none", 404, NO_ACCESS),
        (&app, "/c/b/credentials", 404, NO_ACCESS),
    ] {
        let answer = who.call("POST", path, document(name)).await;
        assert_eq!(answer, (status, error(text)), "{name}");
    }
}
