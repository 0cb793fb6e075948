//! Bodies of PUT of a binding that can't be used, and requests that don't fit what is there.
use super::{
    bind::code,
    binding::{POLLS, bind, bind_now, bind_with, fetch, path, poll, unbind, without},
    bodies,
    catalog_rules::{offerings, plans},
    floor::{Floor, delete, put, put_with},
    wire::{Reply, Request},
};
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SERVICE, SMALL},
};
use serde_json::{Value, json};

pub(crate) const LIMIT_BYTES: usize = 256 * 1024;

fn raw(i: &str, b: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::new("PUT", &format!("{}?{POLLS}", path(i, b))).bytes(body)
}
fn good() -> String {
    Platform::bind_body(json!({})).to_string()
}
fn good_and(member: &str, text: &str) -> String {
    format!("{{\"{member}\":{text},{}", &good()[1..])
}

/// Refused, with a text, and without any code or trace.
async fn refused(floor: &Floor, i: &str, status: u16, request: Request) -> Reply {
    let reply = floor.expect(status, request).await;
    assert!(!reply.description().is_empty() && reply.error().is_none(), "{reply:?}");
    floor.is_unbound(i, "refused").await;
    reply
}

pub(crate) async fn malformed_bodies(floor: &Floor) {
    let (i, b) = ("binds-nonsense", "refused");
    floor.provisioned(i, json!({})).await;
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
        &good_and("bind_resource", "{}"),
        &good_and("x", "01"),
        &good_and("x", &open),
    ] {
        refused(floor, i, 400, raw(i, b, text)).await;
    }
    for bytes in [&b"\xff\xfe{\0}\0"[..], b"{\"a\":\"\xff\"}", b"\0"] {
        refused(floor, i, 400, raw(i, b, bytes)).await;
    }
    refused(floor, i, 400, Request::new("PUT", &path(i, b))).await;
    for member in ["service_id", "plan_id"] {
        for value in [None, Some(Value::Null), Some(json!(""))] {
            let mut body = without(&Platform::bind_body(json!({})), member);
            if let Some(value) = value {
                body[member] = value;
            }
            for query in [POLLS, ""] {
                let reply = refused(floor, i, 400, bind_with(i, b, query, &body)).await;
                assert!(
                    reply.description().contains(member),
                    "it says what is missing: {reply:?}"
                );
            }
        }
    }
    let padded = |size: usize| format!("{}{}", " ".repeat(size - good().len()), good());
    refused(floor, i, 413, raw(i, b, padded(LIMIT_BYTES + 1))).await;
    refused(floor, i, 413, raw(i, b, "").set("Content-Length", "99999999999999")).await;
    let made = floor
        .bound(i, "just-small-enough", raw(i, "just-small-enough", padded(LIMIT_BYTES)))
        .await;
    floor.credentials(i, "just-small-enough", &made);
    floor.expect(404, fetch(i, b)).await;
    floor.expect(404, poll(i, b, None)).await;
    floor.covers(&["BND-5", "ERR-10", "GEN-2", "HSE-5"]);
}

pub(crate) async fn members_of_wrong_types(floor: &Floor) {
    let (i, b) = ("binds-wrong-types", "refused");
    floor.provisioned(i, json!({})).await;
    let texts = ["service_id", "plan_id", "app_guid", "predecessor_binding_id"];
    let objects = ["context", "parameters", "bind_resource"];
    for member in texts.iter().chain(&objects) {
        let other = if texts.contains(member) {
            json!({"a": 1})
        } else {
            json!("a text")
        };
        for value in [json!(1), json!(true), json!(["a"]), other] {
            let mut body = Platform::bind_body(json!({}));
            body[*member] = value;
            let reply = refused(floor, i, 400, bind_with(i, b, POLLS, &body)).await;
            assert!(reply.description().contains(member), "it says what is wrong: {reply:?}");
        }
    }
    for member in ["app_guid", "space_guid", "route", "credential_client_id"] {
        let mut body = Platform::bind_body(json!({}));
        body["bind_resource"][member] = json!([1]);
        refused(floor, i, 400, bind_with(i, b, POLLS, &body)).await;
    }
    // What only the service can judge fails the operation, in its words; nothing is left.
    for (n, parameters) in [json!({"unheard_of": 1}), json!({"note": {"not": "a text"}})]
        .into_iter()
        .enumerate()
    {
        let b = format!("judged-{n}");
        let operation = floor.accepted(bind(i, &b, parameters.clone())).await;
        let ended = floor.binding_ended(i, &b, &operation).await;
        assert_eq!(ended.body["state"], "failed", "{ended:?}");
        let word = parameters.as_object().unwrap().keys().next().unwrap().clone();
        assert!(ended.description().contains(&word), "{ended:?}");
        floor.expect(404, fetch(i, &b)).await;
        floor.has_no_remains(i, &b);
        // The same again begins again, and fails for whom waits, too; a different one needs a DELETE before.
        let reply = floor.expect(500, bind_now(i, &b, parameters.clone())).await;
        assert!(
            reply.description().contains(&word) && reply.error().is_none(),
            "{reply:?}"
        );
        floor.expect(409, bind(i, &b, json!({}))).await;
        floor.unbound(i, &b).await;
    }
    floor.covers(&["BND-20"]);
}

pub(crate) async fn what_does_not_fit_the_instance(floor: &Floor) {
    let (i, b) = ("binds-another", "refused");
    floor.provisioned(i, json!({})).await;
    for (service, plan) in [
        ("other", SMALL),
        (SERVICE, "other"),
        (SERVICE, LARGE),
        (SERVICE, SERVICE),
        (SMALL, SMALL),
        (" ", SMALL),
        (SERVICE, "small"),
    ] {
        let mut body = Platform::bind_body(json!({}));
        body["service_id"] = json!(service);
        body["plan_id"] = json!(plan);
        for query in [POLLS, ""] {
            refused(floor, i, 400, bind_with(i, b, query, &body)).await;
        }
    }
    // A binding of no instance: not 410, for which Cloud Controller would clean up.
    for query in [POLLS, ""] {
        let nowhere = "nothing-to-bind";
        let reply = floor
            .expect(404, bind_with(nowhere, b, query, &Platform::bind_body(json!({}))))
            .await;
        assert!(!reply.description().is_empty());
        floor.is_unbound(nowhere, b).await;
        floor.is_unknown(nowhere).await;
    }
    // Of one that is being made, that failed, that is being deleted, that is gone.
    let young = "binds-too-early";
    let operation = floor.accepted(put(young, json!({"task_seconds": 3}))).await;
    for request in [bind(young, b, json!({})), bind_now(young, b, json!({}))] {
        assert_eq!(code(&floor.ask(request).await), "ConcurrencyError");
        floor.is_unbound(young, b).await;
    }
    assert_eq!(floor.ended(young, &operation).await.body["state"], "succeeded");
    let kept = floor.bound(young, "kept", bind(young, "kept", json!({}))).await;
    floor.credentials(young, "kept", &kept);
    let operation = floor.accepted(delete(young)).await;
    for request in [bind(young, b, json!({})), bind_now(young, b, json!({}))] {
        let reply = floor.ask(request).await;
        assert!(reply.status == 404 || code(&reply) == "ConcurrencyError", "{reply:?}");
        floor.is_unbound(young, b).await;
    }
    floor.covers(&["BND-8", "ERR-7", "BLK-2"]);
    assert_eq!(floor.ended(young, &operation).await.status, 410);
    floor.has_no_remains(young, "kept");
    floor.expect(404, fetch(young, "kept")).await;
    floor.expect(410, unbind(young, "kept")).await;
    refused(floor, young, 404, bind(young, b, json!({}))).await;
    let failed = "binds-what-failed";
    let operation = floor
        .accepted(put(failed, json!({"fail_at_stage": "Updating instance"})))
        .await;
    assert_eq!(floor.ended(failed, &operation).await.body["state"], "failed");
    let reply = floor.ask(bind(failed, b, json!({}))).await;
    assert!((400..500).contains(&reply.status) && reply.status != 410, "{reply:?}");
    floor.is_unbound(failed, b).await;
}

/// What a plan says of itself wins over what its offering says, in both directions on the two floors.
pub(crate) async fn plans_say_whether_they_can_be_bound(floor: &Floor) {
    let catalog = floor.expect(200, Request::new("GET", "/v2/catalog")).await.body;
    let offering = offerings(&catalog).next().unwrap();
    assert_eq!(offering["bindings_retrievable"], true);
    let mut seen = vec![];
    for (n, plan) in plans(&catalog).enumerate() {
        let bindable = plan["bindable"].as_bool().or(offering["bindable"].as_bool()).unwrap();
        let i = format!("bindable-{n}");
        let mut body = Platform::body(json!({}));
        body["plan_id"] = plan["id"].clone();
        let operation = floor.accepted(put_with(&i, POLLS, &body)).await;
        assert_eq!(floor.ended(&i, &operation).await.body["state"], "succeeded");
        let mut body = Platform::bind_body(json!({}));
        body["plan_id"] = plan["id"].clone();
        assert_eq!(plan["binding_rotatable"] == true, bindable, "{plan}");
        if bindable {
            let made = floor.bound(&i, "b", bind_with(&i, "b", POLLS, &body)).await;
            floor.credentials(&i, "b", &made);
        } else {
            for query in [POLLS, ""] {
                floor.expect(400, bind_with(&i, "b", query, &body)).await;
            }
            floor.is_unbound(&i, "b").await;
        }
        seen.push(bindable);
    }
    assert_eq!(seen[..2], [true, false]);
    assert_eq!(offering["bindable"] == true, !floor.is_secure(), "one floor each");
    floor.covers(&["CAT-11", "CAT-13", "GSB-1"]);
}

/// A body of a provision is none of a bind, and the other way round.
pub(crate) async fn bodies_of_other_calls(floor: &Floor) {
    let i = "other-bodies";
    floor.provisioned(i, json!({})).await;
    let reply = floor.expect(400, bodies::raw("bind-body-to-provision", good())).await;
    assert!(reply.description().contains("_guid"), "{reply:?}");
    floor.is_unknown("bind-body-to-provision").await;
    // More than is wanted is ignored.
    let mut body = Platform::body(json!({}));
    body["app_guid"] = json!("an-app");
    let made = floor.bound(i, "b", bind_with(i, "b", POLLS, &body)).await;
    floor.credentials(i, "b", &made);
    let query = format!("{POLLS}&x=1&&=&%ff=%ff&force=true&operation=x&service_id=other");
    assert_eq!(
        floor.expect(200, bind_with(i, "b", &query, &body)).await.body["credentials"],
        made["credentials"]
    );
    floor.covers(&["GEN-5"]);
}
