//! Bodies of PATCH that can't be used: 400, and nothing of the instance has changed.
use super::{
    bind_bodies::LIMIT_BYTES,
    binding::without,
    floor::{Floor, get, path},
    paths::odd,
    updates::{as_cloud_controller, body, patch, patch_with},
    wire::Request,
};
use chandler_tests::settings::LARGE;
use serde_json::{Value, json};

fn raw(id: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::new("PATCH", &format!("{}?accepts_incomplete=true", path(id))).bytes(body)
}

/// As it is accepted, as text.
fn good() -> String {
    as_cloud_controller(LARGE, json!({})).to_string()
}

/// The same with a member more: `text` is raw JSON.
fn good_and(member: &str, text: &str) -> String {
    format!("{{\"{member}\":{text},{}", &good()[1..])
}

pub(crate) async fn malformed_bodies(floor: &Floor) {
    let id = "updates-malformed";
    floor.provisioned(id, json!({})).await;
    let cut = &good()[..good().len() - 1];
    let open = "[".repeat(100_000);
    for text in [
        "",
        " ",
        "{",
        "[]",
        "1",
        "null",
        "\"text\"",
        "{} {}",
        "{a:1}",
        "{\"a\":1,}",
        "\u{feff}{}",
        "<xml/>",
        "{}",
        cut,
        &format!("{}x", good()),
        &format!("[{}]", good()),
        &good_and("parameters", "{}"),
        &good_and("plan_id", "\"x\""),
        &good_and("x", "01"),
        &good_and("x", &open),
    ] {
        let reply = floor.refuses(id, 400, raw(id, text)).await;
        assert!(reply.error().is_none(), "{reply:?}");
    }
    for bytes in [&b"\xff\xfe{\0}\0"[..], b"{\"a\":\"\xff\"}", b"\0"] {
        floor.refuses(id, 400, raw(id, bytes)).await;
    }
    let empty = Request::new("PATCH", &format!("{}?accepts_incomplete=true", path(id)));
    floor.refuses(id, 400, empty).await;
    for value in [None, Some(Value::Null), Some(json!(""))] {
        let mut body = without(&as_cloud_controller(LARGE, json!({})), "service_id");
        if let Some(value) = value {
            body["service_id"] = value;
        }
        for query in ["accepts_incomplete=true", ""] {
            let reply = floor.refuses(id, 400, patch_with(id, query, &body)).await;
            assert!(reply.description().contains("service_id"), "{reply:?}");
        }
    }
    let padded = |size: usize| format!("{}{}", " ".repeat(size - good().len()), good());
    floor.refuses(id, 413, raw(id, padded(LIMIT_BYTES + 1))).await;
    let endless = raw(id, "").set("Content-Length", "99999999999999");
    floor.refuses(id, 413, endless).await;
    floor.updated(id, raw(id, padded(LIMIT_BYTES))).await;
    floor.covers(&["UPD-4", "UPD-8", "ERR-10", "GEN-2", "HSE-5"]);
}

pub(crate) async fn members_of_wrong_types(floor: &Floor) {
    let id = "updates-wrong-types";
    floor.provisioned(id, json!({})).await;
    let texts = ["service_id", "plan_id"];
    let objects = ["context", "parameters", "maintenance_info", "previous_values"];
    let odd = [json!(1), json!(1.5), json!(true), json!([]), json!(["a"])];
    for member in texts.iter().chain(&objects) {
        let other = if texts.contains(member) {
            json!({"a": 1})
        } else {
            json!("a text")
        };
        for value in odd.iter().chain([&other]) {
            let mut body = as_cloud_controller(LARGE, json!({}));
            body[*member] = value.clone();
            let reply = floor.refuses(id, 400, raw(id, body.to_string())).await;
            assert!(reply.description().contains(member), "it says what is wrong: {reply:?}");
        }
    }
    for version in [json!(1), json!(null), json!([]), json!({}), json!(true), json!("")] {
        let body = body(&json!({"maintenance_info": {"version": version}}));
        floor.refuses(id, 400, raw(id, body.to_string())).await;
    }
    floor.covers(&["UPD-14", "UPD-8", "AMB-12"]);
}

/// Ids that aren't served, and others that are, however they are written.
pub(crate) async fn ids_are_ids(floor: &Floor) {
    for id in odd() {
        let reply = floor.expect(400, patch(&id, &json!({"plan_id": LARGE}))).await;
        assert!(!reply.description().is_empty(), "{id}");
        assert!(reply.header("X-Injected").is_none(), "{reply:?}");
    }
    for id in ["up...dated", "UP_dated", "last_operation-u"] {
        floor.provisioned(id, json!({})).await;
        let coded: String = id.bytes().map(|b| format!("%{b:02x}")).collect();
        floor.updated(id, patch(&coded, &json!({"plan_id": LARGE}))).await;
        assert_eq!(floor.expect(200, get(id)).await.body["plan_id"], LARGE);
        floor.deprovisioned(id).await;
    }
    floor.covers(&["HSE-7", "URL-1"]);
}
