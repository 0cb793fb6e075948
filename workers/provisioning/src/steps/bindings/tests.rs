//! The rule of the leg, line by line: no bus, no clock.
use super::*;
use crate::steps::testing::{HOUR, NOW, TEXTS, failed, job, record, scene};
use chandler_proto::{ids::Millis, job::CLOCK_SLACK, layout::Lane, records::Phase};

/// A deprovision that was accepted at revision 10.
fn deprovision() -> Scene {
    let mut job = job(Operation::Deprovision);
    job.accepted_revision = Some(10);
    scene(job)
}

fn binding(id: &str, operation: Operation, state: State, accepted: Option<u64>) -> At {
    let mut job = job(operation);
    (job.state, job.accepted_revision) = (state, accepted);
    (Box::new(record(Some(id), job)), 30)
}

fn gone(id: &str) -> At {
    let (mut record, at) = binding(id, Operation::Unbind, State::Succeeded { at: NOW }, Some(5));
    record.phase = Phase::Gone {
        at: NOW,
        look_at: None,
        stray: false,
    };
    (record, at)
}

fn bound(id: &str) -> At {
    binding(id, Operation::Bind, State::Succeeded { at: NOW }, Some(3))
}

fn decide(scene: &Scene, bindings: Vec<At>) -> Decision<Vec<At>> {
    Bindings::decide(scene, Seen { bindings, texts: TEXTS })
}

fn replaced(decision: Decision<Vec<At>>) -> (Vec<String>, String) {
    let Decision::Act { act, note, .. } = decision else {
        panic!("{decision:?}")
    };
    let ids = act
        .iter()
        .map(|(record, _)| record.binding.as_ref().unwrap().as_str().to_owned());
    (ids.collect(), note.unwrap())
}

#[test]
fn the_leg_is_done_when_nothing_is_left() {
    for bindings in [vec![], vec![gone("a")], vec![gone("a"), gone("b")]] {
        assert_eq!(
            decide(&deprovision(), bindings.clone()),
            Decision::Done(Facts::default())
        );
        let mut late = deprovision();
        late.now = late.job().deadline.plus(HOUR);
        assert_eq!(
            decide(&late, bindings),
            Decision::Done(Facts::default()),
            "the deadline takes nothing back"
        );
    }
}

#[test]
fn every_job_but_a_running_unbind_is_replaced_by_one() {
    let running = |id: &str, operation| binding(id, operation, State::Running, Some(8));
    for (what, at, replaces) in [
        ("a bind that runs", running("x", Operation::Bind), true),
        (
            "one that was never touched",
            binding("x", Operation::Bind, State::Running, None),
            true,
        ),
        ("a binding that is there", bound("x"), true),
        (
            "a bind that failed",
            binding("x", Operation::Bind, failed("f"), Some(8)),
            true,
        ),
        (
            "an unbind that failed before",
            binding("x", Operation::Unbind, failed("f"), Some(9)),
            true,
        ),
        (
            "one of long ago",
            binding("x", Operation::Unbind, failed("f"), None),
            true,
        ),
        (
            "an unbind that runs, older than the deprovision",
            running("x", Operation::Unbind),
            false,
        ),
        (
            "and a younger one",
            binding("x", Operation::Unbind, State::Running, None),
            false,
        ),
    ] {
        let decision = decide(&deprovision(), vec![gone("g"), at]);
        if replaces {
            assert_eq!(
                replaced(decision),
                (vec!["x".into()], "removing 1 binding".into()),
                "{what}"
            );
        } else {
            assert!(matches!(decision, Decision::Wait { .. }), "{what}: {decision:?}");
        }
    }
}

#[test]
fn it_counts_what_is_left_and_takes_some_at_once() {
    let mut bindings: Vec<_> = (0..AT_ONCE + 2).map(|n| bound(&format!("b{n:02}"))).collect();
    bindings.push(binding("u", Operation::Unbind, State::Running, Some(12)));
    let (ids, note) = replaced(decide(&deprovision(), bindings));
    assert_eq!((ids.len(), ids[0].as_str()), (AT_ONCE, "b00"));
    assert_eq!(note, format!("removing {} bindings", AT_ONCE + 3));
    let wait = decide(
        &deprovision(),
        vec![binding("u", Operation::Unbind, State::Running, Some(12))],
    );
    let Decision::Wait { after, note, .. } = wait else {
        panic!("{wait:?}")
    };
    assert_eq!(note.as_deref(), Some("removing 1 binding"));
    assert!(after >= PAUSE && after < PAUSE * 2, "{after:?}");
}

#[test]
fn only_so_many_are_on_their_way() {
    let on_their_way = |n: usize, left: usize| {
        let unbind = |n| binding(&format!("u{n:02}"), Operation::Unbind, State::Running, Some(12));
        let mut bindings: Vec<_> = (0..n).map(unbind).collect();
        bindings.extend((0..left).map(|n| bound(&format!("b{n:02}"))));
        decide(&deprovision(), bindings)
    };
    for (n, taken) in [(0, 16), (16, 16), (17, 15), (31, 1)] {
        assert_eq!(replaced(on_their_way(n, 1000)).0.len(), taken, "{n} on their way");
    }
    assert_eq!(replaced(on_their_way(31, 1)).0.len(), 1);
    for n in [32, 40] {
        let decision = on_their_way(n, 1000);
        let Decision::Wait { after, note, .. } = decision else {
            panic!("{n} on their way: {decision:?}")
        };
        assert_eq!(note, Some(format!("removing {} bindings", 1000 + n)));
        assert!(after <= Duration::from_secs(5), "places don't stay empty: {after:?}");
    }
}

#[test]
fn an_unbind_that_failed_meanwhile_fails_the_deprovision_when_no_other_is_on_its_way() {
    let stays = || binding("s", Operation::Unbind, failed("no"), Some(11));
    let leaves = binding("u", Operation::Unbind, State::Running, Some(12));
    assert!(matches!(
        decide(&deprovision(), vec![stays(), leaves]),
        Decision::Wait { .. }
    ));
    assert_eq!(replaced(decide(&deprovision(), vec![stays(), bound("x")])).0, ["x"]);

    let Decision::Fail(failure) = decide(&deprovision(), vec![gone("g"), stays()]) else {
        panic!()
    };
    let told = "Instance deletion failed: for the user: no (broker-request-id: ";
    assert!(failure.for_user.starts_with(told), "{failure:?}");
    assert_eq!(failure.for_operator, "the unbind of s failed: for the operator: no");
    assert_eq!(failure.instance_usable, Some(false));
    let two = vec![stays(), binding("t", Operation::Unbind, failed("nor"), Some(14))];
    let Decision::Fail(failure) = decide(&deprovision(), two) else {
        panic!()
    };
    assert!(
        failure.for_operator.ends_with("no (2 bindings could not be removed)"),
        "{failure:?}"
    );

    // Before its first checkpoint the revision that was read is that of the accept.
    let mut fresh = deprovision();
    fresh.record.job.accepted_revision = None;
    assert_eq!(replaced(decide(&fresh, vec![stays()])).0, ["s"], "11 is older than 20");
    // The next DELETE begins again.
    let mut next = deprovision();
    next.record.job.accepted_revision = Some(15);
    assert_eq!(replaced(decide(&next, vec![stays()])).0, ["s"]);
}

#[test]
fn a_forced_deprovision_wants_forced_unbinds() {
    let mut forced = deprovision();
    forced.record.job.force = true;
    let mut stays = binding("s", Operation::Unbind, failed("no"), Some(11));
    assert_eq!(replaced(decide(&forced, vec![stays.clone()])).0, ["s"]);
    stays.0.job.force = true;
    let Decision::Fail(failure) = decide(&forced, vec![stays]) else {
        panic!()
    };
    assert!(
        failure.for_user.starts_with("Instance forced deletion failed: "),
        "{failure:?}"
    );
}

#[test]
fn a_further_round_goes_on_without_what_it_cannot_unbind() {
    let mut again = deprovision();
    again.record.phase = Phase::Gone {
        at: NOW,
        look_at: None,
        stray: false,
    };
    assert_eq!(replaced(decide(&again, vec![bound("x")])).0, ["x"]);
    let stays = binding("s", Operation::Unbind, failed("no"), Some(11));
    assert_eq!(decide(&again, vec![stays]), Decision::Done(Facts::default()));
}

#[test]
fn nothing_is_begun_after_the_deadline() {
    let mut late = deprovision();
    late.now = late.job().deadline.plus(Duration::from_millis(1));
    late.record.job.last_fault = Some("the bus is away".into());
    let unbind = || binding("u", Operation::Unbind, State::Running, Some(12));
    for bindings in [
        vec![bound("x")],
        vec![unbind()],
        vec![unbind(), binding("s", Operation::Unbind, failed("f"), Some(11))],
    ] {
        let Decision::Fail(failure) = decide(&late, bindings) else {
            panic!()
        };
        let cause = "the deadline passed with 1 binding left; the last fault: the bus is away";
        assert_eq!(failure.for_operator, cause);
    }
}

#[test]
fn an_unbind_that_is_accepted_here_is_the_deprovisions_child() {
    let (mut record, _) = bound("x");
    record.job.act_until = Some(Millis(NOW.0 + 7));
    let mut parent = deprovision();
    parent.record.job.lane = Lane::Batch;
    parent.record.job.force = true;
    let unbind = child(&record, &parent, JobId(Uuid::from_u128(9)), true, HOUR);
    assert_eq!(
        (unbind.job.operation, unbind.job.lane),
        (Operation::Unbind, Lane::Batch)
    );
    assert_eq!((unbind.job.force, unbind.job.synchronous), (true, false));
    let free = Millis(NOW.0 + 7).plus(CLOCK_SLACK);
    assert_eq!(unbind.job.deadline, free.plus(HOUR), "its time begins when it may act");
    assert_eq!(unbind.job.traceparent, parent.job().traceparent);
    assert_eq!(
        unbind.job.act_until,
        Some(Millis(NOW.0 + 7)),
        "somebody may still be acting"
    );
    assert_eq!(unbind.job.itinerary.len(), 2, "delete, revoke");
    assert_eq!(
        child(&record, &parent, JobId(Uuid::from_u128(9)), false, HOUR)
            .job
            .itinerary
            .len(),
        1
    );
}
