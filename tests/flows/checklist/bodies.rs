//! Bodies of PUT that can't be used: 400, and nothing has happened.
use super::{
    floor::{Floor, get, path, poll, put, put_with},
    wire::{Reply, Request},
};
use chandler_tests::platform::Platform;
use serde_json::{Value, json};

pub(crate) fn raw(id: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::new("PUT", &format!("{}?accepts_incomplete=true", path(id))).bytes(body)
}

/// As it is accepted, as text.
pub(crate) fn good() -> String {
    Platform::body(json!({})).to_string()
}

/// The same with a member more: `text` is raw JSON.
pub(crate) fn good_and(member: &str, text: &str) -> String {
    let good = good();
    format!("{{\"{member}\":{text},{}", &good[1..])
}

/// Refused; says so; left nothing behind.
pub(crate) async fn refused(floor: &Floor, id: &str, status: u16, request: Request) -> Reply {
    let reply = floor.expect(status, request).await;
    assert!(!reply.description().is_empty(), "{reply:?}");
    assert!(reply.error().is_none(), "{reply:?}");
    floor.is_unknown(id).await;
    reply
}

pub(crate) async fn malformed_bodies(floor: &Floor) {
    let id = "malformed";
    let cut = &good()[..good().len() - 1];
    let texts = [
        "",
        " ",
        "\n",
        "{",
        "}",
        "{}x",
        "{} {}",
        "[]",
        "[{}]",
        "\"text\"",
        "1",
        "true",
        "null",
        "NaN",
        "{a:1}",
        "{'a':1}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "// comment\n{}",
        "undefined",
        "\u{feff}{}",
        "<xml/>",
        "service_id=1&plan_id=2",
        "{}",
        cut,
        &format!("{}x", good()),
        &format!("[{}]", good()),
        &json!(good()).to_string(),
        &good_and("parameters", "{}"),
        &good_and("plan_id", "\"x\""),
        &good_and("service_id", "1"),
        &good_and("x", "01"),
        &good_and("x", "+1"),
        &good_and("x", "\"\t\""),
        &good_and("x", "\"\\x\""),
        &good_and("x", "tru"),
    ];
    for text in texts {
        refused(floor, id, 400, raw(id, text)).await;
    }
    for bytes in [
        &b"\xff\xfe{\0}\0"[..],
        b"{\"a\":\"\xff\"}",
        b"\xc3",
        b"\0",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    ] {
        refused(floor, id, 400, raw(id, bytes)).await;
    }
    let broken = good_and("x", "\"?\"")
        .into_bytes()
        .into_iter()
        .map(|b| if b == b'?' { 0xff } else { b })
        .collect::<Vec<_>>();
    refused(floor, id, 400, raw(id, broken)).await;
    refused(
        floor,
        id,
        400,
        Request::new("PUT", &format!("{}?accepts_incomplete=true", path(id))),
    )
    .await;
    for odd in [
        r#""\ud800""#,
        r#"{"\udfff":1}"#,
        "1e999999",
        "-0",
        "1E400",
        &"9".repeat(10_000),
        r#""\u0000""#,
        "[[],{}]",
    ] {
        // JSON by its grammar; a broker may refuse what it can't hold, and has to survive.
        for body in [
            good_and("x", odd),
            Platform::body(json!({"password": "?"}))
                .to_string()
                .replace("\"?\"", odd),
        ] {
            let status = floor.ask(raw("odd-values", body.clone())).await.status;
            assert!(
                [202, 400, 409].contains(&status),
                "{status}: {}",
                &body[..body.len().min(300)]
            );
        }
    }
    for member in ["service_id", "plan_id", "organization_guid", "space_guid"] {
        for value in [None, Some(Value::Null), Some(json!(""))] {
            let mut body = Platform::body(json!({}));
            body.as_object_mut().unwrap().remove(member);
            if let Some(value) = value {
                body[member] = value;
            }
            let reply = refused(floor, id, 400, raw(id, body.to_string())).await;
            assert!(
                reply.description().contains(member),
                "it says what is missing: {reply:?}"
            );
        }
    }
    floor.expect(404, get(id)).await;
    floor.expect(404, poll(id, None)).await;
    floor.covers(&["PRV-6", "ERR-10", "AMB-12", "GEN-2"]);
}

pub(crate) async fn members_of_wrong_types(floor: &Floor) {
    let id = "wrong-types";
    let (texts, object) = (
        ["service_id", "plan_id", "organization_guid", "space_guid"],
        ["context", "parameters", "maintenance_info"],
    );
    let odd = [json!(1), json!(1.5), json!(true), json!([]), json!(["a"])];
    for member in texts.iter().chain(&object) {
        let other = if texts.contains(member) {
            json!({"a": 1})
        } else {
            json!("a text")
        };
        for value in odd.iter().chain([&other]) {
            let mut body = Platform::body(json!({}));
            body[*member] = value.clone();
            let reply = refused(floor, id, 400, raw(id, body.to_string())).await;
            assert!(reply.description().contains(member), "it says what is wrong: {reply:?}");
        }
    }
    for version in [json!(1), json!(null), json!([]), json!({}), json!(true), json!("")] {
        let mut body = Platform::body(json!({}));
        body["maintenance_info"] = json!({"version": version});
        refused(floor, id, 400, raw(id, body.to_string())).await;
    }
    let mut body = Platform::body(json!({}));
    body["maintenance_info"] = json!({});
    let reply = floor.ask(raw(id, body.to_string())).await;
    assert!(
        [400, 422].contains(&reply.status),
        "maintenance info without a version: {reply:?}"
    );
    floor.is_unknown(id).await;
    floor.covers(&["AMB-12", "PRV-8"]);
}

/// At any depth, of any kind: the request is what it is without them.
pub(crate) async fn unknown_members(floor: &Floor) {
    let id = "unknown-members";
    let operation = floor.accepted(put(id, json!({}))).await;
    let mut body = Platform::body(json!({}));
    body["maintenance_info"] = json!({"version": "1.0.0", "description": 7, "more": [{"a": null}]});
    body["context"] =
        json!({"platform": "cloudfoundry", "new": {"a": [{"b": {"c": null}}]}, "instance_annotations": {"a": "b"}});
    for (name, value) in [
        ("x_new", json!({"a": [1, {"b": null}]})),
        ("previous_values", json!(1)),
        ("accepts_incomplete", json!(false)),
        ("", json!("")),
        ("state", json!("failed")),
        ("operation", json!([])),
    ] {
        body[name] = value;
    }
    assert_eq!(
        floor.accepted(put_with(id, "accepts_incomplete=true", &body)).await,
        operation
    );
    // And in queries.
    let query = "accepts_incomplete=true&x=1&x=2&&=&accepts=no&service_id=other&%ff=%ff&force=true&operation=x";
    assert_eq!(floor.accepted(put_with(id, query, &body)).await, operation);
    floor.covers(&["GEN-5"]);
}

pub(crate) async fn content_types(floor: &Floor) {
    let id = "content-types";
    let operation = floor.accepted(raw(id, good())).await;
    for served in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=UTF-8",
    ] {
        assert_eq!(
            floor.accepted(raw(id, good()).set("Content-Type", served)).await,
            operation
        );
    }
    for other in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "",
        "nonsense",
    ] {
        let reply = floor.ask(raw(id, good()).set("Content-Type", other)).await;
        assert!([202, 400].contains(&reply.status), "{other}: {reply:?}");
    }
    let reply = floor.ask(raw(id, good()).without("Content-Type")).await;
    assert!([202, 400].contains(&reply.status), "{reply:?}");
    let reply = floor
        .ask(raw("content-coded", good()).with("Content-Encoding", "gzip"))
        .await;
    assert!([202, 400].contains(&reply.status), "{reply:?}");
    assert_eq!(
        floor.accepted(raw(id, good()).with("Expect", "100-continue")).await,
        operation
    );
    floor.covers(&["CTY-3"]);
}
