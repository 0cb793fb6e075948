//! `DELETE /v2/service_instances/{id}`
use super::{
    floor::{Floor, LIMIT, delete, get, path, poll, put},
    wire::Request,
};
use chandler_proto::records::Record;
use chandler_simulators::bosh::TaskKind;
use chandler_tests::{
    settings::{LARGE, SERVICE, SMALL},
    wait,
};
use serde_json::json;

/// PUT, DELETE and nothing else: both operations come to their end.
pub(crate) async fn a_clean_up_finishes_with_nobody_looking(floor: &Floor) {
    let ends = async |id: &str, what: &str, is: fn(&Record) -> bool| {
        wait::until(&format!("{id}: {what}"), LIMIT, || async {
            floor.record(id).await.filter(is)
        })
        .await;
    };
    let id = "nobody-looks";
    floor.accepted(put(id, json!({}))).await;
    ends(id, "is provisioned", Record::ever_succeeded).await;
    assert!(floor.is_deployed(id));
    floor.covers(&["HSE-11", "PRV-15"]);
    // As Cloud Controller cleans up: no originating identity, no poll after the 202.
    floor.accepted(delete(id)).await;
    ends(id, "is gone", Record::gone).await;
    assert!(!floor.is_deployed(id));
    floor.expect(410, delete(id)).await;
    floor.expect(410, poll(id, None)).await;
    floor.covers(&["ORP-3", "CCO-13", "DEP-8"]);
}

/// In progress, finished, failed, being deleted, gone.
pub(crate) async fn every_state_can_be_deleted(floor: &Floor) {
    // While it is being made: the creation is stopped, and what it made is removed.
    let id = "deleted-while-made";
    let create = floor.accepted(put(id, json!({"task_seconds": 20}))).await;
    wait::until("the deploy begins", LIMIT, || async {
        (!floor.tasks(id, TaskKind::Deploy).is_empty()).then_some(())
    })
    .await;
    let reply = floor.ask(delete(id)).await;
    assert!(
        reply.status == 202 || reply.error() == Some("ConcurrencyError"),
        "{reply:?}"
    );
    assert_eq!(reply.status, 202, "this broker cancels the creation: {reply:?}");
    let remove = reply.body["operation"].as_str().unwrap().to_owned();
    // Repeated, it is the same operation; a PUT meanwhile is in its way, equal or not.
    for _ in 0..3 {
        assert_eq!(floor.accepted(delete(id)).await, remove);
    }
    for parameters in [json!({"task_seconds": 20}), json!({})] {
        let reply = floor.expect(422, put(id, parameters)).await;
        assert_eq!(reply.error(), Some("ConcurrencyError"));
        floor.expect(404, get(id)).await;
    }
    let reply = floor.ask(poll(id, Some(&create))).await;
    assert!(
        reply.status == 404 || reply.body["state"] == "failed",
        "what became of the creation: {reply:?}"
    );
    floor.covers(&["DEP-2", "DEP-6", "ERR-7", "BLK-2", "AMB-10", "CCS-13"]);
    assert_eq!(floor.ended(id, &remove).await.status, 410);
    assert!(!floor.is_deployed(id));
    floor.covers(&["DEP-7", "DEP-8"]);

    // When it is there, and without its body; the hints need not fit.
    let id = "deleted-when-made";
    floor.provisioned(id, json!({})).await;
    for query in ["", "accepts_incomplete=false&", "accepts_incomplete=True&"] {
        let request = Request::new(
            "DELETE",
            &format!("{}?{query}service_id={SERVICE}&plan_id={SMALL}", path(id)),
        );
        assert_eq!(floor.expect(422, request).await.error(), Some("AsyncRequired"));
        assert_eq!(
            floor.expect(200, poll(id, None)).await.body["state"],
            "succeeded",
            "untouched"
        );
        floor.expect(200, get(id)).await;
    }
    floor.covers(&["DEP-5"]);
    let other = Request::new(
        "DELETE",
        &format!(
            "{}?plan_id={LARGE}&accepts_incomplete=true&service_id={SERVICE}",
            path(id)
        ),
    );
    let remove = floor.accepted(other).await;
    assert_eq!(floor.accepted(delete(id)).await, remove);
    let reply = floor.expect(422, put(id, json!({}))).await;
    assert_eq!(reply.error(), Some("ConcurrencyError"));
    assert_eq!(floor.ended(id, &remove).await.status, 410);
    floor.covers(&["CCS-4"]);
    // When it is gone.
    for _ in 0..2 {
        floor.expect(410, delete(id)).await;
        floor.expect(404, get(id)).await;
        floor.expect(410, poll(id, Some(&remove))).await;
    }
    // A late PUT must not bring it back.
    let reply = floor.expect(422, put(id, json!({}))).await;
    assert_eq!(reply.error(), Some("ConcurrencyError"));

    // When it has failed, before and after it reached the Director.
    for (id, parameters) in [
        ("deleted-when-failed", json!({"fail_at_stage": "Updating instance"})),
        ("deleted-when-refused", json!({"nonsense": 1})),
    ] {
        let create = floor.accepted(put(id, parameters)).await;
        assert_eq!(floor.ended(id, &create).await.body["state"], "failed");
        floor.deprovisioned(id).await;
        assert!(!floor.is_deployed(id));
    }
    floor.covers(&["ORP-1", "CCR-36"]);
}

pub(crate) async fn what_is_missing_and_what_is_unknown(floor: &Floor) {
    let id = "nothing-to-delete";
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
        for waits in ["accepts_incomplete=true", "accepts_incomplete=false", ""] {
            let request = Request::new("DELETE", &format!("{}?{waits}&{query}", path(id)));
            let reply = floor.expect(400, request).await;
            assert!(
                reply.description().contains("_id"),
                "it says what is missing: {reply:?}"
            );
        }
    }
    floor.is_unknown(id).await;
    floor.provisioned("not-deleted", json!({})).await;
    floor
        .expect(
            400,
            Request::new("DELETE", &format!("{}?accepts_incomplete=true", path("not-deleted"))),
        )
        .await;
    floor.expect(200, get("not-deleted")).await;
    floor.covers(&["DEP-3"]);
    for _ in 0..2 {
        floor.expect(410, delete(id)).await;
    }
    floor.expect(404, get(id)).await;
    floor.expect(410, delete(id).bytes("{\"a\":1}")).await;
    floor.covers(&["DEP-4"]);
    // The clean-up has overtaken the PUT which it is to clean up.
    let reply = floor.expect(422, put(id, json!({}))).await;
    assert_eq!(reply.error(), Some("ConcurrencyError"));
    assert!(!floor.is_deployed(id) && floor.tasks(id, TaskKind::Deploy).is_empty());
    floor.covers(&["CCO-12"]);
}
