use super::*;
use chandler_proto::{
    job::CLOCK_SLACK,
    records::{InForce, PlanCopy},
};
use uuid::Uuid;

const NOW: Millis = Millis(10_000_000);

fn id() -> InstanceId {
    InstanceId::parse("i").unwrap()
}
fn sealed(data: &str) -> Sealed {
    Sealed {
        key: "k".into(),
        nonce: "n".into(),
        data: data.into(),
    }
}
fn plan() -> PlanCopy {
    PlanCopy {
        service_id: "s".into(),
        service_name: "S".into(),
        plan_id: "p".into(),
        plan_name: "P".into(),
        later: Default::default(),
    }
}
fn birth(job: u128) -> Birth {
    Birth {
        job: JobId(Uuid::from_u128(job)),
        traceparent: Some("tp".into()),
        tracestate: None,
        originating_identity: Some("who".into()),
        request_identity: Some("req".into()),
    }
}
fn wanted(fingerprint: &str) -> Wanted {
    Wanted {
        plan: plan(),
        fingerprint: fingerprint.into(),
        maintenance_version: None,
        context: Some(sealed("c")),
        later: Default::default(),
    }
}
fn put(job: u128, fingerprint: &str) -> Provision {
    Provision {
        instance: id(),
        birth: birth(job),
        asynchronous: true,
        wanted: wanted(fingerprint),
        request: sealed("r"),
        deadline: Duration::from_secs(100),
    }
}
fn delete(job: u128) -> Deprovision {
    Deprovision {
        instance: id(),
        birth: birth(job),
        force: false,
    }
}
fn shelf() -> Shelf {
    Shelf::new(
        &chandler_proto::catalog::Catalog { offerings: vec![] },
        Duration::from_secs(7),
    )
}
fn accepted(verdict: Verdict) -> Record {
    match verdict {
        Verdict::Accept(record) => *record,
        other => panic!("{other:?}"),
    }
}
fn failed() -> State {
    State::Failed {
        at: Millis(5),
        failure: Failure::new("u", "o"),
    }
}
/// A record with job 1, which asked for fingerprint `a`.
fn provisioning() -> Record {
    accepted(provision(&put(1, "a"), None, Millis(1)))
}
fn provision_failed() -> Record {
    let mut record = provisioning();
    record.job.state = failed();
    record
}
fn provisioned() -> Record {
    let mut record = provisioning();
    record.job.state = State::Succeeded { at: Millis(5) };
    let Wanted {
        plan,
        fingerprint,
        maintenance_version,
        context,
        later,
    } = record.job.wanted.take().unwrap();
    let dashboard_url = Some("https://d".to_owned());
    record.in_force = Some(InForce {
        plan,
        fingerprint,
        maintenance_version,
        context,
        dashboard_url,
        labels: BTreeMap::new(),
        later,
    });
    record
}
/// Written, not decided.
fn pending(over: Option<&Record>) -> Record {
    let mut record = accepted(provision(&put(1, "a"), over, Millis(1_000_000)));
    record.phase = Phase::Pending;
    record
}
fn deleting(of: &Record) -> Record {
    accepted(deprovision(&delete(2), Some(of), &shelf(), Millis(6)))
}
fn gone(at: Millis, look_at: Option<Millis>) -> Record {
    let mut record = deleting(&provisioned());
    record.job.state = State::Succeeded { at };
    record.in_force = None;
    record.phase = Phase::Gone {
        at,
        look_at,
        stray: false,
    };
    record
}
fn says(verdict: Verdict) -> Answer {
    match verdict {
        Verdict::Say(answer) => answer,
        other => panic!("{other:?}"),
    }
}
fn is_concurrency(verdict: Verdict) -> bool {
    matches!(says(verdict), Answer::Refused(Refusal::Concurrency(_)))
}

#[test]
fn a_put_over_nothing_is_one_admitted_record_at_leg_0() {
    let record = accepted(provision(&put(1, "a"), None, NOW));
    assert_eq!(
        (&record.phase, &record.in_force, &record.before, record.created_at),
        (&Phase::Admitted, &None, &None, NOW)
    );
    let job = &record.job;
    assert_eq!(
        (job.id, job.operation, job.leg, job.turns, job.accepted_revision),
        (JobId(Uuid::from_u128(1)), Operation::Provision, 0, 0, None)
    );
    assert_eq!(
        (job.accepted_at, job.touched_at, job.deadline),
        (NOW, NOW, Millis(NOW.0 + 100_000))
    );
    assert_eq!(job.itinerary, itinerary(Operation::Provision));
    assert_eq!(
        (job.sealed.get("request"), job.wanted.as_ref()),
        (Some(&sealed("r")), Some(&wanted("a")))
    );
    assert_eq!(
        (
            job.traceparent.as_deref(),
            job.originating_identity.as_deref(),
            job.request_identity.as_deref()
        ),
        (Some("tp"), Some("who"), Some("req"))
    );
    assert_eq!(Record::parse(&record.bytes()).unwrap(), record);
    let Answer::Accepted(operation) = told(&record, 9) else {
        panic!()
    };
    assert_eq!(operation.to_string(), "p.00000000-0000-0000-0000-000000000001.9");
}

#[test]
fn put_against_every_state() {
    let same = |record: &Record| provision(&put(3, "a"), Some(record), NOW);
    let other = |record: &Record| provision(&put(3, "b"), Some(record), NOW);
    let conflict = || Verdict::Say(Refusal::Conflict.into());

    assert_eq!(same(&provisioning()), Verdict::Same);
    assert_eq!(other(&provisioning()), conflict());

    let done = Answer::Provisioned {
        dashboard_url: Some("https://d".into()),
    };
    assert_eq!(says(same(&provisioned())), done);
    assert_eq!(other(&provisioned()), conflict());

    assert!(is_concurrency(same(&deleting(&provisioned()))));
    assert!(
        is_concurrency(other(&deleting(&provisioned()))),
        "not 409: it is on its way out"
    );

    let mut undeleted = deleting(&provisioned());
    undeleted.job.state = failed();
    assert!(is_concurrency(same(&undeleted)), "half of it may be gone");
    assert_eq!(other(&undeleted), conflict());

    let mut half = deleting(&provision_failed());
    half.job.state = failed();
    assert!(is_concurrency(same(&half)));
    assert_eq!(other(&half), conflict());

    let mut pending = provisioning();
    pending.phase = Phase::Pending;
    assert!(is_concurrency(same(&pending)));
    assert_eq!(other(&pending), conflict());
}

#[test]
fn an_identical_put_starts_a_failed_provision_again() {
    let mut old = provision_failed();
    old.job.act_until = Some(Millis(77));
    let record = accepted(provision(&put(3, "a"), Some(&old), NOW));
    assert_eq!(
        (record.job.id, record.job.state.clone(), record.job.act_until),
        (JobId(Uuid::from_u128(3)), State::Running, Some(Millis(77)))
    );
    assert_eq!(
        record.before,
        Some(Past {
            job: JobId(Uuid::from_u128(1)),
            operation: Operation::Provision,
            state: failed()
        })
    );
    assert_eq!(record.created_at, Millis(1), "the same instance");
    assert_eq!(
        provision(&put(3, "b"), Some(&old), NOW),
        Verdict::Say(Refusal::Conflict.into())
    );
}

#[test]
fn a_put_waits_until_what_is_gone_is_gone_for_good() {
    let put = |record: &Record, now| provision(&put(3, "zzz"), Some(record), now);
    let at = Millis(1_000_000);
    assert!(is_concurrency(put(&gone(at, None), Millis(at.0 + 119_999))));
    assert!(is_concurrency(put(&gone(at, None), Millis(at.0 - 5))), "a clock behind");
    assert!(
        is_concurrency(put(&gone(at, Some(at)), Millis(at.0 + 9_000_000))),
        "until the look is over, not until it is due"
    );
    let mut again = gone(at, None);
    again.job.state = State::Running;
    assert!(
        is_concurrency(put(&again, Millis(at.0 + 9_000_000))),
        "the look found something"
    );
    let record = accepted(put(&gone(at, None), Millis(at.0 + 120_000)));
    assert_eq!(
        (record.created_at, record.in_force.is_none()),
        (Millis(at.0 + 120_000), true),
        "another instance"
    );
    assert_eq!(record.before.unwrap().operation, Operation::Deprovision);
}

#[test]
fn a_platform_that_cannot_wait_hears_only_of_what_is_finished() {
    let sync = Provision {
        asynchronous: false,
        ..put(3, "a")
    };
    let asks = |record: Option<&Record>| says(provision(&sync, record, NOW));
    assert!(
        matches!(asks(Some(&provisioned())), Answer::Provisioned { .. }),
        "AMB-1"
    );
    for record in [
        None,
        Some(&provisioning()),
        Some(&provision_failed()),
        Some(&deleting(&provisioned())),
    ] {
        assert_eq!(asks(record), Answer::Refused(Refusal::AsyncRequired));
    }
}

#[test]
fn a_delete_replaces_whatever_job_there_was() {
    let mut acting = provisioning();
    acting.job.act_until = Some(Millis(NOW.0 + 20_000));
    acting.job.written_by = Some(chandler_proto::ids::TurnId(Uuid::from_u128(8)));
    let pending = pending(Some(&provision_failed()));
    let mut undeleted = deleting(&provisioned());
    undeleted.job.state = failed();
    for (old, what) in [
        (acting, "running"),
        (pending, "pending over a failed provision"),
        (provision_failed(), "failed"),
        (provisioned(), "finished"),
        (undeleted, "undeleted"),
    ] {
        let record = accepted(deprovision(
            &Deprovision {
                force: true,
                ..delete(5)
            },
            Some(&old),
            &shelf(),
            NOW,
        ));
        assert_eq!(
            (record.job.operation, record.job.force, record.job.turns),
            (Operation::Deprovision, true, 0),
            "{what}"
        );
        assert_eq!(record.job.itinerary, itinerary(Operation::Deprovision));
        assert_eq!(
            (record.phase, record.job.act_until, record.job.accepted_revision),
            (Phase::Admitted, old.job.act_until, None),
            "{what}"
        );
        assert_eq!(
            (&record.in_force, record.created_at),
            (&old.in_force, old.created_at),
            "{what}"
        );
        assert_eq!(
            record.job.wanted.is_some(),
            old.in_force.is_none(),
            "{what}: the plan stays known"
        );
        assert!(
            record.job.sealed.is_empty(),
            "{what}: the request's parameters are dropped"
        );
        assert_eq!(record.before, Some(Past::of(&old.job, NOW)), "{what}");
        assert_eq!(
            record.job.deadline,
            Millis(NOW.0 + 7_000),
            "{what}: a plan that left the catalog"
        );
        if let Some(until) = old.job.act_until {
            let others = record
                .job
                .window_of_others(NOW, Some(chandler_proto::ids::TurnId(Uuid::from_u128(8))));
            assert_eq!(
                others,
                Some(until.plus(CLOCK_SLACK)),
                "the window holds for every turn of the new job"
            );
        }
    }
}

#[test]
fn a_delete_of_what_was_never_decided_makes_it_gone_at_once() {
    for old in [pending(None), pending(Some(&gone(Millis(5), None)))] {
        let record = accepted(deprovision(&delete(5), Some(&old), &shelf(), NOW));
        assert_eq!(
            record.phase,
            Phase::Gone {
                at: NOW,
                look_at: None,
                stray: true
            }
        );
        assert!(!record.unfinished() && record.job.finished() && record.job.sealed.is_empty());
        assert_eq!(
            record.before,
            Some(Past::of(&old.job, NOW)),
            "the provision was cancelled"
        );
        assert_eq!(record.created_at, old.created_at);
        assert_eq!(told(&record, 4), Answer::Gone);
        assert!(is_concurrency(provision(&put(6, "a"), Some(&record), NOW)));
    }
}

#[test]
fn a_delete_of_what_runs_out_or_is_gone_changes_nothing() {
    let ask = |record: &Record| deprovision(&delete(5), Some(record), &shelf(), NOW);
    assert_eq!(ask(&deleting(&provisioned())), Verdict::Same);
    let forced = Deprovision {
        force: true,
        ..delete(5)
    };
    assert_eq!(
        deprovision(&forced, Some(&deleting(&provisioned())), &shelf(), NOW),
        Verdict::Same
    );
    for look in [None, Some(Millis(1)), Some(Millis(u64::MAX))] {
        let Verdict::Renew(renewed) = ask(&gone(Millis(3), look)) else {
            panic!("the write is the point: a PUT on its way must find its revision passed")
        };
        let mut as_it_was = gone(Millis(3), look);
        as_it_was.phase = gone(NOW, look).phase;
        assert_eq!(*renewed, as_it_was, "gone as of now, else as it was");
        let put = provision(&put(9, "f"), Some(&renewed), Millis(NOW.0 + 1_000));
        assert!(is_concurrency(put), "its id is closed once more");
    }
    let mut again = gone(Millis(3), None);
    again.job.state = State::Running;
    assert!(matches!(ask(&again), Verdict::Renew(_)));
}

#[test]
fn a_delete_for_an_unknown_id_leaves_a_stray_mark() {
    let record = accepted(deprovision(&delete(5), None, &shelf(), NOW));
    assert_eq!(
        record.phase,
        Phase::Gone {
            at: NOW,
            look_at: None,
            stray: true
        }
    );
    assert!(!record.unfinished() && record.job.finished() && record.job.itinerary.is_empty());
    assert_eq!(told(&record, 4), Answer::Gone);
    assert!(
        is_concurrency(provision(&put(6, "a"), Some(&record), NOW)),
        "a PUT that is still on its way finds its place taken"
    );
}

#[test]
fn what_is_taken_back_is_gone_and_keeps_no_secret() {
    let record = never_mind(&provisioning(), NOW);
    assert!(record.gone() && !record.unfinished());
    assert!(record.job.sealed.is_empty() && record.job.wanted.is_none());
    assert!(matches!(record.job.state, State::Failed { .. }));
}

#[test]
fn maintenance_versions_are_compared_with_the_catalog() {
    assert_eq!(check_maintenance(None, None), Ok(()));
    assert_eq!(check_maintenance(None, Some("1.0.0")), Ok(()));
    assert_eq!(check_maintenance(Some("1.0.0"), Some("1.0.0")), Ok(()));
    assert_eq!(
        check_maintenance(Some("1.0.1"), Some("1.0.0")),
        Err(Refusal::MaintenanceDiffers)
    );
    assert_eq!(check_maintenance(Some("1.0.0"), None), Err(Refusal::MaintenanceUnknown));
}
