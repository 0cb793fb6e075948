//! What takes longer than a request may: 504, and nobody has credentials of which nobody was told.
use super::{
    bind::code,
    binding::{bind, bind_now, fetch, poll, unbind, unbind_now},
    floor::{Floor, LIMIT},
    wire::talk,
};
use chandler_proto::{operation::Operation, records::Record};
use chandler_tests::{service::Side, wait};
use serde_json::json;

async fn ends_gone(floor: &Floor, i: &str, b: &str) {
    wait::until("the bind is taken back", LIMIT, || async {
        floor.binding_record(i, b).await.filter(Record::gone)
    })
    .await;
    floor.has_no_remains(i, b);
}

/// The bind is taken back: the platform will clean up, or ask again.
pub(crate) async fn a_bind_that_takes_too_long(floor: &Floor) {
    let i = "waits-too-long";
    floor.provisioned(i, json!({})).await;
    let slow = |b: &str| bind_now(i, b, json!({"adapter_sleep_after_ms": 13_000}));
    // One of them is told to somebody else, who goes on to poll: it stays.
    let told = async {
        wait::until("the bind is accepted", LIMIT, || floor.binding_record(i, "told")).await;
        floor
            .accepted(bind(i, "told", json!({"adapter_sleep_after_ms": 13_000})))
            .await
    };
    let (late, waited, told) = tokio::join!(floor.expect(504, slow("late")), floor.expect(504, slow("told")), told);
    for reply in [&late, &waited] {
        assert!(!reply.description().is_empty() && reply.error().is_none(), "{reply:?}");
        assert!(reply.body.get("credentials").is_none());
    }
    floor.expect(404, fetch(i, "late")).await;
    let record = floor.binding_record(i, "late").await.unwrap();
    assert_eq!(record.job.operation, Operation::Unbind);
    let again = floor.ask(slow("late")).await;
    assert_eq!(code(&again), "ConcurrencyError");
    // As Cloud Controller cleans up after a 504.
    let reply = floor.ask(unbind(i, "late")).await;
    assert!([202, 410].contains(&reply.status), "{reply:?}");
    ends_gone(floor, i, "late").await;
    assert_eq!(floor.binding_ended(i, "told", &told).await.body["state"], "succeeded");
    floor.credentials(i, "told", &floor.expect(200, fetch(i, "told")).await.body);
    floor.covers(&["HSE-6"]);
}

/// Nobody waits any more: nobody could be told of it.
pub(crate) async fn who_hangs_up_gets_no_binding(floor: &Floor) {
    let (i, b) = ("hangs-up", "left-alone");
    floor.provisioned(i, json!({})).await;
    let request = bind_now(i, b, json!({"adapter_sleep_ms": 4000})).wire();
    let reply = talk(&floor.address, &request, true).await;
    assert!(
        reply.is_none_or(|reply| reply.status >= 500),
        "it isn't told of a success"
    );
    ends_gone(floor, i, b).await;
    floor.expect(404, fetch(i, b)).await;
}

/// An unbind goes on, whoever waits. Needs a floor of its own: the service stands still.
pub(crate) async fn an_unbind_that_takes_too_long(floor: &Floor) {
    let (i, b) = ("waits-for-the-end", "stuck");
    floor.provisioned(i, json!({})).await;
    floor.expect(201, bind_now(i, b, json!({}))).await;
    let gate = floor.world.service.gate("delete-binding", Side::Before);
    let reply = floor.expect(504, unbind_now(i, b)).await;
    assert!(!reply.description().is_empty() && reply.error().is_none(), "{reply:?}");
    assert!(gate.is_reached());
    assert_eq!(floor.expect(200, poll(i, b, None)).await.body["state"], "in progress");
    let operation = floor.accepted(unbind(i, b)).await;
    gate.open();
    assert_eq!(floor.binding_ended(i, b, &operation).await.status, 410);
    floor.expect(410, unbind_now(i, b)).await;
    floor.has_no_remains(i, b);
}
