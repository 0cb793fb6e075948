use super::*;

const NOW: Millis = Millis(10_000_000);
const DELETE: Leg = Leg::Delete {
    force: false,
    ever_succeeded: true,
};
const HALF_BUILT: Leg = Leg::Delete {
    force: false,
    ever_succeeded: false,
};

fn sight(own: &[End]) -> Sight {
    let own = own
        .iter()
        .zip(1..)
        .map(|(&end, id)| Own {
            id,
            end,
            ended: Some(Millis(0)),
            cancelling: false,
            processing: true,
        })
        .collect::<Vec<_>>();
    let active = own.iter().find(|t| t.end == End::Active).map(|t| t.id);
    Sight {
        own,
        replaced: vec![],
        active,
        locked: None,
        exists: true,
        touched: Millis(0),
    }
}
fn row(leg: Leg, s: &Sight) -> Row {
    decide(leg, s, NOW, Time::Within)
}
const START: Row = Row::Start { force: false };

#[test]
fn an_active_task_is_waited_for_and_one_of_a_replaced_job_cancelled_first() {
    let mut s = sight(&[End::Active]);
    assert_eq!(row(Leg::Deploy, &s), Row::WaitForTask(1));
    assert_eq!(
        decide(Leg::Deploy, &s, NOW, Time::Expired),
        Row::Cancel(1),
        "at the deadline it is cancelled"
    );
    s.own[0].cancelling = true;
    assert_eq!(decide(Leg::Deploy, &s, NOW, Time::Expired), Row::WaitForTask(1), "once");
    s = Sight {
        active: Some(9),
        replaced: vec![9],
        ..sight(&[])
    };
    assert_eq!(row(DELETE, &s), Row::Cancel(9));
    s.replaced.clear();
    assert_eq!(row(DELETE, &s), Row::WaitForTask(9), "an operator's task is waited for");
    assert_eq!(
        decide(DELETE, &s, NOW, Time::Expired),
        Row::TimedOut,
        "but not beyond the deadline"
    );
    let own = sight(&[End::Active]);
    assert_eq!(
        decide(DELETE, &own, NOW, Time::GivenUp),
        Row::TimedOut,
        "a cancel that never ends"
    );
    let ended_meanwhile = Sight { active: None, ..own };
    assert_eq!(
        decide(Leg::Deploy, &ended_meanwhile, NOW, Time::Expired),
        Row::Cancel(1),
        "look again first"
    );
    s.exists = false;
    assert_eq!(
        row(DELETE, &s),
        Row::WaitForTask(9),
        "its first deploy may still be queued"
    );
}

#[test]
fn a_lock_is_waited_for_unless_a_deploy_of_ours_is_done() {
    let locked = |own: &[End]| Sight {
        locked: Some("task 7".into()),
        ..sight(own)
    };
    assert_eq!(row(Leg::Deploy, &locked(&[])), Row::WaitForLock("task 7".into()));
    assert_eq!(row(Leg::Deploy, &locked(&[End::Done])), Row::Done);
    assert_eq!(row(DELETE, &locked(&[End::Done])), Row::WaitForLock("task 7".into()));
    assert_eq!(
        row(
            DELETE,
            &Sight {
                exists: false,
                ..locked(&[])
            }
        ),
        Row::WaitForLock("task 7".into())
    );
}

#[test]
fn a_deploy_acts_once_and_again_only_after_a_fault() {
    assert_eq!(row(Leg::Deploy, &sight(&[])), START);
    assert_eq!(row(Leg::Deploy, &sight(&[End::Done])), Row::Done);
    assert_eq!(
        row(Leg::Deploy, &sight(&[End::Fault, End::Done])),
        Row::Done,
        "one that is done counts, newest or not"
    );
    assert_eq!(row(Leg::Deploy, &sight(&[End::Failed])), Row::Failed(1));
    assert_eq!(row(Leg::Deploy, &sight(&[End::Cancelled])), Row::Failed(1));
    assert_eq!(row(Leg::Deploy, &sight(&[End::Fault])), START);
    assert_eq!(row(Leg::Deploy, &sight(&[End::Fault, End::Fault])), START);
    assert_eq!(
        row(Leg::Deploy, &sight(&[End::Fault, End::Fault, End::Fault])),
        Row::Failed(1)
    );
    assert_eq!(
        row(Leg::Deploy, &sight(&[End::NoLock; 9])),
        START,
        "without a lock nothing ran: it doesn't count"
    );
}

#[test]
fn an_errand_that_may_have_run_is_not_run_again() {
    assert_eq!(row(Leg::Errand, &sight(&[])), START);
    assert_eq!(row(Leg::Errand, &sight(&[End::Done])), Row::Done);
    for end in [End::Fault, End::Failed, End::Cancelled] {
        assert_eq!(row(Leg::Errand, &sight(&[end])), Row::Failed(1), "{end:?}");
    }
    assert_eq!(
        row(Leg::Errand, &sight(&[End::NoLock; 9])),
        START,
        "without a lock nothing ran"
    );
    assert_eq!(
        row(Leg::Errand, &sight(&[End::NoLock, End::Failed, End::NoLock])),
        Row::Failed(2),
        "but an earlier run did"
    );
}

#[test]
fn a_delete_ends_when_the_deployment_is_gone() {
    for own in [
        vec![],
        vec![End::Done],
        vec![End::Failed],
        vec![End::Fault],
        vec![End::Cancelled],
    ] {
        assert_eq!(
            row(
                DELETE,
                &Sight {
                    exists: false,
                    ..sight(&own)
                }
            ),
            Row::Done,
            "{own:?}"
        );
    }
    assert_eq!(row(DELETE, &sight(&[])), START);
    assert_eq!(row(DELETE, &sight(&[End::Done])), START, "done, and still there: again");
    assert_eq!(row(DELETE, &sight(&[End::Failed])), Row::Failed(1));
    assert_eq!(row(DELETE, &sight(&[End::Cancelled])), Row::Failed(1));
    assert_eq!(row(DELETE, &sight(&[End::Fault, End::Fault])), START);
    assert_eq!(
        row(DELETE, &sight(&[End::Fault, End::Fault, End::Fault])),
        Row::Failed(1)
    );
}

#[test]
fn force_is_for_those_who_ask_and_for_the_third_attempt_of_what_never_was() {
    let forced = Row::Start { force: true };
    assert_eq!(
        row(
            Leg::Delete {
                force: true,
                ever_succeeded: true
            },
            &sight(&[])
        ),
        forced
    );
    assert_eq!(row(HALF_BUILT, &sight(&[])), START);
    assert_eq!(row(HALF_BUILT, &sight(&[End::Failed])), START);
    assert_eq!(row(HALF_BUILT, &sight(&[End::Fault, End::Failed])), forced);
    assert_eq!(row(HALF_BUILT, &sight(&[End::Failed; 3])), Row::Failed(1));
    assert_eq!(
        row(DELETE, &sight(&[End::Fault, End::Fault])),
        START,
        "what once was is never forced by itself"
    );
}

#[test]
fn attempts_keep_a_distance_and_a_deadline_ends_them() {
    let mut s = sight(&[End::Fault]);
    s.own[0].ended = Some(Millis(NOW.0 - 1_000));
    s.touched = Millis(NOW.0 - 500);
    assert_eq!(row(Leg::Deploy, &s), Row::BackOff(Duration::from_secs(3)));
    let ahead = Sight {
        touched: Millis(NOW.0 - 4_000),
        own: vec![Own {
            ended: Some(Millis(NOW.0 + 9_000_000)),
            ..s.own[0]
        }],
        ..s.clone()
    };
    assert_eq!(row(Leg::Deploy, &ahead), START, "a Director whose clock is ahead");
    assert_eq!(decide(Leg::Deploy, &s, NOW, Time::Expired), Row::TimedOut);
    assert_eq!(
        decide(DELETE, &Sight { exists: false, ..s }, NOW, Time::Expired),
        Row::Done
    );
}
