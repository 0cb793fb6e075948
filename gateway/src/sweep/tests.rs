use super::*;
use chandler_proto::{layout::Lane, operation::Operation, step::Worker};
use std::future::ready;
use uuid::Uuid;

const NOW: Millis = Millis(1_000_000_000_000);

fn ago(span: Duration) -> Millis {
    Millis(NOW.0 - u64::try_from(span.as_millis()).unwrap())
}
fn glance(phase: Phase, running: bool, touched_at: Millis) -> Glance {
    Glance {
        revision: 3,
        undecided: phase == Phase::Pending,
        stake: None,
        phase,
        plan: None,
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
        wake: Some(Wake {
            worker: "provisioning".into(),
            lane: Lane::User,
            job: "j".into(),
            leg: 2,
            key: "instance.i".into(),
            revision: 3,
            traceparent: None,
            tracestate: None,
        }),
    }
}
/// So many jobs that nobody touched, the later ones longer ago.
fn forgotten(count: u64) -> Vec<(String, Glance)> {
    let one = |n: u64| {
        let touched = Millis(ago(FORGOTTEN).0 - n);
        let glance = Glance {
            job: JobId(Uuid::from_u128(n.into())),
            ..glance(Phase::Admitted, true, touched)
        };
        (format!("instance.{n}"), glance)
    };
    (0..count).map(one).collect()
}
fn jobs(rings: &[(Wake, Glance)]) -> Vec<JobId> {
    rings.iter().map(|(_, glance)| glance.job).collect()
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
    let change = |accepted_at| Glance {
        undecided: true,
        ..glance(Phase::Admitted, true, accepted_at)
    };
    assert_eq!(chore(&change(ago(Duration::from_millis(59_999))), None, NOW), None);
    assert_eq!(chore(&change(ago(FORGOTTEN)), None, NOW), Some(Chore::GiveUp));
}

#[test]
fn what_others_wait_for_comes_before_removals() {
    let mark = |at| Phase::Gone {
        at,
        look_at: None,
        stray: true,
    };
    let mut all: Vec<_> = (0..100)
        .map(|n| (format!("instance.{n}"), glance(mark(Millis(0)), false, NOW)))
        .collect();
    all.push(("instance.waits".into(), glance(Phase::Pending, true, ago(UNDECIDED))));
    let tidy = plan(all, &mut Rang::new(), NOW).tidy;
    assert_eq!((tidy.len(), tidy[0].as_str()), (MOST_WRITES, "instance.waits"));
}

#[tokio::test]
async fn however_many_were_forgotten_each_has_its_turn() {
    let all = forgotten(1_000);
    let mut rang = Rang::new();
    let mut rounds = Vec::new();
    for n in 0..10 {
        let now = NOW.plus(ROUND * n);
        let round = plan(all.clone(), &mut rang, now);
        rounds.push(jobs(&round.rings));
        assert!(ring_all(round.rings, &mut rang, now, |_| ready(Ok(Rung::Already))).await);
    }
    let first: std::collections::BTreeSet<_> = rounds[..5].iter().flatten().collect();
    assert_eq!(first.len(), 1_000, "five rounds ring each of them once");
    assert_eq!(
        rounds[0][0],
        JobId(Uuid::from_u128(999)),
        "who was touched longest ago comes first"
    );
    assert_eq!(rounds[..5], rounds[5..], "then who was rung longest ago");
}

#[tokio::test]
async fn what_can_never_be_rung_is_in_nobodys_way_but_a_bus_that_is_away_ends_the_round() {
    let due = plan(forgotten(5), &mut Rang::new(), NOW).rings;
    let all = jobs(&due);
    let mut rang = Rang::new();
    let mut asked = 0;
    let ring = |_| {
        asked += 1;
        ready(match asked {
            2 => Err(BusError::Refused("too large".into())),
            4 => Err(BusError::Away("no leader".into())),
            _ => Ok(Rung::New),
        })
    };
    assert!(!ring_all(due, &mut rang, NOW, ring).await);
    assert_eq!(asked, 4);
    let left = jobs(&plan(forgotten(5), &mut rang, NOW).rings);
    assert_eq!(left, all[4..], "the others are rung in the next round");
}

#[test]
fn a_job_without_a_leg_takes_nobodys_place() {
    let mut all = forgotten(2);
    all[1].1.wake = None;
    assert_eq!(
        jobs(&plan(all, &mut Rang::new(), NOW).rings),
        [JobId(Uuid::from_u128(0))]
    );
}

#[test]
fn what_needs_no_ring_any_more_is_not_remembered() {
    let mut rang = Rang::from([
        (JobId(Uuid::from_u128(0)), (1, NOW)),
        (JobId(Uuid::from_u128(9)), (2, NOW)),
    ]);
    plan(forgotten(1), &mut rang, NOW);
    assert!(rang.is_empty(), "another leg, and a job that is there no more");
}
