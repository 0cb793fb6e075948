use super::*;
use crate::admit::{Deprovision, Provision, Verdict, deprovision, provision};
use crate::shelf::Shelf;
use chandler_proto::{
    ids::{InstanceId, JobId},
    job::Birth,
    records::{Phase, PlanCopy, Wanted},
    seal::Sealed,
};
use uuid::Uuid;

const NOW: Millis = Millis(9);

fn birth(id: u128) -> Birth {
    let job = JobId(Uuid::from_u128(id));
    Birth {
        job,
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
fn put(id: u128, over: Option<&Record>) -> Record {
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
        birth: birth(id),
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
    taken(provision(&ask, over, &shelf(), NOW))
}
fn delete(id: u128, over: Option<&Record>) -> Record {
    let ask = Deprovision {
        instance: InstanceId::parse("i").unwrap(),
        birth: birth(id),
        force: false,
    };
    taken(deprovision(&ask, over, &shelf(), NOW))
}
fn failed(mut record: Record) -> Record {
    record.job.state = State::Failed {
        at: NOW,
        failure: chandler_proto::failure::Failure::new("u", "o"),
    };
    record
}
fn begun(mut record: Record) -> Record {
    record.job.accepted_revision = Some(5);
    record.job.turns = 1;
    record
}
fn told_by_another(mut record: Record) -> Record {
    record.job.accepted_revision = Some(5);
    record
}

#[test]
fn a_fresh_provision_is_taken_back_wherever_it_is() {
    let ours = put(1, None);
    let it = Unsettled {
        ours: ours.clone(),
        earlier: None,
        over: 0,
    };
    for (seen, revision, what) in [(Some(&ours), 5, "it arrived"), (None, 0, "it may still arrive")] {
        let Next::Write(record) = it.next(seen, revision, NOW) else {
            panic!("{what}")
        };
        assert!(
            matches!(
                record.phase,
                Phase::Gone {
                    stray: true,
                    look_at: None,
                    ..
                }
            ),
            "{what}"
        );
        assert!(record.job.sealed.is_empty() && !record.unfinished(), "{what}");
    }
    assert_eq!(
        it.next(Some(&begun(ours.clone())), 6, NOW),
        Next::Nothing,
        "a worker has begun"
    );
    assert_eq!(
        it.next(Some(&told_by_another(ours.clone())), 6, NOW),
        Next::Nothing,
        "somebody was told of it"
    );
    assert_eq!(
        it.next(Some(&put(2, None)), 5, NOW),
        Next::Nothing,
        "another was accepted"
    );
    assert_eq!(
        it.next(Some(&delete(2, Some(&ours))), 6, NOW),
        Next::Nothing,
        "it was cancelled"
    );
    assert_eq!(
        it.next(None, 7, NOW),
        Next::Nothing,
        "what was there was purged: a late write can't arrive"
    );
}

#[test]
fn what_was_there_before_is_there_again() {
    let earlier = failed(put(1, None));
    for ours in [put(2, Some(&earlier)), delete(2, Some(&earlier))] {
        let it = Unsettled {
            ours: ours.clone(),
            earlier: Some(earlier.clone()),
            over: 4,
        };
        assert_eq!(it.next(Some(&ours), 5, NOW), Next::Write(Box::new(earlier.clone())));
        assert_eq!(
            it.next(Some(&earlier), 4, NOW),
            Next::Write(Box::new(earlier.clone())),
            "written again, so that a late one finds it changed"
        );
        assert_eq!(it.next(Some(&earlier), 5, NOW), Next::Nothing, "changed already");
        assert_eq!(it.next(Some(&begun(ours)), 6, NOW), Next::Nothing);
    }
}

#[test]
fn an_update_that_nobody_was_told_of_leaves_what_was_in_force() {
    let mut earlier = begun(put(1, None));
    earlier.job.state = State::Succeeded { at: NOW };
    let mut ours = earlier.clone();
    ours.job = put(2, None).job;
    ours.job.operation = chandler_proto::operation::Operation::Update;
    let it = Unsettled {
        ours: ours.clone(),
        earlier: Some(earlier.clone()),
        over: 4,
    };
    assert_eq!(it.next(Some(&ours), 5, NOW), Next::Write(Box::new(earlier.clone())));
    assert_eq!(
        it.next(Some(&earlier), 4, NOW),
        Next::Write(Box::new(earlier.clone())),
        "a late one finds it changed"
    );
    assert_eq!(it.next(Some(&told_by_another(ours)), 6, NOW), Next::Nothing);
}

#[test]
fn what_a_quota_is_counted_for_is_taken_back_whichever_answer_was_lost() {
    let pending = |over: Option<&Record>| Record {
        phase: Phase::Pending,
        ..put(1, over)
    };
    let admitted = put(1, None);
    for (ours, earlier, over) in [(pending(None), None, 0), (pending(None), None, 5)] {
        let it = Unsettled { ours, earlier, over };
        for seen in [&pending(None), &admitted] {
            let Next::Write(record) = it.next(Some(seen), 5, NOW) else {
                panic!("{seen:?}")
            };
            assert!(record.gone(), "undecided or admitted, nobody was told");
        }
        let refused = crate::admit::refused(&pending(None), "full", NOW);
        assert_eq!(it.next(Some(&refused), 6, NOW), Next::Nothing, "it is gone already");
        let helped = crate::admit::admitted(&pending(None), 5, false);
        assert_eq!(
            it.next(Some(&helped), 6, NOW),
            Next::Nothing,
            "another gateway told of it"
        );
    }
    let mut earlier = begun(put(1, None));
    earlier.job.state = State::Succeeded { at: NOW };
    let mut ours = earlier.clone();
    ours.job = put(2, None).job;
    ours.job.undecided = Some(Box::new(chandler_proto::job::Displaced {
        job: earlier.job.clone(),
        before: None,
        later: Default::default(),
    }));
    let it = Unsettled {
        ours: ours.clone(),
        earlier: Some(earlier.clone()),
        over: 7,
    };
    for seen in [&ours, &crate::admit::admitted(&ours, 7, true)] {
        assert_eq!(it.next(Some(seen), 7, NOW), Next::Write(Box::new(earlier.clone())));
    }
    assert_eq!(
        it.next(Some(&earlier), 8, NOW),
        Next::Nothing,
        "the sweep did so before"
    );
}

#[test]
fn a_cancel_stands() {
    let running = begun(put(1, None));
    let ours = delete(2, Some(&running));
    let it = Unsettled {
        ours: ours.clone(),
        earlier: Some(running.clone()),
        over: 6,
    };
    assert_eq!(
        it.next(Some(&ours), 7, NOW),
        Next::Ring,
        "the provision may have been reported as failed"
    );
    assert_eq!(it.next(Some(&running), 6, NOW), Next::Nothing);
}

#[test]
fn a_stray_mark_is_left_alone() {
    let ours = delete(2, None);
    let it = Unsettled {
        ours: ours.clone(),
        earlier: None,
        over: 0,
    };
    assert_eq!(it.next(Some(&ours), 1, NOW), Next::Nothing);
    assert_eq!(it.next(None, 0, NOW), Next::Nothing);
}
