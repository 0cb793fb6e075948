//! `GET /v2/service_instances/{id}/service_bindings/{id}`
use super::{
    bind::without_parameters,
    bind_answers::is_taken,
    binding::{POLLS, bind, bind_now, bind_with, fetch, path, poll, unbind, unbind_now},
    floor::Floor,
    wire::Request,
};
use chandler_tests::{
    platform::Platform,
    settings::{LARGE, SERVICE, SMALL},
};
use serde_json::json;

pub(crate) async fn hints_are_hints(floor: &Floor) {
    let i = "fetched-bindings";
    floor.provisioned(i, json!({})).await;
    let b = "there";
    let made = floor.expect(201, bind_now(i, b, json!({}))).await.body;
    let fetched = floor.expect(200, fetch(i, b)).await.body;
    assert_eq!(without_parameters(&fetched), made);
    assert!(is_taken(&fetched, &json!([])), "{fetched}");
    let hints = [
        format!("service_id={SERVICE}&plan_id={SMALL}"),
        format!("service_id=other&plan_id={LARGE}"),
        "service_id=".into(),
        "plan_id".into(),
        "x=1&%ff".into(),
        String::new(),
    ];
    for hint in hints {
        let at = |b: &str| Request::new("GET", &format!("{}?{hint}", path(i, b)));
        assert_eq!(floor.expect(200, at(b)).await.body, fetched, "{hint}");
        floor.expect(404, at("never")).await;
        let at = Request::new("GET", &format!("{}/last_operation?{hint}", path(i, b)));
        assert_eq!(floor.expect(200, at).await.body["state"], "succeeded", "{hint}");
    }
    floor.is_unbound(i, "never").await;
    floor.covers(&["GSB-1", "GSB-6", "CCR-50"]);
}

/// The same id under another instance is another binding.
pub(crate) async fn a_binding_belongs_to_its_instance(floor: &Floor) {
    let (mine, other, b) = ("owner-of-binding", "not-the-owner", "one-id");
    let both = (floor.provisioned(mine, json!({})), floor.provisioned(other, json!({})));
    tokio::join!(both.0, both.1);
    let operation = floor.accepted(bind(mine, b, json!({"note": "mine"}))).await;
    floor.binding_ended(mine, b, &operation).await;
    let made = floor.expect(200, fetch(mine, b)).await.body;
    let credentials = floor.credentials(mine, b, &made);
    for elsewhere in [other, "owner-of-nothing", "owner-of-binding.", "OWNER-of-binding"] {
        floor.expect(404, fetch(elsewhere, b)).await;
        floor.expect(404, poll(elsewhere, b, None)).await;
        let reply = floor.expect(404, poll(elsewhere, b, Some(&operation))).await;
        assert!(!reply.description().is_empty());
        floor.expect(410, unbind(elsewhere, b)).await;
        floor.expect(410, unbind_now(elsewhere, b)).await;
    }
    // The deletions were of nothing, and touched nothing.
    assert_eq!(floor.expect(200, fetch(mine, b)).await.body, made);
    floor.credentials(mine, b, &made);
    // One of its own, side by side; a different request is no conflict there.
    let theirs = floor
        .bound(other, "own-id", bind(other, "own-id", json!({"note": "theirs"})))
        .await;
    let body = Platform::bind_body(json!({"note": "mine too"}));
    let mine_too = floor
        .bound(mine, "own-id", bind_with(mine, "own-id", POLLS, &body))
        .await;
    let notes = [
        floor.credentials(other, "own-id", &theirs)["note"].clone(),
        floor.credentials(mine, "own-id", &mine_too)["note"].clone(),
    ];
    assert_eq!(notes, [json!("theirs"), json!("mine too")]);
    floor.unbound(other, "own-id").await;
    floor.has_no_remains(other, "own-id");
    floor.credentials(mine, "own-id", &mine_too);
    assert_eq!(credentials["note"], "mine");
    // Nor is the instance's operation that of its binding.
    let of_instance = floor.expect(404, super::floor::poll(mine, Some(&operation))).await;
    assert!(!of_instance.description().is_empty());
    floor.covers(&["HSE-16", "GSB-4", "UNB-4"]);
}
