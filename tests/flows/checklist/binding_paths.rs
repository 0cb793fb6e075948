//! Ids, paths and methods of the calls on bindings.
use super::{
    bind::without_parameters,
    binding::{POLLS, bind, bind_now, bind_with, fetch, path, poll, unbind, unbind_now},
    floor::Floor,
    paths::odd,
    wire::Request,
};
use chandler_tests::platform::Platform;
use serde_json::json;

/// Refused with 400 in both places, without an effect.
pub(crate) async fn odd_ids_are_refused(floor: &Floor) {
    let i = "has-odd-bindings";
    floor.provisioned(i, json!({})).await;
    for odd in odd() {
        for (i, b) in [(i, odd.as_str()), (odd.as_str(), "b"), (odd.as_str(), odd.as_str())] {
            let calls = [
                fetch(i, b),
                bind(i, b, json!({})),
                bind_now(i, b, json!({})),
                unbind(i, b),
                unbind_now(i, b),
                poll(i, b, None),
            ];
            for request in calls {
                let reply = floor.expect(400, request).await;
                assert!(!reply.description().is_empty(), "{odd}");
                assert!(
                    reply.header("X-Injected").is_none() && !reply.description().contains('\r'),
                    "{reply:?}"
                );
            }
        }
    }
    assert!(floor.world.users(i).is_empty(), "{:?}", floor.world.users(i));
    floor.covers(&["URL-1", "LOP-2"]);
}

/// Decoded once, opaque, with their case: what one call knows, all know.
pub(crate) async fn served_ids_are_the_same_everywhere(floor: &Floor) {
    let i = format!("{}.i", "l".repeat(198));
    floor.provisioned(&i, json!({"task_seconds": 0})).await;
    let coded_i: String = i.bytes().map(|b| format!("%{b:02x}")).collect();
    let long = format!("{}.z", "b".repeat(198));
    for b in [
        long.as_str(),
        "...",
        "a..b",
        "-",
        "_",
        "last_operation",
        "service_bindings",
        "A.b_C-1",
        &i,
    ] {
        floor.expect(404, fetch(&i, b)).await;
        let operation = floor.accepted(bind(&i, b, json!({}))).await;
        let coded: String = b.bytes().map(|b| format!("%{b:02x}")).collect();
        let again = floor.ask(bind(&coded_i, &coded, json!({}))).await;
        assert!(
            again.status == 200 || again.body["operation"] == operation.as_str(),
            "{b}: {again:?}"
        );
        assert_eq!(
            floor.binding_ended(&coded_i, &coded, &operation).await.body["state"],
            "succeeded",
            "{b}"
        );
        let made = floor.expect(200, fetch(&i, b)).await.body;
        let upper = coded.to_uppercase().replace("%2D", "-");
        assert_eq!(floor.expect(200, fetch(&i, &upper)).await.body, made);
        floor.credentials(&i, b, &made);
        let operation = floor.accepted(unbind(&i, &coded)).await;
        assert_eq!(floor.binding_ended(&i, b, &operation).await.status, 410, "{b}");
        floor.expect(410, unbind_now(&i, b)).await;
        floor.has_no_remains(&i, b);
    }
    let made = floor.expect(201, bind_now(&i, "Case", json!({}))).await.body;
    for other in ["case", "CASE", "Case.", "%43ase%2E"] {
        floor.expect(404, poll(&i, other, None)).await;
        floor.expect(404, fetch(&i, other)).await;
        floor
            .is_unbound(&i, &other.replace("%43", "C").replace("%2E", "."))
            .await;
    }
    floor.credentials(&i, "Case", &made);
    // An encoded `true` is `true`.
    let query = "accepts%5Fincomplete=%74rue";
    floor
        .accepted(bind_with(&i, "coded-query", query, &Platform::bind_body(json!({}))))
        .await;
    floor.covers(&["HSE-7", "URL-1"]);
}

pub(crate) async fn unknown_paths_and_methods(floor: &Floor) {
    let base = "/v2/service_instances";
    let unknown = [
        "/a/service_bindings",
        "/a/service_bindings/",
        "/a/service_bindings//last_operation",
        "//service_bindings/b",
        "/a/service_bindings/b/",
        "/a/service_bindings/b/nothing",
        "/a/service_bindings/b/last_operation/",
        "/a/service_bindings/b/parameters",
        "/a/service_bindings/../last_operation",
        "/a/Service_Bindings/b",
        "/a/service_bindings%2Fb",
        "/a/service_bindings/b/service_bindings/c",
        "/a/service_bindings/b%2Flast_operation/x",
    ];
    for target in unknown.map(|path| format!("{base}{path}")) {
        for method in ["GET", "PUT", "DELETE", "POST"] {
            let reply = floor.ask(Request::new(method, &target)).await;
            // `..` is a binding's id that isn't served.
            let wanted = if target.contains("/../") {
                [400, 404, 405].as_slice()
            } else {
                &[404]
            };
            assert!(wanted.contains(&reply.status), "{method} {target}: {reply:?}");
            assert!(
                reply.body.is_object() && !reply.description().is_empty(),
                "{target}: {reply:?}"
            );
        }
    }
    let b = path("no-method", "b");
    for (target, served) in [
        (b.clone(), &["GET", "HEAD", "PUT", "DELETE"][..]),
        (format!("{b}/last_operation"), &["GET", "HEAD"][..]),
    ] {
        for method in [
            "GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "TRACE", "get", "PROPFIND",
        ] {
            let reply = floor.ask(Request::new(method, &target)).await;
            if served.contains(&method) {
                assert!([400, 404].contains(&reply.status), "{method} {target}: {reply:?}");
                continue;
            }
            assert!(
                reply.status == 405 && !reply.description().is_empty(),
                "{method} {target}: {reply:?}"
            );
            let allow: Vec<_> = reply.header("Allow").unwrap_or_default().split(", ").collect();
            assert_eq!(allow, served, "{method} {target}");
        }
    }
    floor.is_unbound("no-method", "b").await;
    floor.covers(&["HSE-3"]);
}

pub(crate) async fn head_is_get_without_a_body(floor: &Floor) {
    let i = "headed-bindings";
    floor.provisioned(i, json!({})).await;
    let made = floor.bound(i, "there", bind(i, "there", json!({}))).await;
    floor.credentials(i, "there", &made);
    for b in ["there", "never"] {
        for get in [fetch(i, b), poll(i, b, None)] {
            let head = Request {
                method: "HEAD".into(),
                ..get.clone()
            };
            let (got, headed) = (floor.ask(get).await, floor.ask(head).await);
            assert_eq!(
                (headed.status, headed.header("Content-Length")),
                (got.status, got.header("Content-Length")),
                "{b}"
            );
            assert!(headed.bytes.is_empty() && !got.bytes.is_empty(), "{b}: {headed:?}");
        }
    }
    // It reads, and changes nothing.
    let fetched = floor.expect(200, fetch(i, "there")).await.body;
    assert_eq!(without_parameters(&fetched), without_parameters(&made));
    floor.covers(&["HSE-17"]);
}

/// Whom nobody lets in learns nothing of bindings, and the body isn't looked at.
pub(crate) async fn who_is_not_let_in(floor: &Floor) {
    let i = "bindings-not-for-you";
    floor.provisioned(i, json!({})).await;
    floor.expect(201, bind_now(i, "there", json!({}))).await;
    let mut said = None;
    for b in ["there", "nowhere", "a%2Fb"] {
        let calls = [
            fetch(i, b),
            poll(i, b, None),
            bind(i, b, json!({})),
            bind_now(i, b, json!({"adapter_exit_code": 1})),
            bind_with(i, b, POLLS, &json!([1])),
            bind(i, b, json!({})).bytes("{"),
            bind(i, b, json!({})).bytes("x".repeat(300_000)),
            unbind(i, b),
            unbind_now(i, b),
        ];
        for request in calls {
            let reply = floor.expect(401, request.without("Authorization")).await;
            let known = said.get_or_insert_with(|| reply.body.clone());
            assert_eq!(*known, reply.body);
        }
    }
    floor.credentials(i, "there", &floor.expect(200, fetch(i, "there")).await.body);
    floor.is_unbound(i, "nowhere").await;
    floor.covers(&["GEN-1"]);
}
