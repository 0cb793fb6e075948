use super::*;
use chandler_proto::{
    ids::Millis,
    job::{Facts, Stamp, State},
    operation::Operation,
};
use chandler_proto::{ids::TurnId, job::Event};
use serde_json::json;
use uuid::Uuid;

/// A record with a job that was accepted at 0.
fn record(job: u128, operation: &str, legs: serde_json::Value) -> Record {
    let plan = json!({ "service_id": "s", "service_name": "S", "plan_id": "p", "plan_name": "P" });
    let force = json!({ "plan": plan, "fingerprint": "f" });
    let record = json!({
        "schema": 1, "instance": "i", "phase": "admitted", "created_at": 0, "in_force": force,
        "job": {
            "id": Uuid::from_u128(job), "operation": operation, "lane": "user", "leg": 0, "itinerary": legs,
            "accepted_at": 0, "deadline": 9, "touched_at": 0, "state": "running",
        },
    });
    serde_json::from_value(record).unwrap()
}
fn done(record: Record, now: Millis) -> Record {
    let by = Stamp {
        now,
        turn: TurnId(Uuid::nil()),
        over: 1,
    };
    let facts = Facts::default();
    record
        .apply(Event::LegDone { facts }, by, Duration::from_secs(600))
        .unwrap()
}
fn deleting() -> Record {
    let legs = json!([{ "provisioning": "delete_deployment" }, { "provisioning": "last_look" }]);
    record(1, "deprovision", legs)
}
fn recreating(job: u128) -> Record {
    record(job, "recreate", json!([{ "provisioning": "recreate" }]))
}
fn usual(known: &Known, operation: Operation) -> Option<Duration> {
    known.usual.of(&"p".into(), operation)
}
fn seen(known: &mut Known, record: &Record, revision: u64) {
    known.changed("instance.i".into(), revision, Some(&record.bytes()));
}

#[test]
fn the_end_of_a_job_tells_how_long_it_took() {
    let mut known = Known::default();
    seen(&mut known, &recreating(1), 1);
    assert_eq!(usual(&known, Operation::Recreate), None);
    let ended = done(recreating(1), Millis(60_000));
    for revision in 2..5 {
        seen(&mut known, &ended, revision);
    }
    assert_eq!(usual(&known, Operation::Recreate), Some(Duration::from_secs(60)));
    let slower = done(recreating(2), Millis(100_000));
    known.put("instance.i".into(), &slower, 6);
    assert_eq!(usual(&known, Operation::Recreate), Some(Duration::from_secs(80)));
}

#[test]
fn a_bucket_that_was_made_anew_begins_anew() {
    let mut known = Known::default();
    let ended = done(recreating(1), Millis(60_000));
    assert!(known.newest.admit_revision("instance.i", 7));
    seen(&mut known, &ended, 7);
    known.complete = true;
    known.forget();
    assert!(known.glances.is_empty() && !known.complete);
    assert_eq!(usual(&known, Operation::Recreate), None);
    assert!(known.newest.admit_revision("instance.i", 1));
}

#[test]
fn what_is_gone_counts_by_the_plan_that_it_had() {
    let gone = done(deleting(), Millis(120_000));
    assert!(gone.gone() && gone.plan().is_none() && matches!(gone.job.state, State::Succeeded { .. }));
    let mut known = Known::default();
    seen(&mut known, &gone, 2);
    assert_eq!(usual(&known, Operation::Deprovision), None, "nobody knows its plan");
    let mut known = Known::default();
    seen(&mut known, &deleting(), 1);
    seen(&mut known, &gone, 2);
    assert_eq!(usual(&known, Operation::Deprovision), Some(Duration::from_secs(120)));
    let looked = done(gone, Millis(900_000));
    seen(&mut known, &looked, 3);
    assert_eq!(usual(&known, Operation::Deprovision), Some(Duration::from_secs(120)));
}
