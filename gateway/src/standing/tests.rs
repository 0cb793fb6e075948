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
/// Job 1 provisions.
fn provisioning() -> Record {
    let text = || "x".to_owned();
    let plan = PlanCopy {
        service_id: text(),
        service_name: text(),
        plan_id: text(),
        plan_name: text(),
        binding_with_dns: Vec::new(),
        later: Default::default(),
    };
    let ask = Provision {
        instance: InstanceId::parse("i").unwrap(),
        birth: birth(1),
        asynchronous: true,
        wanted: Wanted {
            plan,
            fingerprint: text(),
            maintenance_version: None,
            context: None,
            binding: None,
            later: Default::default(),
        },
        request: Sealed {
            key: text(),
            nonce: text(),
            data: text(),
        },
        deadline: Duration::from_secs(9),
    };
    taken(provision(&ask, None, Millis(1_000)))
}
/// Job 2 deletes what job 1 did.
fn deleting(old: &Record) -> Record {
    let shelf = Shelf::new(
        &chandler_proto::catalog::Catalog { offerings: vec![] },
        Duration::from_secs(9),
        Default::default(),
    );
    let ask = Deprovision {
        instance: old.instance.clone(),
        birth: birth(2),
        force: false,
    };
    taken(deprovision(&ask, Some(old), &shelf, Millis(2_000)))
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
        succeeded("Instance provisioning completed"),
        "the one before"
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
        assert_eq!(
            last_operation(Thing::Instance, p(1), Some(&record)),
            succeeded("Instance provisioning completed")
        );
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
    let told = |record: &Record, ahead, now| match Glance::at(record, 5).in_progress(ahead, Millis(now), 10) {
        Answer::State(LastOperation::InProgress {
            description,
            retry_after: 10,
        }) => description,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&record, 0, 2_000), "Instance provisioning in progress");
    assert_eq!(
        told(&record, 3, 150_000),
        "Instance provisioning in progress: waiting, 3 ahead (2 min so far)"
    );
    record.job.turns = 1;
    assert_eq!(told(&record, 3, 0), "Instance provisioning in progress");
    record.job.note = Some("deploying 2 of 5".into());
    assert_eq!(
        told(&record, 3, 7_500_000),
        "Instance provisioning in progress: deploying 2 of 5 (2 h 4 min so far)"
    );
    let mut forced = deleting(&record);
    forced.job.force = true;
    assert_eq!(told(&forced, 0, 2_000), "Instance forced deletion in progress");
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
