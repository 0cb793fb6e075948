use super::*;
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    job::{Facts, Stamp, State},
    operation::Operation,
    records::Phase,
};
use chandler_proto::{ids::TurnId, job::Event};
use serde_json::json;
use std::sync::Arc;
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

#[test]
fn the_counts_follow_every_change() {
    let mut known = Known::default();
    let totals = |known: &Known| known.tally.count("s").total;
    seen(&mut known, &recreating(1), 1);
    known.put("instance.j".into(), &recreating(2), 2);
    seen(&mut known, &deleting(), 3);
    assert_eq!(totals(&known), 2, "what is being deleted is there");
    seen(&mut known, &done(deleting(), Millis(5)), 4);
    assert_eq!(totals(&known), 1);
    known.changed("instance.j".into(), 5, Some(b"no record"));
    assert_eq!(totals(&known), 0, "nobody knows what it is");
    seen(&mut known, &recreating(3), 6);
    known.changed("instance.i".into(), 7, None);
    assert_eq!(totals(&known), 0);
    seen(&mut known, &recreating(4), 8);
    known.forget();
    assert_eq!(totals(&known), 0);
}

/// A record of another instance: phase, plan in force, operation with its state, plan wanted.
fn of_plan(instance: &str, force: Option<(&str, &str)>, job: (&str, &str), wants: Option<(&str, &str)>) -> Record {
    let mut json = serde_json::to_value(record(1, job.0, json!([]))).unwrap();
    let plan = |(id, name): (&str, &str)| {
        let plan = json!({ "service_id": "s", "service_name": "S", "plan_id": id, "plan_name": name });
        json!({ "plan": plan, "fingerprint": "f" })
    };
    json["instance"] = instance.into();
    json["in_force"] = force.map(plan).into();
    json["job"]["wanted"] = wants.map(plan).into();
    json["job"]["state"] = match job.1 {
        "running" => "running".into(),
        "succeeded" => json!({ "succeeded": { "at": 5 } }),
        _ => json!({ "failed": { "at": 5, "failure": Failure::new("u", "o") } }),
    };
    serde_json::from_value(json).unwrap()
}
fn plans(records: &[Record]) -> Vec<(String, String)> {
    let mut known = Known::default();
    for (revision, record) in (1..).zip(records) {
        known.put(record.key(), record, revision);
    }
    let named = |plan: PlanInUse| (plan.plan_id.to_string(), plan.name.to_string());
    known.plans().into_iter().map(named).collect()
}

#[test]
fn a_plan_is_in_use_by_what_has_it_or_is_to_have_it() {
    let (p, q) = (("p", "P"), ("q", "Q"));
    for (force, job, wants, ids) in [
        (None, ("provision", "running"), Some(p), vec!["p"]),
        (None, ("provision", "failed"), Some(p), vec!["p"]),
        (Some(p), ("provision", "succeeded"), None, vec!["p"]),
        (Some(p), ("update", "running"), Some(q), vec!["p", "q"]),
        (Some(p), ("upgrade", "running"), Some(p), vec!["p"]),
        (Some(p), ("update", "failed"), Some(q), vec!["p"]),
        (Some(q), ("update", "succeeded"), None, vec!["q"]),
        (Some(p), ("recreate", "running"), None, vec!["p"]),
        (Some(p), ("deprovision", "running"), None, vec!["p"]),
        (Some(p), ("deprovision", "failed"), None, vec!["p"]),
        (None, ("deprovision", "failed"), Some(p), vec!["p"]),
    ] {
        let one = of_plan("i", force, job, wants);
        let used = plans(std::slice::from_ref(&one));
        let used: Vec<_> = used.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(used, ids, "{force:?} {job:?} {wants:?}");
    }
    let mut maybe = of_plan("m", Some(p), ("update", "failed"), None);
    let other = of_plan("j", Some(q), ("update", "failed"), None);
    maybe
        .in_force
        .as_mut()
        .unwrap()
        .maybe
        .push(other.plan().unwrap().clone());
    let mut pending = of_plan("k", None, ("provision", "running"), Some(("r", "R")));
    pending.phase = Phase::Pending;
    let mut binding = serde_json::to_value(of_plan("l", Some(("t", "T")), ("bind", "succeeded"), None)).unwrap();
    binding["binding"] = "b".into();
    let gone = done(deleting(), Millis(9));
    let all = [maybe, pending, serde_json::from_value(binding).unwrap(), gone];
    assert_eq!(plans(&all), [("p".to_owned(), "P".to_owned())]);
}

#[test]
fn a_plan_is_called_as_the_newest_record_calls_it_and_kept_once() {
    let named = |instance, name| of_plan(instance, Some(("p", name)), ("provision", "succeeded"), None);
    let all = [named("i", "old"), named("j", "older"), named("k", "new")];
    assert_eq!(plans(&all), [("p".to_owned(), "new".to_owned())]);

    let mut known = Known::default();
    for instance in ["i", "j"] {
        known.put(format!("instance.{instance}"), &named(instance, "P"), 1);
    }
    let [one, two] = ["instance.i", "instance.j"].map(|key| {
        let glance = &known.glances[key];
        let plan = glance.stake.as_ref().unwrap().plans().next().unwrap();
        assert!(Arc::ptr_eq(&plan.plan_id, glance.plan.as_ref().unwrap()));
        plan
    });
    for (one, two) in [
        (&one.service_id, &two.service_id),
        (&one.plan_id, &two.plan_id),
        (&one.name, &two.name),
    ] {
        assert!(Arc::ptr_eq(one, two), "{one}");
    }
}
