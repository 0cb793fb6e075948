//! A binding that takes another one's place.
use super::{
    bind::code,
    binding::{POLLS, bind, bind_now, bind_with, fetch, without},
    floor::Floor,
};
use chandler_tests::{
    bindings::APP,
    platform::Platform,
    settings::{SERVICE, SMALL},
};
use serde_json::{Value, json};

pub(crate) async fn both_work_side_by_side(floor: &Floor) {
    let i = "rotates";
    floor.provisioned(i, json!({})).await;
    let old = floor.bound(i, "old", bind(i, "old", json!({"note": "kept"}))).await;
    let credentials = floor.credentials(i, "old", &old);
    // With nothing but the predecessor, and with all members.
    let short = json!({"predecessor_binding_id": "old"});
    let mut whole = Platform::bind_body(json!({"note": "kept"}));
    whole["predecessor_binding_id"] = json!("old");
    let mut ids = json!({"predecessor_binding_id": "old", "service_id": SERVICE, "plan_id": SMALL});
    ids["context"] = json!({"platform": "cloudfoundry"});
    for (b, body) in [("short", &short), ("whole", &whole), ("ids", &ids)] {
        let made = floor.bound(i, b, bind_with(i, b, POLLS, body)).await;
        let new = floor.credentials(i, b, &made);
        assert_eq!(new["note"], "kept", "{b}: the parameters are the predecessor's");
        assert_ne!(new["password"], credentials["password"], "{b}");
        assert_eq!(floor.world.users(i)[b]["app_guid"], APP, "{b}: and so is the app");
        // Both are valid.
        floor.credentials(i, "old", &floor.expect(200, fetch(i, "old")).await.body);
        let again = floor.expect(200, bind_with(i, b, POLLS, body)).await.body;
        assert_eq!(again["credentials"], made["credentials"]);
        let now = floor.expect(200, bind_with(i, b, "", body)).await.body;
        assert_eq!(now["credentials"], made["credentials"]);
        // Without the predecessor, or with another, it is another request.
        for different in [
            without(&whole, "predecessor_binding_id"),
            json!({"predecessor_binding_id": "other"}),
        ] {
            let status = floor.ask(bind_with(i, b, POLLS, &different)).await.status;
            assert!([400, 409].contains(&status), "{b}: {different}: {status}");
        }
    }
    let now = floor.expect(201, bind_with(i, "waited", "", &short)).await.body;
    floor.credentials(i, "waited", &now);
    // The old one goes, the new ones stay; and so on from one to the next.
    floor.unbound(i, "old").await;
    floor.has_no_remains(i, "old");
    for b in ["short", "whole", "ids", "waited"] {
        floor.credentials(i, b, &floor.expect(200, fetch(i, b)).await.body);
    }
    let again = floor.expect(200, bind_with(i, "short", POLLS, &short)).await.body;
    floor.credentials(i, "short", &again);
    let next = floor
        .bound(
            i,
            "next",
            bind_with(i, "next", POLLS, &json!({"predecessor_binding_id": "short"})),
        )
        .await;
    assert_eq!(floor.credentials(i, "next", &next)["note"], "kept");
    floor.covers(&["BND-22", "AMB-7", "CAT-16"]);
}

pub(crate) async fn only_a_live_one_is_a_predecessor(floor: &Floor) {
    let (i, other) = ("rotates-nothing", "rotates-elsewhere");
    let both = (floor.provisioned(i, json!({})), floor.provisioned(other, json!({})));
    tokio::join!(both.0, both.1);
    floor.expect(201, bind_now(other, "of-another", json!({}))).await;
    floor.expect(201, bind_now(i, "dead", json!({}))).await;
    floor.unbound(i, "dead").await;
    let failed = floor.accepted(bind(i, "failed", json!({"adapter_exit_code": 1}))).await;
    floor.binding_ended(i, "failed", &failed).await;
    let b = "successor";
    let bad = [
        json!("never-bound"),
        json!("of-another"),
        json!("dead"),
        json!("failed"),
        json!(b),
        json!("a/b"),
        json!(1),
        json!(["dead"]),
    ];
    for predecessor in bad {
        for body in [json!({}), Platform::bind_body(json!({}))] {
            let mut body = body;
            body["predecessor_binding_id"] = predecessor.clone();
            for query in [POLLS, ""] {
                let reply = floor.expect(400, bind_with(i, b, query, &body)).await;
                assert!(!reply.description().is_empty(), "{reply:?}");
            }
        }
    }
    // Nothing is as good as absent; then the ids are wanted.
    for nothing in [Value::Null, json!("")] {
        let body = json!({"predecessor_binding_id": nothing});
        floor.expect(400, bind_with(i, b, POLLS, &body)).await;
    }
    let nowhere = json!({"predecessor_binding_id": "of-another"});
    floor
        .expect(404, bind_with("rotates-without-instance", b, POLLS, &nowhere))
        .await;
    floor.is_unbound(i, b).await;
    // While the old one is being deleted it is none either.
    floor.expect(201, bind_now(i, "going", json!({}))).await;
    floor.unbound(i, "going").await;
    let reply = floor.ask(bind(i, "going", json!({}))).await;
    assert_eq!(code(&reply), "ConcurrencyError");
    floor.covers(&["BND-22"]);
}
