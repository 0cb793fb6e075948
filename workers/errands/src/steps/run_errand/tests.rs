//! What follows from what is seen, line by line.
use super::{Act, RunErrand, Seen, There};
use chandler_clients::bosh::{ErrandInstance, ErrandResult};
use chandler_common::tasks::{
    leg::View,
    notes::Look,
    sight,
    table::{End, Own, Sight},
};
use chandler_engine::{
    step::{Decision, Scene, Step as _},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    itinerary::{Wishes, itinerary},
    job::Facts,
    layout::Lane,
    operation::Operation,
};
use chandler_testing::records;
use std::time::Duration;
use uuid::Uuid;

const NOW: Millis = Millis(1_000_000_000);
const POLL: Duration = Duration::from_secs(5);

fn scene() -> Scene {
    let legs = itinerary(Operation::Deprovision, Wishes::default());
    let job = records::birth(Uuid::from_u128(1)).job(
        Operation::Deprovision,
        Lane::User,
        legs,
        Duration::from_secs(3600),
        NOW,
    );
    records::scene(records::record("i", job), 1, NOW)
}

fn result(exit_code: i64) -> ErrandResult {
    let instance = ErrandInstance {
        group: "node".into(),
        id: "an-id".into(),
    };
    ErrandResult {
        instance,
        errand_name: "smoke".into(),
        exit_code,
        stdout: "said".into(),
        stderr: "grumbled".into(),
    }
}

/// Own tasks with these ends, the newest first and with the highest id.
fn there(ends: &[End]) -> There {
    let ids = (1..=ends.len() as u64).rev();
    let own = |(&end, id)| Own {
        id,
        end,
        ended: Some(Millis(0)),
        cancelling: false,
        processing: true,
    };
    let own: Vec<Own> = ends.iter().zip(ids).map(own).collect();
    let sight = Sight {
        active: own.iter().find(|it| it.end == End::Active).map(|it| it.id),
        own,
        replaced: vec![],
        locked: None,
        exists: true,
        touched: Millis(0),
    };
    There {
        view: View {
            seen: sight::Seen::of(sight),
            look: Look {
                note: Some("running errand smoke".into()),
                read_at: None,
            },
            texts: Texts { expose: true },
            poll: POLL,
        },
        errand: "smoke".into(),
        optional: false,
        deployed: true,
    }
}

fn decide(scene: &Scene, there: There) -> Decision<Act> {
    RunErrand::decide(scene, Seen::There(Box::new(there)))
}

fn failed(decision: Decision<Act>) -> Failure {
    match decision {
        Decision::Fail(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn wait(note: &str) -> Decision<Act> {
    Decision::Wait {
        after: POLL,
        note: Some(note.into()),
        facts: Facts::default(),
    }
}

fn act(act: Act, note: &str) -> Decision<Act> {
    Decision::Act {
        act,
        facts: Facts::default(),
        note: Some(note.into()),
    }
}

fn goes_on() -> Decision<Act> {
    Decision::Done(Facts::default())
}

#[test]
fn it_starts_when_nothing_is_in_the_way_and_there_is_something_to_run_on() {
    let start = || act(Act::Run, "running errand smoke");
    assert_eq!(decide(&scene(), there(&[])), start());
    assert_eq!(decide(&scene(), there(&[End::NoLock; 9])), start());
    let gone = There {
        deployed: false,
        ..there(&[])
    };
    assert_eq!(decide(&scene(), gone), goes_on());
    assert_eq!(RunErrand::decide(&scene(), Seen::Over), goes_on());
}

#[test]
fn what_runs_is_waited_for_and_what_was_replaced_cancelled() {
    assert_eq!(decide(&scene(), there(&[End::Active])), wait("running errand smoke"));
    let mut queued = there(&[End::Active]);
    queued.view.seen.sight.own[0].processing = false;
    assert_eq!(decide(&scene(), queued), wait("BOSH task 1 is queued"));
    let others = |replaced: Vec<u64>| {
        let mut others = there(&[]);
        // Whether something is deployed is nobody's question yet.
        others.deployed = false;
        (others.view.seen.sight.active, others.view.seen.sight.replaced) = (Some(9), replaced);
        others
    };
    assert_eq!(
        decide(&scene(), others(vec![9])),
        act(Act::Cancel(9), "cancelling BOSH task 9")
    );
    assert_eq!(
        decide(&scene(), others(vec![])),
        wait("waiting for BOSH task 9 of the same deployment")
    );
}

#[test]
fn what_ran_ends_the_leg_or_the_job() {
    assert_eq!(decide(&scene(), there(&[End::Done])), goes_on());
    for end in [End::Fault, End::Failed, End::Cancelled] {
        for ends in [vec![end], vec![End::NoLock, end]] {
            let mut bad = there(&ends);
            bad.view.seen.error = Some("a reason\nof two lines".into());
            let failure = failed(decide(&scene(), bad));
            assert_eq!(
                failure.for_operator,
                "BOSH task 1: errand smoke: a reason\nof two lines"
            );
            assert!(
                failure.for_user.ends_with(", error-message: errand smoke: a reason"),
                "{failure:?}"
            );
            let forced = There {
                optional: true,
                ..there(&ends)
            };
            assert_eq!(decide(&scene(), forced), goes_on(), "{end:?}");
        }
    }
    let mut said = there(&[End::Failed]);
    said.view.seen.error = Some("smoke on node/an-id exited with 3".into());
    said.view.seen.results = vec![result(0), result(3)];
    let failure = failed(decide(&scene(), said));
    let wanted = "BOSH task 1: errand smoke: smoke on node/an-id exited with 3\nIts output is in the worker's log.";
    assert_eq!(failure.for_operator, wanted);
    assert!(!failure.for_user.contains("said") && !failure.for_user.contains("grumbled"));
}

#[test]
fn what_the_director_has_forgotten_may_have_run() {
    let mut scene = scene();
    scene.record.job.facts.bosh_task = Some(7);
    let failure = failed(decide(&scene, there(&[])));
    assert!(
        failure
            .for_operator
            .starts_with("BOSH task 7: errand smoke: the Director doesn't know its task")
    );
    let forced = There {
        optional: true,
        ..there(&[])
    };
    assert_eq!(decide(&scene, forced), goes_on());
    assert_eq!(
        decide(&scene, there(&[End::NoLock])),
        act(Act::Run, "running errand smoke"),
        "but this one is known, and did nothing"
    );
}

#[test]
fn the_deadline_ends_it_forced_or_not() {
    let mut late = scene();
    late.now = late.job().deadline.plus(Duration::from_secs(1));
    let mut given_up = late.clone();
    given_up.now = late.now.plus(Duration::from_secs(600));
    for optional in [false, true] {
        let there = |ends: &[End], error: Option<&str>| {
            let mut there = there(ends);
            there.view.seen.error = error.map(str::to_owned);
            There { optional, ..there }
        };
        assert_eq!(
            decide(&late, there(&[End::Active], None)),
            act(Act::Cancel(1), "cancelling BOSH task 1")
        );
        assert_eq!(decide(&late, there(&[End::Done], None)), goes_on(), "just in time");
        for (scene, ends, error, how) in [
            (&late, vec![], None, "before it ran;"),
            (&late, vec![End::NoLock], None, "before it ran;"),
            (
                &late,
                vec![End::Cancelled],
                Some("somebody"),
                "while it ran, and its task was cancelled;",
            ),
            (&late, vec![End::Failed], Some("a reason"), "while it ran: a reason;"),
            (
                &given_up,
                vec![End::Active],
                None,
                "while it ran, and its task doesn't stop;",
            ),
        ] {
            let failure = failed(decide(scene, there(&ends, error)));
            let wanted = format!("errand smoke: the operation's deadline passed {how} the last fault: none");
            assert!(failure.for_operator.ends_with(&wanted), "{wanted}: {failure:?}");
        }
    }
}
