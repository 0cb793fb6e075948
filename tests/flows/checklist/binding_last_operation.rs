//! `GET /v2/service_instances/{id}/service_bindings/{id}/last_operation`
use super::{
    binding::{POLLS, bind, fetch, path, poll, unbind},
    floor::{self, Floor, encoded},
    wire::Request,
};
use serde_json::json;

pub(crate) async fn from_in_progress_to_gone(floor: &Floor) {
    let (i, b) = ("polls-bindings", "polled");
    let of_instance = floor.provisioned(i, json!({})).await;
    floor.expect(404, poll(i, b, None)).await;
    let create = floor.accepted(bind(i, b, json!({"adapter_sleep_ms": 3000}))).await;
    for operation in [None, Some(create.as_str())] {
        let reply = floor.expect(200, poll(i, b, operation)).await;
        assert_eq!(reply.body["state"], "in progress");
        assert!(!reply.description().is_empty());
        let after: u64 = reply.header("Retry-After").unwrap().parse().unwrap();
        assert!(after <= 10, "a binding takes seconds: {after}");
    }
    let all: String = create.bytes().map(|b| format!("%{b:02x}")).collect();
    let coded = Request::new("GET", &format!("{}/last_operation?operation={all}", path(i, b)));
    assert_eq!(floor.expect(200, coded).await.body["state"], "in progress");
    // The binding's operation is none of the instance's, nor the other way round.
    assert_eq!(floor.expect(200, floor::poll(i, None)).await.body["state"], "succeeded");
    let reply = floor.ask(floor::poll(i, Some(&create))).await;
    assert!(reply.status == 404 || reply.body["state"] == "succeeded", "{reply:?}");
    let reply = floor.ask(poll(i, b, Some(&of_instance))).await;
    assert!(reply.status == 404 || reply.body["state"] == "in progress", "{reply:?}");
    assert_eq!(floor.binding_ended(i, b, &create).await.body["state"], "succeeded");
    floor.credentials(i, b, &floor.expect(200, fetch(i, b)).await.body);
    for operation in [None, Some(create.as_str())] {
        for _ in 0..3 {
            let reply = floor.expect(200, poll(i, b, operation)).await;
            assert_eq!(reply.body["state"], "succeeded", "it isn't forgotten");
            assert!(reply.body.get("credentials").is_none());
        }
    }
    floor.covers(&["LOP-9", "LOP-11", "LOP-12"]);
    let remove = floor.accepted(unbind(i, b)).await;
    let reply = floor.expect(200, poll(i, b, Some(&create))).await;
    assert_eq!(reply.body["state"], "succeeded", "the creation's own outcome");
    assert_eq!(floor.binding_ended(i, b, &remove).await.status, 410);
    for _ in 0..3 {
        floor.expect(410, poll(i, b, Some(&remove))).await;
        floor.expect(410, poll(i, b, None)).await;
    }
    let reply = floor.ask(poll(i, b, Some(&create))).await;
    assert!(reply.status == 404 || reply.body["state"] == "succeeded", "{reply:?}");
    floor.covers(&["LOP-5", "HSE-12", "CCR-34", "CCR-35"]);
    // Where nothing ever was.
    for operation in [None, Some(create.as_str()), Some("garbage"), Some("")] {
        floor.expect(404, poll(i, "never-bound", operation)).await;
        floor.expect(404, poll("never-there", b, operation)).await;
    }
    floor.is_unbound(i, "never-bound").await;
    floor.covers(&["LOP-4"]);
}

/// Cloud Controller takes 400 for "the operation failed".
pub(crate) async fn never_a_bad_request(floor: &Floor) {
    let (i, b) = ("polls-oddly", "asked-oddly");
    floor.provisioned(i, json!({})).await;
    floor.bound(i, "other", bind(i, "other", json!({}))).await;
    let of_other = floor.binding_record(i, "other").await.unwrap().job.id;
    let create = floor.accepted(bind(i, b, json!({"adapter_sleep_ms": 12_000}))).await;
    let odb = r#"{"BoshTaskID":12,"OperationType":"bind"}"#;
    let (near, long) = (create.replacen('b', "q", 1), "x".repeat(20_000));
    for foreign in [
        "garbage",
        "",
        " ",
        odb,
        "null",
        "b..",
        "../..",
        "\r\nX-Injected: 1",
        "ä\u{0}",
        "%",
        &near,
        &long,
    ] {
        let reply = floor.expect(200, poll(i, b, Some(foreign))).await;
        assert_eq!(reply.body["state"], "in progress", "{foreign}");
        assert!(reply.header("X-Injected").is_none());
    }
    let twice = format!("?operation={}&operation=x", encoded(&create));
    for query in [
        "",
        "?",
        "?operation",
        "?operation=%ff",
        "?operation=%",
        "?&&&",
        "?plan_id=other&service_id=other",
        &twice,
    ] {
        let request = Request::new("GET", &format!("{}/last_operation{query}", path(i, b)));
        assert_eq!(floor.expect(200, request).await.body["state"], "in progress", "{query}");
    }
    // Another binding's, made and deleted: neither this one's state nor an error.
    let asked = format!("b.{of_other}.1");
    let reply = floor.ask(poll(i, b, Some(&asked))).await;
    assert!(reply.status == 404 || reply.body["state"] == "in progress", "{reply:?}");
    let of_other = floor.unbound(i, "other").await;
    let reply = floor.ask(poll(i, b, Some(&of_other))).await;
    assert!(
        [404, 410].contains(&reply.status) || reply.body["state"] == "in progress",
        "{reply:?}"
    );
    assert_eq!(
        floor.expect(200, poll(i, b, Some(&create))).await.body["state"],
        "in progress"
    );
    let remove = floor.accepted(unbind(i, b)).await;
    assert_eq!(floor.binding_ended(i, b, &remove).await.status, 410);
    floor.has_no_remains(i, b);
    floor.covers(&["CCR-31"]);
}

pub(crate) async fn failures_say_so(floor: &Floor) {
    let i = "polls-failures";
    floor.provisioned(i, json!({})).await;
    let cases = [
        json!({"adapter_exit_code": 1}),
        json!({"malformed_output": true}),
        json!({"adapter_exit_after_code": 7}),
    ];
    for (n, parameters) in cases.into_iter().enumerate() {
        let b = format!("fails-{n}");
        let create = floor.accepted(bind(i, &b, parameters.clone())).await;
        let ended = floor.binding_ended(i, &b, &create).await;
        assert_eq!(
            (ended.status, ended.body["state"].as_str()),
            (200, Some("failed")),
            "{parameters}"
        );
        let members = ["instance_usable", "update_repeatable", "error", "credentials"];
        assert!(members.iter().all(|name| ended.body.get(*name).is_none()), "{ended:?}");
        assert!(
            !ended.description().contains('\n') && !ended.description().is_empty(),
            "{ended:?}"
        );
        // A user that was made by chance stands in no text.
        if let Some(password) = floor.world.users(i).get(&b).and_then(|user| user["password"].as_str()) {
            floor.keeps(password);
        }
        for operation in [None, Some(create.as_str())] {
            assert_eq!(floor.expect(200, poll(i, &b, operation)).await.body["state"], "failed");
        }
        // The same again is another attempt; it fails as well.
        let again = floor.accepted(bind(i, &b, parameters)).await;
        assert_ne!(again, create);
        assert_eq!(floor.binding_ended(i, &b, &again).await.body["state"], "failed");
        let query = format!("{POLLS}&service_id=x&plan_id=y");
        let remove = floor
            .accepted(Request::new("DELETE", &format!("{}?{query}", path(i, &b))))
            .await;
        assert_eq!(floor.binding_ended(i, &b, &remove).await.status, 410);
        floor.has_no_remains(i, &b);
    }
    floor.covers(&["LOP-7", "ERR-4"]);
}
