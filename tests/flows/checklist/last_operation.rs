//! `GET /v2/service_instances/{id}/last_operation`
use super::{
    floor::{Floor, LIMIT, delete, encoded, get, path, poll, put},
    wire::Request,
};
use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_tests::{
    settings::{LARGE, SMALL},
    wait,
};
use serde_json::json;

pub(crate) async fn from_in_progress_to_gone(floor: &Floor) {
    let id = "polled";
    floor.expect(404, poll(id, None)).await;
    let create = floor.accepted(put(id, json!({"task_seconds": 4}))).await;
    for operation in [None, Some(create.as_str())] {
        let reply = floor.expect(200, poll(id, operation)).await;
        assert_eq!(
            (reply.body["state"].as_str(), reply.description().is_empty()),
            (Some("in progress"), false)
        );
    }
    // Decoded, it is the very string, however it was encoded.
    let all: String = create.bytes().map(|b| format!("%{b:02x}")).collect();
    let coded = Request::new(
        "GET",
        &format!("{}/last_operation?operation={all}&plan_id={LARGE}", path(id)),
    );
    assert_eq!(floor.expect(200, coded).await.body["state"], "in progress");
    floor.ended(id, &create).await;
    for operation in [None, Some(create.as_str())] {
        for _ in 0..3 {
            assert_eq!(
                floor.expect(200, poll(id, operation)).await.body["state"],
                "succeeded",
                "it isn't forgotten"
            );
        }
    }
    floor.expect(200, get(id)).await;
    let remove = floor.accepted(delete(id)).await;
    assert_ne!(remove, create);
    floor.covers(&["LOP-11", "LOP-13", "CCS-10"]);
    // Whoever heard only now that it was made would keep what is being deleted.
    let reply = floor.expect(200, poll(id, Some(&create))).await;
    assert_eq!(reply.body["state"], "failed");
    assert_eq!(floor.ended(id, &remove).await.status, 410);
    for _ in 0..3 {
        floor.expect(410, poll(id, Some(&remove))).await;
        floor.expect(410, poll(id, None)).await;
    }
    let reply = floor.ask(poll(id, Some(&create))).await;
    assert!(
        reply.status == 404 || reply.status == 200 && reply.body["state"] == "failed",
        "{reply:?}"
    );
    floor.covers(&["LOP-5", "LOP-9", "HSE-12", "AMB-3", "CCR-35"]);
    // Where nothing ever was.
    floor.expect(404, poll("never-there", None)).await;
    let reply = floor.ask(poll("never-there", Some(&create))).await;
    assert_eq!(reply.status, 404, "a creation elsewhere: {reply:?}");
    floor.expect(404, poll("never-there", Some("garbage"))).await;
    floor.is_unknown("never-there").await;
    floor.covers(&["LOP-4"]);
}

/// Cloud Controller takes 400 for "the operation failed": an `operation` that isn't ours asks for what is going on.
pub(crate) async fn never_a_bad_request(floor: &Floor) {
    let (id, other) = ("asked-oddly", "asked-of-another");
    let of_another = floor.provisioned(other, json!({})).await;
    let create = floor.accepted(put(id, json!({"task_seconds": 30}))).await;
    let odb = r#"{"BoshTaskID":12,"BoshContextID":"a","OperationType":"create","PlanID":"b"}"#;
    let long = "x".repeat(20_000);
    let near = create.replacen('p', "q", 1);
    for foreign in [
        "garbage",
        "",
        " ",
        odb,
        "null",
        "p..",
        "../..",
        "\r\nX-Injected: 1",
        "ä\u{0}",
        "%",
        &near,
        &long,
    ] {
        let reply = floor.expect(200, poll(id, Some(foreign))).await;
        assert_eq!(reply.body["state"], "in progress", "{foreign}");
        assert!(reply.header("X-Injected").is_none());
    }
    for query in [
        "",
        "?",
        "?operation",
        "?operation=%ff",
        "?operation=%",
        "?&&&",
        "?plan_id=other&service_id=other",
        &format!("?operation={}&operation=x", encoded(&create)),
    ] {
        let reply = floor
            .expect(200, Request::new("GET", &format!("{}/last_operation{query}", path(id))))
            .await;
        assert_eq!(reply.body["state"], "in progress", "{query}");
    }
    // Ours, but of another instance: not this one's state, and not a deletion that never was.
    let reply = floor.ask(poll(id, Some(&of_another))).await;
    assert!(reply.status == 404 || reply.body["state"] == "in progress", "{reply:?}");
    floor.expect(200, poll(other, Some(&format!("{SMALL}.x")))).await;
    let of_another = floor.deprovisioned(other).await;
    let reply = floor.ask(poll(id, Some(&of_another))).await;
    assert!(
        [404, 410].contains(&reply.status) || reply.body["state"] == "in progress",
        "{reply:?}"
    );
    assert_eq!(
        floor.expect(200, poll(id, Some(&create))).await.body["state"],
        "in progress"
    );
    floor.accepted(delete(id)).await;
    floor.covers(&["CCR-31"]);
}

pub(crate) async fn failures_say_so(floor: &Floor) {
    let id = "failing";
    let create = floor
        .accepted(put(id, json!({"fail_at_stage": "Updating instance"})))
        .await;
    let ended = floor.ended(id, &create).await;
    assert_eq!((ended.status, ended.body["state"].as_str()), (200, Some("failed")));
    assert!(
        ended.body.get("instance_usable").is_none() && ended.body.get("update_repeatable").is_none(),
        "{ended:?}"
    );
    assert!(
        !ended.description().contains(".rb:") && !ended.description().contains('\n'),
        "{ended:?}"
    );
    floor.expect(404, get(id)).await;
    // The user deletes it; that fails at first.
    floor.provisioned("kept", json!({})).await;
    let fault = TaskEffect::Fail {
        stage: String::new(),
        message: Some("CPI error at /var/vcap/x.rb:12".into()),
        code: Some(450_002),
    };
    let kept = TaskFault {
        deployment: Some("service-instance_kept".into()),
        ..TaskFault::always(TaskKind::Delete, fault)
    };
    let fault = floor.world.director.set_fault(kept);
    let remove = floor.accepted(delete("kept")).await;
    let ended = floor.ended("kept", &remove).await;
    assert_eq!(
        (ended.status, ended.body["state"].as_str()),
        (200, Some("failed")),
        "{ended:?}"
    );
    let usable = ended.body.get("instance_usable");
    assert!(
        usable.is_none_or(serde_json::Value::is_boolean) && ended.body.get("update_repeatable").is_none(),
        "{ended:?}"
    );
    assert!(!ended.description().contains(".rb:"), "{ended:?}");
    floor.covers(&["LOP-7"]);
    floor.expect(200, poll("kept", None)).await;
    // Another DELETE begins anew.
    floor.world.director.clear_fault(fault);
    let again = floor.accepted(delete("kept")).await;
    assert_ne!(again, remove);
    assert_eq!(floor.ended("kept", &again).await.status, 410);
    // The failed one can be deleted as well.
    floor.deprovisioned(id).await;
    wait::until("both are gone", LIMIT, || async {
        (!floor.is_deployed(id) && !floor.is_deployed("kept")).then_some(())
    })
    .await;
    let states: Vec<_> = floor
        .tasks("kept", TaskKind::Delete)
        .into_iter()
        .map(|task| task.state)
        .collect();
    assert_eq!(states.last(), Some(&TaskState::Done), "{states:?}");
    floor.covers(&["CCR-36"]);
}
