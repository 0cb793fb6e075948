use super::*;
use crate::admit::{Deprovision, Provision, Verdict, deprovision, provision};
use crate::shelf::Shelf;
use chandler_proto::{
    failure::Failure,
    ids::InstanceId,
    job::Birth,
    records::{PlanCopy, Wanted},
    seal::Sealed,
};
use std::time::Duration;
use uuid::Uuid;

fn job(id: u128) -> JobId {
    JobId(Uuid::from_u128(id))
}
fn birth(id: u128) -> Birth {
    Birth {
        job: job(id),
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: None,
    }
}
fn taken(verdict: Verdict) -> Record {
    match verdict {
        Verdict::Accept(record) => *record,
        other => panic!("{other:?}"),
    }
}
fn shelf() -> Shelf {
    Shelf::of_plans([])
}
/// Job 1 provisions.
fn provisioning() -> Record {
    let text = || "x".to_owned();
    let plan = PlanCopy {
        service_id: text(),
        service_name: text(),
        plan_id: text(),
        plan_name: text(),
        binding_with_dns: Vec::new(),
        lifecycle_errands: Default::default(),
        costs: Default::default(),
        later: Default::default(),
    };
    let ask = Provision {
        fits: Ok(()),
        instance: InstanceId::parse("i").unwrap(),
        birth: birth(1),
        asynchronous: true,
        wanted: Wanted {
            plan,
            fingerprint: text(),
            maintenance_version: None,
            maintenance_digest: None,
            context: None,
            binding: None,
            later: Default::default(),
        },
        request: Sealed {
            key: text(),
            nonce: text(),
            data: text(),
        },
    };
    taken(provision(&ask, None, &shelf(), Millis(1_000)))
}
/// Job 2 deletes what job 1 did.
fn deleting(old: &Record) -> Record {
    let ask = Deprovision {
        instance: old.instance.clone(),
        birth: birth(2),
        force: false,
    };
    taken(deprovision(&ask, Some(old), &shelf(), Millis(2_000)))
}
fn gone(mut record: Record) -> Record {
    record.job.state = State::Succeeded { at: Millis(3) };
    record.phase = Phase::Gone {
        at: Millis(3),
        look_at: None,
        stray: false,
    };
    record
}
fn op(operation: Operation, id: u128) -> Option<OperationString> {
    Some(OperationString {
        operation,
        job: job(id),
        accepted: 5,
    })
}
fn p(id: u128) -> Option<OperationString> {
    op(Operation::Provision, id)
}
fn d(id: u128) -> Option<OperationString> {
    op(Operation::Deprovision, id)
}
fn failed(usable: Option<bool>) -> State {
    let failure = Failure {
        instance_usable: usable,
        ..Failure::new("for the user", "for the operator")
    };
    State::Failed { at: Millis(3), failure }
}
fn is_404(answer: Option<Answer>) -> bool {
    matches!(answer, Some(Answer::Refused(Refusal::NotFound(_))))
}
fn succeeded(text: &str) -> Option<Answer> {
    Some(Answer::State(LastOperation::Succeeded {
        description: text.into(),
    }))
}

#[test]
fn without_a_record_the_kind_decides() {
    assert!(is_404(last_operation(Thing::Instance, None, None)));
    assert!(is_404(last_operation(Thing::Instance, p(1), None)));
    assert_eq!(
        last_operation(Thing::Instance, d(1), None),
        Some(Answer::Gone(Thing::Instance))
    );
}

/// The end of a creation over which a deletion was accepted.
fn deleted() -> Answer {
    Answer::State(LastOperation::Failed {
        description: "The service instance was deleted in the meantime.".to_owned(),
        instance_usable: None,
        update_repeatable: None,
    })
}

#[test]
fn it_answers_for_the_job_that_was_asked_for() {
    let mut record = provisioning();
    assert_eq!(
        (
            last_operation(Thing::Instance, None, Some(&record)),
            last_operation(Thing::Instance, p(1), Some(&record))
        ),
        (None, None),
        "running"
    );
    assert!(is_404(last_operation(Thing::Instance, p(9), Some(&record))));
    assert_eq!(
        last_operation(Thing::Instance, d(9), Some(&record)),
        Some(Answer::Gone(Thing::Instance)),
        "an older delete"
    );

    record.job.state = State::Succeeded { at: Millis(3) };
    assert_eq!(
        last_operation(Thing::Instance, p(1), Some(&record)),
        succeeded("Instance provisioning completed")
    );
    assert_eq!(
        last_operation(Thing::Instance, None, Some(&record)),
        succeeded("Instance provisioning completed")
    );

    let over = deleting(&record);
    assert_eq!(last_operation(Thing::Instance, d(2), Some(&over)), None);
    assert_eq!(
        last_operation(Thing::Instance, p(1), Some(&over)),
        Some(deleted()),
        "the one before: who would hear now that it was made would keep it"
    );

    let cancelled = last_operation(Thing::Instance, p(1), Some(&deleting(&provisioning())));
    let Some(Answer::State(LastOperation::Failed { description, .. })) = cancelled else {
        panic!("{cancelled:?}")
    };
    assert!(description.contains("cancelled"), "{description}");
}

#[test]
fn what_is_gone_is_410_for_its_delete_and_for_no_operation() {
    let mut provisioned = provisioning();
    provisioned.job.state = State::Succeeded { at: Millis(3) };
    let mut record = gone(deleting(&provisioned));
    for _ in 0..2 {
        assert_eq!(
            last_operation(Thing::Instance, d(2), Some(&record)),
            Some(Answer::Gone(Thing::Instance))
        );
        assert_eq!(
            last_operation(Thing::Instance, None, Some(&record)),
            Some(Answer::Gone(Thing::Instance))
        );
        assert_eq!(last_operation(Thing::Instance, p(1), Some(&record)), Some(deleted()));
        assert!(is_404(last_operation(Thing::Instance, p(9), Some(&record))));
        assert_eq!(
            last_operation(Thing::Instance, d(9), Some(&record)),
            Some(Answer::Gone(Thing::Instance))
        );
        // A last look that found something counts as gone, too.
        record.job.state = State::Running;
    }
}

#[test]
fn an_earlier_delete_is_410_when_the_id_was_used_again() {
    let mut record = provisioning();
    let delete = gone(deleting(&provisioning()));
    record.before = Some(Past::of(&delete.job, Millis(4)));
    assert_eq!(
        last_operation(Thing::Instance, d(2), Some(&record)),
        Some(Answer::Gone(Thing::Instance))
    );
    assert_eq!(last_operation(Thing::Instance, p(1), Some(&record)), None);
}

#[test]
fn what_is_usable_and_repeatable_is_told_of_what_it_goes_for() {
    let flags = |record: &Record| match last_operation(Thing::Instance, None, Some(record)) {
        Some(Answer::State(LastOperation::Failed {
            description,
            instance_usable,
            update_repeatable,
        })) => {
            assert_eq!(description, "for the user");
            (instance_usable, update_repeatable)
        }
        other => panic!("{other:?}"),
    };
    let failure = Failure {
        instance_usable: Some(false),
        update_repeatable: Some(true),
        ..Failure::new("for the user", "for the operator")
    };
    let at = Millis(3);
    for (operation, told) in [
        (Operation::Provision, (None, None)),
        (Operation::Update, (Some(false), Some(true))),
        (Operation::Upgrade, (Some(false), Some(true))),
        (Operation::Recreate, (Some(false), Some(true))),
        (Operation::Deprovision, (Some(false), None)),
        (Operation::Bind, (None, None)),
        (Operation::Unbind, (None, None)),
    ] {
        let mut record = provisioning();
        record.job.operation = operation;
        record.job.state = State::Failed {
            at,
            failure: failure.clone(),
        };
        assert_eq!(flags(&record), told, "{operation:?}");
    }
}

#[test]
fn a_glance_says_only_that_something_runs() {
    let glance = Glance::at(&provisioning(), 5);
    assert!(glance.says_running(None) && glance.says_running(p(1)));
    assert!(!glance.says_running(p(2)), "another job: ask the leader");
    let newer = OperationString {
        accepted: 6,
        ..p(1).unwrap()
    };
    assert!(!glance.says_running(Some(newer)), "the view is older than the accept");
    let mut ended = provisioning();
    ended.job.state = failed(None);
    assert!(!Glance::at(&ended, 5).says_running(None));
    let mut looking = gone(deleting(&provisioning()));
    looking.job.state = State::Running;
    assert!(!Glance::at(&looking, 5).says_running(None), "410, from the leader");
}

#[test]
fn what_runs_is_told_with_its_note_its_place_and_its_time() {
    let mut record = provisioning();
    let told = |record: &Record, ahead, now| in_progress(record, ahead, now, None).0;
    assert_eq!(told(&record, 0, 2_000), "Instance provisioning in progress");
    assert_eq!(
        told(&record, 3, 150_000),
        "Instance provisioning in progress: queued, 3 ahead (2 min so far)"
    );
    record.job.turns = 1;
    assert_eq!(told(&record, 3, 0), "Instance provisioning in progress");
    // Between two legs.
    assert_eq!(
        told(&record, 3, 150_000),
        "Instance provisioning in progress (2 min so far)"
    );
    record.job.note = Some("deploying 2 of 5".into());
    assert_eq!(
        told(&record, 3, 7_500_000),
        "Instance provisioning in progress: deploying 2 of 5 (2 h 4 min so far)"
    );
    let mut forced = deleting(&record);
    forced.job.force = true;
    assert_eq!(told(&forced, 0, 2_000), "Instance forced deletion in progress");
}

/// At so many milliseconds: the line for people, and when to come again.
fn in_progress(record: &Record, ahead: usize, now: u64, usual: Option<u64>) -> (String, u64) {
    let pace = Pace {
        so_far: Millis(now).since(record.job.accepted_at),
        usual: usual.map(Duration::from_secs),
    };
    match Glance::at(record, 5).in_progress(ahead, pace, 10) {
        Answer::State(LastOperation::InProgress {
            description,
            retry_after,
        }) => (description, retry_after),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_runs_is_told_with_what_is_usual() {
    let mut record = provisioning();
    let told = |record: &Record, ahead, now| in_progress(record, ahead, now, Some(360));
    let text = "Instance provisioning in progress: queued, 3 ahead (usually about 6 min)";
    assert_eq!(told(&record, 3, 1_000), (text.into(), 90));
    record.job.turns = 1;
    record.job.note = Some("deploying: redis-server 2 of 3".into());
    let text = "Instance provisioning in progress: deploying: redis-server 2 of 3 (2 min so far, usually about 6 min)";
    assert_eq!(told(&record, 0, 121_000), (text.into(), 60));
    let text =
        "Instance provisioning in progress: deploying: redis-server 2 of 3 (9 min so far, longer than the usual 6 min)";
    assert_eq!(told(&record, 0, 541_000), (text.into(), 10));
    record.job.operation = Operation::Bind;
    assert_eq!(told(&record, 0, 1_000).1, 2);
    assert_eq!(in_progress(&record, 0, 1_000, None).1, 2);
}

#[test]
fn a_glance_names_the_plan_that_the_job_is_about() {
    let mut record = provisioning();
    assert_eq!(Glance::at(&record, 5).plan.as_deref(), Some("x"), "what is wanted");
    let wanted = record.job.wanted.take().unwrap();
    assert_eq!(Glance::at(&record, 5).plan, None);
    let force = serde_json::json!({ "plan": wanted.plan, "fingerprint": "f" });
    record.in_force = Some(serde_json::from_value(force).unwrap());
    assert_eq!(Glance::at(&record, 5).plan.as_deref(), Some("x"), "what is in force");
    let mut moves = wanted;
    moves.plan.plan_id = "y".into();
    record.job.wanted = Some(moves);
    assert_eq!(
        Glance::at(&record, 5).plan.as_deref(),
        Some("y"),
        "of both what is wanted"
    );
}

#[test]
fn who_waits_longer_is_ahead() {
    let at = |id, accepted, turns| {
        let mut record = provisioning();
        (record.job.id, record.job.accepted_at, record.job.turns) = (job(id), Millis(accepted), turns);
        Glance::at(&record, 5)
    };
    let mine = at(5, 100, 0);
    assert!(at(9, 99, 0).is_ahead_of(&mine));
    assert!(
        at(4, 100, 0).is_ahead_of(&mine),
        "of two in the same millisecond the ids decide"
    );
    for behind in [at(6, 100, 0), at(1, 101, 0), at(1, 1, 1), mine.clone()] {
        assert!(!behind.is_ahead_of(&mine));
    }
}
