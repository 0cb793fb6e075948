use super::*;

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
        assert_eq!(
            record.job.itinerary,
            itinerary(Operation::Deprovision, Wishes::default())
        );
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
                .window_of_others(NOW, Some(chandler_proto::ids::TurnId(Uuid::from_u128(9))));
            assert_eq!(
                others,
                Some(until.plus(CLOCK_SLACK)),
                "the window holds for every turn of the new job"
            );
            assert_eq!(
                record.job.written_by, old.job.written_by,
                "{what}: only the turn that acts can end it"
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
        assert_eq!(told(&record, 4), Answer::Gone(Thing::Instance));
        assert!(is_concurrency(provision(&put(6, "a"), Some(&record), &shelf(), NOW)));
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
        let put = provision(&put(9, "f"), Some(&renewed), &shelf(), Millis(NOW.0 + 1_000));
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
    assert_eq!(told(&record, 4), Answer::Gone(Thing::Instance));
    assert!(
        is_concurrency(provision(&put(6, "a"), Some(&record), &shelf(), NOW)),
        "a PUT that is still on its way finds its place taken"
    );
}

#[test]
fn what_nobody_decided_is_given_up_and_what_a_failed_provision_left_stays_known() {
    let over_nothing = given_up(&pending(None), NOW);
    assert!(over_nothing.gone() && over_nothing.job.wanted.is_none());
    let old = pending(Some(&provision_failed()));
    let record = given_up(&old, NOW);
    assert_eq!((&record.phase, &record.before), (&Phase::Admitted, &old.before));
    assert!(matches!(record.job.state, State::Failed { .. }) && record.job.sealed.is_empty());
    let deletion = accepted(deprovision(&delete(5), Some(&record), &shelf(), NOW));
    assert_eq!(
        (deletion.job.state.clone(), deletion.plan()),
        (State::Running, Some(&plan())),
        "there may be a deployment"
    );
    let again = accepted(provision(&put(6, "a"), Some(&record), &shelf(), NOW));
    assert_eq!(again.job.state, State::Running);
}
