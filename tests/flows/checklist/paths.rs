//! Ids in URLs, paths, methods, and what is hardly HTTP.
use super::{
    floor::{Floor, delete, get, path, poll, put},
    items::Endpoint,
    wire::{Request, basic, talk},
};
use chandler_simulators::bosh::TaskKind;
use serde_json::json;

/// Ids that aren't served, as they stand in the path.
pub(crate) fn odd() -> Vec<String> {
    let mut all: Vec<String> = [
        "a%2Fb",
        "%2F",
        "..%2Fcatalog",
        "%2e",
        "%2E%2e",
        ".",
        "..",
        "%2e%2e%2fcatalog",
        "a%5Cb",
        "%00",
        "a%00",
        "a%0Ab",
        "a%0d%0aX-Injected:%201",
        "a%0D%0A%0D%0Abody",
        "%",
        "%2",
        "%zz",
        "%ff%fe",
        "%C3%A4",
        "%F0%9F%98%80",
        "%C0%AE",
        "a%20b",
        "a+b",
        "a%2520b",
        "a%252Fb",
        "%2541bc",
        "%252e%252e",
        "*",
        "%3E",
        "a.*",
        "$KV.x",
        "a=2Eb",
        "a~b",
        "a:b",
        "a;b",
        "a,b",
        "a@b",
        "a&b",
        "(a)",
        "'a'",
        "a%22b",
        "a%7Bb%7D",
        "%24%28id%29",
        "%60id%60",
        "a%7Cb",
        "-%2F-",
        "a%3Fb",
        "a%23b",
    ]
    .map(str::to_owned)
    .into();
    all.extend([201, 10_000].map(|length| "x".repeat(length)));
    all
}

/// Refused with 400 by all endpoints that have an id, without an effect.
pub(crate) async fn odd_ids_are_refused(floor: &Floor) {
    for id in odd() {
        for request in [get(&id), put(&id, json!({})), delete(&id), poll(&id, None)] {
            let reply = floor.expect(400, request).await;
            assert!(!reply.description().is_empty(), "{id}");
            assert!(
                reply.header("X-Injected").is_none() && !reply.description().contains('\r'),
                "{reply:?}"
            );
        }
    }

    let built: Vec<_> = floor.world.director.deployments().into_iter().map(|d| d.name).collect();
    assert!(
        built
            .iter()
            .all(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))),
        "{built:?}"
    );
    floor.covers(&["LOP-2"]);
}

/// Decoded once, opaque, with their case: what one endpoint knows, all know.
pub(crate) async fn served_ids_are_the_same_everywhere(floor: &Floor) {
    let long = format!("{}.z", "l".repeat(198));
    for id in [
        long.as_str(),
        "...",
        "a..b",
        "-",
        "_",
        "last_operation",
        "catalog",
        "A.b_C-1",
    ] {
        floor.expect(404, get(id)).await;
        floor.expect(404, poll(id, None)).await;
        let operation = floor.accepted(put(id, json!({"task_seconds": 0}))).await;
        // Every byte may be percent-encoded, in any case.
        let coded: String = id.bytes().map(|b| format!("%{b:02x}")).collect();
        assert_eq!(
            floor.accepted(put(&coded, json!({"task_seconds": 0}))).await,
            operation,
            "{id}"
        );
        assert_eq!(floor.ended(&coded, &operation).await.body["state"], "succeeded", "{id}");
        assert_eq!(
            floor.expect(200, get(id)).await.body,
            floor
                .expect(200, get(&coded.to_uppercase().replace("%2D", "-")))
                .await
                .body
        );
        assert!(floor.is_deployed(id));
        let operation = floor.accepted(delete(&coded)).await;
        assert_eq!(floor.ended(id, &operation).await.status, 410, "{id}");
        floor.expect(410, delete(id)).await;
        assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), 1);
    }
    floor.accepted(put("Case", json!({}))).await;
    for other in ["case", "CASE", "Case.", "%43ase%2E"] {
        floor.expect(404, poll(other, None)).await;
        floor.is_unknown(&other.replace("%43", "C").replace("%2E", ".")).await;
    }
    floor.covers(&["HSE-7", "URL-1"]);
}

pub(crate) async fn unknown_paths_and_methods(floor: &Floor) {
    let unknown = [
        "/",
        "/v2",
        "/v2/",
        "/v2/nothing",
        "/v2/catalog/",
        "/v2/catalog/x",
        "/v3/catalog",
        "/V2/catalog",
        "//v2/catalog",
        "/v2//catalog",
        "/v2/service_instances",
        "/v2/service_instances/",
        "/v2/service_instances//last_operation",
        "/v2/service_instances/a/nothing",
        "/v2/service_instances/../catalog",
        "/v2/service_instances/%2e%2e/catalog",
        "/v2/service_instances/a/../../catalog",
        "/v2%2Fcatalog",
        "/v2/service_instances/a/last_operation/",
        "/metrics",
        "/healthz",
        "/index.html",
        "/v2/catalog.json",
    ];
    for target in unknown {
        for method in ["GET", "PUT", "DELETE", "POST"] {
            let reply = floor.expect(404, Request::new(method, target)).await;
            assert!(
                reply.body.is_object() && !reply.description().is_empty(),
                "{target}: {reply:?}"
            );
        }
    }
    for (target, served) in [
        ("/v2/catalog", &["GET", "HEAD"][..]),
        (
            "/v2/service_instances/no-method",
            &["GET", "HEAD", "PUT", "PATCH", "DELETE"][..],
        ),
        ("/v2/service_instances/no-method/last_operation", &["GET", "HEAD"][..]),
    ] {
        for method in [
            "GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "TRACE", "get", "PROPFIND",
        ] {
            let reply = floor.ask(Request::new(method, target)).await;
            if served.contains(&method) {
                assert!(
                    ![404, 405, 501].contains(&reply.status) || method != "PUT",
                    "{method} {target}: {reply:?}"
                );
                assert!(![405, 501].contains(&reply.status), "{method} {target}: {reply:?}");
            } else {
                assert!([404, 405].contains(&reply.status), "{method} {target}: {reply:?}");
                assert!(!reply.description().is_empty(), "{method} {target}: {reply:?}");
            }
            if reply.status == 405 {
                let allow: Vec<_> = reply.header("Allow").unwrap_or_default().split(", ").collect();
                assert!(
                    served.iter().all(|method| allow.contains(method)),
                    "{method} {target}: {allow:?}"
                );
            }
        }
    }
    floor.covers(&["HSE-3"]);
}

pub(crate) async fn head_is_get_without_a_body(floor: &Floor) {
    floor.provisioned("headed", json!({})).await;
    for at in [Endpoint::Catalog, Endpoint::Fetch, Endpoint::LastOperation] {
        for id in ["headed", "never-headed"] {
            let get = at.probe(id).0;
            let mut head = get.clone();
            "HEAD".clone_into(&mut head.method);
            let (got, headed) = (floor.ask(get).await, floor.ask(head).await);
            if headed.status != 405 {
                assert_eq!(
                    (headed.status, headed.header("Content-Length")),
                    (got.status, got.header("Content-Length")),
                    "{at:?} {id}"
                );
            }
            assert!(headed.bytes.is_empty(), "{at:?} {id}: {headed:?}");
        }
    }
    floor.covers(&["HSE-17"]);
}

/// What can't be read as a request: a 4xx, or the end of the connection; and the broker goes on.
pub(crate) async fn no_http_at_all(floor: &Floor) {
    let auth = basic("broker:secret");
    let good = format!(
        "GET /v2/catalog HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Broker-API-Version: 2.17\r\nAuthorization: {auth}\r\n"
    );
    let many: String = (0..500).map(|n| format!("X-Many-{n}: 1\r\n")).collect();
    let smuggled = "PUT /v2/service_instances/smuggled HTTP/1.1\r\n";
    let text = |text: String| text.into_bytes();
    let cases: [(&str, Vec<u8>); 16] = [
        ("empty lines", b"\r\n\r\n\r\n\r\n".to_vec()),
        ("a word", b"nonsense\r\n\r\n".to_vec()),
        ("no path", b"GET\r\n\r\n".to_vec()),
        ("no version of HTTP", b"GET /v2/catalog\r\n\r\n".to_vec()),
        ("another version of HTTP", b"GET /v2/catalog HTTP/9.9\r\n\r\n".to_vec()),
        (
            "a space in the path",
            b"GET /v2/cata log HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        ),
        (
            "raw UTF-8 in the path",
            b"GET /v2/service_instances/\xc3\xa4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
        ),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("zeros", vec![0; 1000]),
        (
            "a long path",
            text(format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000))),
        ),
        (
            "a long header",
            text(format!("{good}X-Long: {}\r\n\r\n", "x".repeat(100_000))),
        ),
        ("many headers", text(format!("{good}{many}\r\n"))),
        ("a header without a value", text(format!("{good}X-Broken\r\n\r\n"))),
        ("a zero in a header's name", text(format!("{good}X\0Y: 1\r\n\r\n"))),
        (
            "two lengths",
            text(format!("{good}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello")),
        ),
        (
            "chunks and a length",
            text(format!(
                "{good}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n{smuggled}\r\n"
            )),
        ),
    ];
    for (what, bytes) in cases {
        let reply = talk(&floor.address, &bytes, true).await;
        // RFC 9112 lets a server read by the chunks and end the connection; GET of the catalog reads no body.
        let harmless = what == "chunks and a length";
        let status = reply.as_ref().map(|reply| reply.status);
        assert!(
            status.is_none_or(|s| (400..500).contains(&s) || harmless && s == 200),
            "{what}: {reply:?}"
        );
        floor.expect(200, Request::new("GET", "/v2/catalog")).await;
    }
    floor.is_unknown("smuggled").await;
    let bare = Request::new("GET", &path("bare")).without("Host");
    let status = floor.ask(bare).await.status;
    assert!([400, 404].contains(&status), "without Host: {status}");
    floor.covers(&["HSE-6"]);
}

/// A platform that has said everything and closes its side still waits for the answer.
pub(crate) async fn who_hangs_up_is_answered(floor: &Floor) {
    for at in Endpoint::ALL {
        let (request, served) = at.probe("hung-up");
        let reply = talk(&floor.address, &request.wire(), true).await;
        let status = reply.map(|reply| reply.status);
        assert_eq!(status, Some(served), "{at:?}: a request, then a closed sending side");
    }
    floor.covers(&["HSE-6"]);
}
