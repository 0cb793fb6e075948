//! `DELETE /v2/service_instances/{id}/service_bindings/{id}`
use super::{
    bind::code,
    binding::{POLLS, bind, bind_now, fetch, path, poll, unbind, unbind_now, unbind_with},
    floor::{Floor, LIMIT},
    wire::Request,
};
use chandler_proto::records::Record;
use chandler_tests::{
    service::Side,
    settings::{LARGE, SERVICE, SMALL},
    wait,
};
use serde_json::json;
use std::{fs, path::PathBuf};

/// Needs a floor of its own: the service stands still.
pub(crate) async fn while_it_is_deleted(floor: &Floor) {
    let (i, b) = ("unbinds-slowly", "slow");
    floor.provisioned(i, json!({})).await;
    let create = floor.accepted(bind(i, b, json!({}))).await;
    floor.binding_ended(i, b, &create).await;
    floor.credentials(i, b, &floor.expect(200, fetch(i, b)).await.body);
    let gate = floor.world.service.gate("delete-binding", Side::Before);
    // The hints need not fit.
    let other = format!("{}?{POLLS}&service_id={SERVICE}&plan_id={LARGE}", path(i, b));
    let remove = floor.accepted(Request::new("DELETE", &other)).await;
    assert_ne!(remove, create);
    gate.reached().await;
    for _ in 0..3 {
        assert_eq!(floor.accepted(unbind(i, b)).await, remove);
    }
    for operation in [None, Some(remove.as_str())] {
        let reply = floor.expect(200, poll(i, b, operation)).await;
        assert_eq!(reply.body["state"], "in progress");
        assert!(!reply.description().is_empty());
    }
    // A PUT is in its way, equal or not, and nobody gets what won't work in a moment.
    for request in [
        bind(i, b, json!({})),
        bind_now(i, b, json!({})),
        bind(i, b, json!({"note": "x"})),
    ] {
        assert_eq!(code(&floor.ask(request).await), "ConcurrencyError");
    }
    floor.expect(404, fetch(i, b)).await;
    // The creation has succeeded, whatever became of the binding afterwards.
    let reply = floor.ask(poll(i, b, Some(&create))).await;
    assert!(reply.status == 404 || reply.body["state"] == "succeeded", "{reply:?}");
    let (waited, ()) = tokio::join!(floor.expect(200, unbind_now(i, b)), async { gate.open() });
    assert_eq!(waited.body, json!({}));
    floor.has_no_remains(i, b);
    for _ in 0..2 {
        floor.expect(410, poll(i, b, Some(&remove))).await;
        floor.expect(410, poll(i, b, None)).await;
        floor.expect(410, unbind(i, b)).await;
        floor.expect(410, unbind_now(i, b)).await;
        floor.expect(404, fetch(i, b)).await;
    }
    // A late PUT must not bring it back.
    assert_eq!(code(&floor.ask(bind(i, b, json!({}))).await), "ConcurrencyError");
    floor.covers(&["UNB-2", "UNB-8", "UNB-9", "ERR-7", "CCR-47"]);
}

/// The creation is stopped, and what it made is removed, before its credentials reach anybody.
pub(crate) async fn while_it_is_made(floor: &Floor) {
    let i = "unbinds-early";
    floor.provisioned(i, json!({})).await;
    for (b, slow, made) in [
        ("none-yet", "adapter_sleep_ms", false),
        ("user-there", "adapter_sleep_after_ms", true),
    ] {
        let create = floor.accepted(bind(i, b, json!({slow: 3000}))).await;
        wait::until("the adapter runs", LIMIT, || async {
            let runs = floor.binding_record(i, b).await?.job.act_until.is_some();
            (runs && floor.world.users(i).contains_key(b) == made).then_some(())
        })
        .await;
        let reply = floor.ask(unbind(i, b)).await;
        assert_eq!(reply.status, 202, "this broker cancels the creation: {reply:?}");
        let remove = reply.body["operation"].as_str().unwrap().to_owned();
        assert_eq!(floor.accepted(unbind(i, b)).await, remove);
        assert_eq!(
            code(&floor.ask(bind(i, b, json!({slow: 3000}))).await),
            "ConcurrencyError"
        );
        let reply = floor.ask(poll(i, b, Some(&create))).await;
        assert!(
            reply.status == 404 || reply.body["state"] == "failed",
            "what became of the creation: {reply:?}"
        );
        assert_eq!(floor.expect(200, poll(i, b, None)).await.body["state"], "in progress");
        assert_eq!(floor.binding_ended(i, b, &remove).await.status, 410);
        floor.has_no_remains(i, b);
        floor.expect(404, fetch(i, b)).await;
    }
    // Whom the creation was to be told of learns that it isn't there.
    let b = "waited-for";
    let waiting = bind_now(i, b, json!({"adapter_sleep_ms": 3000}));
    let cancel = async {
        wait::until("the bind is accepted", LIMIT, || floor.binding_record(i, b)).await;
        floor.accepted(unbind(i, b)).await
    };
    let (made, remove) = tokio::join!(floor.expect(422, waiting), cancel);
    assert_eq!(floor.binding_ended(i, b, &remove).await.status, 410);
    assert!(
        made.body.get("credentials").is_none() && !made.description().is_empty(),
        "{made:?}"
    );
    floor.has_no_remains(i, b);
    floor.covers(&["UNB-6", "UNB-7", "UNB-8"]);
}

pub(crate) async fn what_is_missing_and_what_is_unknown(floor: &Floor) {
    let (i, b) = ("unbinds-unknown", "never-bound");
    floor.provisioned(i, json!({})).await;
    floor.expect(201, bind_now(i, "kept", json!({}))).await;
    let (service, plan) = (format!("service_id={SERVICE}"), format!("plan_id={SMALL}"));
    for query in [
        "",
        &service,
        &plan,
        &format!("{service}&plan_id="),
        &format!("service_id=&{plan}"),
        &format!("Service_Id={SERVICE}&{plan}"),
        &format!("{service}&plan_id=%ff"),
    ] {
        for waits in [POLLS, "accepts_incomplete=false", ""] {
            for b in [b, "kept"] {
                let request = Request::new("DELETE", &format!("{}?{waits}&{query}", path(i, b)));
                let reply = floor.expect(400, request).await;
                assert!(
                    reply.description().contains("_id"),
                    "it says what is missing: {reply:?}"
                );
            }
        }
    }
    floor.is_unbound(i, b).await;
    floor.credentials(i, "kept", &floor.expect(200, fetch(i, "kept")).await.body);
    floor.covers(&["UNB-3"]);
    for _ in 0..2 {
        for (i, b) in [(i, b), ("no-instance-either", b)] {
            floor.expect(410, unbind(i, b)).await;
            floor.expect(410, unbind_now(i, b)).await;
            floor.expect(410, unbind(i, b).bytes("{\"a\":1}")).await;
            floor.expect(404, fetch(i, b)).await;
        }
    }
    floor.is_unknown("no-instance-either").await;
    // The clean-up has overtaken the PUT which it is to clean up.
    assert_eq!(code(&floor.ask(bind(i, b, json!({}))).await), "ConcurrencyError");
    assert_eq!(code(&floor.ask(bind_now(i, b, json!({}))).await), "ConcurrencyError");
    floor.has_no_remains(i, b);
    floor.covers(&["UNB-4", "CCO-12"]);
}

/// Where the service keeps the user of a binding.
fn user_file(floor: &Floor, i: &str, b: &str) -> PathBuf {
    let adapter = floor.world.service.adapter();
    let users = adapter
        .parent()
        .unwrap()
        .join("users")
        .join(format!("service-instance_{i}"));
    users.join(format!("{b}.json"))
}

/// Made, failed, being made again, half deleted.
pub(crate) async fn every_state_can_be_deleted(floor: &Floor) {
    let i = "unbinds-always";
    floor.provisioned(i, json!({})).await;
    // A failed creation, before and after the user was there.
    for (b, fails) in [
        ("failed-early", "adapter_exit_code"),
        ("failed-late", "adapter_exit_after_code"),
    ] {
        let create = floor.accepted(bind(i, b, json!({fails: 1}))).await;
        let ended = floor.binding_ended(i, b, &create).await;
        assert_eq!(ended.body["state"], "failed", "{ended:?}");
        floor.expect(404, fetch(i, b)).await;
        floor.unbound(i, b).await;
        floor.has_no_remains(i, b);
        floor.expect(410, unbind(i, b)).await;
    }
    // A deletion that the service refuses.
    let b = "refuses-to-go";
    let made = floor.bound(i, b, bind(i, b, json!({}))).await;
    floor.credentials(i, b, &made);
    let file = user_file(floor, i, b);
    let aside = file.with_extension("aside");
    fs::rename(&file, &aside).unwrap();
    fs::create_dir(&file).unwrap();
    let remove = floor.accepted(unbind(i, b)).await;
    let ended = floor.binding_ended(i, b, &remove).await;
    assert_eq!(
        (ended.status, ended.body["state"].as_str()),
        (200, Some("failed")),
        "{ended:?}"
    );
    assert!(
        !ended.description().is_empty() && ended.body.get("instance_usable").is_none(),
        "{ended:?}"
    );
    let reply = floor.expect(500, unbind_now(i, b)).await;
    assert!(!reply.description().is_empty() && reply.error().is_none(), "{reply:?}");
    // Nobody is told that it is there.
    floor.expect(404, fetch(i, b)).await;
    assert_eq!(code(&floor.ask(bind(i, b, json!({}))).await), "ConcurrencyError");
    floor.expect(409, bind(i, b, json!({"note": "x"}))).await;
    fs::remove_dir(&file).unwrap();
    fs::rename(&aside, &file).unwrap();
    let again = floor.accepted(unbind_with(i, b, POLLS)).await;
    assert_ne!(again, remove);
    assert_eq!(floor.binding_ended(i, b, &again).await.status, 410);
    floor.has_no_remains(i, b);
    // As Cloud Controller cleans up: no originating identity, no poll after the 202.
    let b = "nobody-looks";
    floor.accepted(bind(i, b, json!({}))).await;
    floor.accepted(unbind(i, b)).await;
    wait::until("it is gone", LIMIT, || async {
        floor.binding_record(i, b).await.filter(Record::gone)
    })
    .await;
    floor.has_no_remains(i, b);
    floor.covers(&["ORP-1", "ORP-3", "UNB-8"]);
}
