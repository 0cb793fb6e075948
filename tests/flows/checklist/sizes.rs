//! Bodies that are too deep, too large, too slow, or not what their length says.
use super::{
    binding,
    bodies::{good, good_and, raw, refused},
    floor::Floor,
    wire::{Request, talk},
};
use chandler_tests::platform::Platform;
use serde_json::json;
use std::time::{Duration, Instant};

const LIMIT_BYTES: usize = 256 * 1024;

pub(crate) async fn nested_without_end(floor: &Floor) {
    let open = "[".repeat(100_000);
    let closed = format!("{open}{}", "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(20_000), "}".repeat(20_000));
    for body in [
        open.clone(),
        "{\"a\":".repeat(40_000),
        good_and("x", &open),
        good_and("x", &"{\"a\":".repeat(20_000)),
    ] {
        refused(floor, "nested", 400, raw("nested", body)).await;
    }
    for member in ["parameters", "context", "maintenance_info"] {
        for deep in [&format!("{{\"a\":{closed}}}"), &objects] {
            let body = format!(
                "{{\"service_id\":\"x\",\"plan_id\":\"y\",\"organization_guid\":\"o\",\"space_guid\":\"s\",\"{member}\":{deep}}}"
            );
            refused(floor, "nested", 400, raw("nested", body)).await;
            let mut body = Platform::body(json!({}));
            body.as_object_mut().unwrap().remove(member);
            let body = format!("{{\"{member}\":{deep},{}", &body.to_string()[1..]);
            refused(floor, "nested", 400, raw("nested", body)).await;
        }
    }
    for deep in [&closed, &objects] {
        let reply = floor.ask(raw("nested-unknown", good_and("x", deep))).await;
        assert!([202, 400].contains(&reply.status), "ignored or refused: {reply:?}");
    }
    floor.covers(&["HSE-5"]);
}

pub(crate) async fn too_large(floor: &Floor) {
    let id = "large";
    let padded = |size: usize| {
        let good = good();
        format!("{}{good}", " ".repeat(size - good.len()))
    };
    for body in [
        padded(LIMIT_BYTES + 1),
        padded(4 * LIMIT_BYTES),
        "[".repeat(LIMIT_BYTES + 1),
    ] {
        let reply = floor.expect(413, raw(id, body)).await;
        assert!(!reply.description().is_empty());
    }
    floor.is_unknown(id).await;
    // At once, without waiting for what was announced.
    let endless = raw(id, "").set("Content-Length", "99999999999999");
    let began = Instant::now();
    refused(floor, id, 413, endless).await;
    let mut chunked = raw(id, "")
        .without("Content-Length")
        .with("Transfer-Encoding", "chunked");
    chunked.body = format!("{:x}\r\n{}\r\n", LIMIT_BYTES + 10, " ".repeat(LIMIT_BYTES + 10)).into_bytes();
    refused(floor, id, 413, chunked).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // What is just small enough is served, whole or in chunks.
    let operation = floor.accepted(raw("just-small-enough", padded(LIMIT_BYTES))).await;
    let mut chunked = raw("just-small-enough", "")
        .without("Content-Length")
        .with("Transfer-Encoding", "chunked");
    let chunks = good()
        .bytes()
        .map(|b| format!("1\r\n{}\r\n", char::from(b)))
        .collect::<String>();
    chunked.body = format!("{chunks}0\r\n\r\n").into_bytes();
    assert_eq!(floor.accepted(chunked).await, operation);
    floor.covers(&["HSE-5"]);
}

pub(crate) async fn lies_about_the_length(floor: &Floor) {
    let id = "liar";
    // Less than there is: what counts is what was said.
    refused(floor, id, 400, raw(id, good()).set("Content-Length", "10")).await;
    for length in ["-1", "x", "0x10", "1e3", "99999999999999999999999999"] {
        let reply = talk(
            &floor.address,
            &raw(id, good()).set("Content-Length", length).wire(),
            true,
        )
        .await;
        assert!(
            reply.as_ref().is_none_or(|reply| (400..500).contains(&reply.status)),
            "{length}: {reply:?}"
        );
    }
    // More than comes: the platform has hung up.
    let more = (good().len() + 10).to_string();
    let reply = talk(
        &floor.address,
        &raw(id, good()).set("Content-Length", &more).wire(),
        true,
    )
    .await;
    assert!(
        reply.as_ref().is_none_or(|reply| (400..500).contains(&reply.status)),
        "{reply:?}"
    );
    let mut cut = raw(id, "")
        .without("Content-Length")
        .with("Transfer-Encoding", "chunked");
    for body in [
        format!("{:x}\r\n{}", good().len() + 5, good()),
        format!("{:x}\r\n{}\r\n", good().len(), good()),
        "zz\r\n{}\r\n0\r\n\r\n".to_owned(),
    ] {
        cut.body = body.into_bytes();
        let reply = talk(&floor.address, &cut.wire(), true).await;
        assert!(
            reply.as_ref().is_none_or(|reply| (400..500).contains(&reply.status)),
            "{reply:?}"
        );
    }
    floor.is_unknown(id).await;
    floor.covers(&["HSE-6"]);
}

/// A body that is refused unread must not be taken for the next request on its connection.
pub(crate) async fn bodies_are_no_requests(floor: &Floor) {
    let id = "smuggled-in-a-body";
    let inner = raw(id, good()).wire();
    let outer = |padding: usize| {
        let put = raw("carrier", [inner.clone(), vec![b' '; padding]].concat()).without("Connection");
        [
            put.clone(),
            put.clone().without("Authorization"),
            put.set("X-Broker-API-Version", "3.0"),
        ]
    };
    let carrier = || raw("carrier", inner.clone()).without("Connection");
    let unread = [outer(0), outer(LIMIT_BYTES)].concat().into_iter().chain([
        Request {
            method: "POST".into(),
            ..carrier()
        },
        Request {
            target: "/v2/nothing".into(),
            ..carrier()
        },
        Request {
            method: "GET".into(),
            ..carrier()
        },
    ]);
    // The next one on the connection ends it, if the refusal hasn't.
    let last = Request::new("GET", "/v2/catalog").wire();
    for request in unread {
        let reply = talk(&floor.address, &[request.wire(), last.clone()].concat(), false).await;
        assert!(
            reply.as_ref().is_some_and(|reply| (400..500).contains(&reply.status)),
            "{} {}: {reply:?}",
            request.method,
            request.target
        );
    }
    floor.is_unknown(id).await;
    floor.covers(&["HSE-6"]);
}

/// What is announced and doesn't come is waited for a while, not longer.
pub(crate) async fn too_slow(floor: &Floor) {
    let slow = raw("slow", "{").set("Content-Length", "10");
    let mut chunked = raw("slow", "")
        .without("Content-Length")
        .with("Transfer-Encoding", "chunked");
    chunked.body = b"1\r\n{\r\n".to_vec();
    let of_binding = binding::bind("slow", "b", json!({}))
        .bytes("{")
        .set("Content-Length", "10");
    let (announced, chunked, of_binding) = tokio::join!(
        refused(floor, "slow", 408, slow),
        refused(floor, "slow", 408, chunked),
        floor.expect(408, of_binding)
    );
    assert_eq!((&announced.body, &announced.body), (&chunked.body, &of_binding.body));
    floor.covers(&["HSE-5"]);
}
