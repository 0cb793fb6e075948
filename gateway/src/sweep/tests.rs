use super::*;
use chandler_proto::{layout::Lane, operation::Operation, step::Worker};
use uuid::Uuid;

const NOW: Millis = Millis(1_000_000_000_000);

fn ago(span: Duration) -> Millis {
    Millis(NOW.0 - u64::try_from(span.as_millis()).unwrap())
}
fn glance(phase: Phase, running: bool, touched_at: Millis) -> Glance {
    Glance {
        revision: 3,
        phase,
        job: JobId(Uuid::from_u128(1)),
        operation: Operation::Deprovision,
        force: false,
        running,
        turns: 1,
        leg: 2,
        owner: Some(Worker::Provisioning),
        lane: Lane::User,
        note: None,
        accepted_at: touched_at,
        touched_at,
        traceparent: None,
        tracestate: None,
    }
}

#[test]
fn a_running_job_is_rung_when_nobody_touched_or_rang_it_for_a_minute() {
    for phase in [
        Phase::Admitted,
        Phase::Gone {
            at: Millis(0),
            look_at: None,
            stray: false,
        },
    ] {
        let just = glance(phase.clone(), true, ago(Duration::from_millis(59_999)));
        assert_eq!(chore(&just, None, NOW), None);
        let long = glance(phase.clone(), true, ago(FORGOTTEN));
        assert_eq!(chore(&long, None, NOW), Some(Chore::Ring));
        assert_eq!(
            chore(&long, Some((2, ago(Duration::from_secs(59)))), NOW),
            None,
            "rung by us"
        );
        assert_eq!(chore(&long, Some((2, ago(FORGOTTEN))), NOW), Some(Chore::Ring));
        assert_eq!(chore(&long, Some((1, NOW)), NOW), Some(Chore::Ring), "another leg was");
        assert_eq!(
            chore(&glance(phase, true, Millis(NOW.0 + 9)), None, NOW),
            None,
            "a clock ahead"
        );
    }
    assert_eq!(
        chore(&glance(Phase::Admitted, false, Millis(0)), None, NOW),
        None,
        "finished"
    );
}

#[test]
fn a_last_look_is_rung_when_it_is_due() {
    let look = |due| {
        glance(
            Phase::Gone {
                at: Millis(0),
                look_at: Some(due),
                stray: false,
            },
            false,
            NOW,
        )
    };
    assert_eq!(chore(&look(Millis(NOW.0 + 1)), None, NOW), None);
    assert_eq!(
        chore(&look(NOW), None, NOW),
        Some(Chore::Ring),
        "however lately it was touched"
    );
    assert_eq!(chore(&look(NOW), Some((2, NOW)), NOW), None);
}

#[test]
fn what_is_gone_is_removed_in_its_time() {
    let gone = |at, stray| {
        glance(
            Phase::Gone {
                at,
                look_at: None,
                stray,
            },
            false,
            NOW,
        )
    };
    let second = Duration::from_secs(1);
    assert_eq!(chore(&gone(ago(KEEP_GONE - second), false), None, NOW), None);
    assert_eq!(chore(&gone(ago(KEEP_GONE), false), None, NOW), Some(Chore::Purge));
    assert_eq!(chore(&gone(ago(KEEP_STRAY - second), true), None, NOW), None);
    assert_eq!(chore(&gone(ago(KEEP_STRAY), true), None, NOW), Some(Chore::Purge));
}

#[test]
fn what_nobody_decided_is_given_up_and_never_rung() {
    assert_eq!(
        chore(
            &glance(Phase::Pending, true, ago(Duration::from_millis(59_999))),
            None,
            NOW
        ),
        None
    );
    assert_eq!(
        chore(&glance(Phase::Pending, true, ago(UNDECIDED)), None, NOW),
        Some(Chore::GiveUp)
    );
}
