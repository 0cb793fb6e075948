//! Act windows: who may act, and when.
use crate::make::{LOOK, acting, apply, birth, done, record, stamp};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    job::{CLOCK_SLACK, Event, Facts, Learnt},
    layout::Lane,
    operation::Operation,
};

#[test]
fn inside_another_turns_window_nobody_acts_ends_the_leg_or_fails_the_job() {
    let slack = u64::try_from(CLOCK_SLACK.as_millis()).unwrap();
    let open = apply(record(Operation::Provision), acting(2_000), 1_000, 1);
    for event in [acting(9_000), done(), Event::Failed(Failure::new("u", "o"))] {
        for (now, turn, may) in [
            (1_500, 2, false),
            (2_000 + slack - 1, 2, false),
            (2_000 + slack, 2, true),
            (1_500, 1, true),
        ] {
            let applied = open.clone().apply(event.clone(), stamp(now, turn, 8), LOOK);
            assert_eq!(applied.is_ok(), may, "{event:?} at {now} by turn {turn}");
        }
    }
    let answered = apply(
        open,
        Event::Answered {
            learnt: Learnt::from(Facts {
                bosh_task: Some(41),
                ..Facts::default()
            }),
        },
        1_500,
        1,
    );
    assert_eq!((answered.job.act_until, answered.job.facts.bosh_task), (None, Some(41)));
    assert!(
        answered
            .clone()
            .apply(
                Event::Answered {
                    learnt: Learnt::default()
                },
                stamp(1, 1, 9),
                LOOK
            )
            .is_err()
    );
    assert!(answered.apply(done(), stamp(1_500, 2, 9), LOOK).is_ok());
}

#[test]
fn a_window_that_was_carried_over_is_left_by_whoever_opened_it() {
    let open = apply(record(Operation::Bind), acting(60_000), 1_000, 1);
    let replaced = open.unbound(&birth(2), Lane::User, false, LOOK, Millis(1_500));
    let over = |of, until| Event::WindowOver {
        of,
        until: Millis(until),
    };
    for wrong in [over(birth(9).job, 60_000), over(open.job.id, 59_000)] {
        assert!(replaced.clone().apply(wrong, stamp(2_000, 1, 8), LOOK).is_err());
    }
    // Another turn of the same job may have had a window with the same end.
    let another = stamp(2_000, 2, 8);
    assert!(
        replaced
            .clone()
            .apply(over(open.job.id, 60_000), another, LOOK)
            .is_err()
    );
    let left = apply(replaced.clone(), over(open.job.id, 60_000), 2_000, 1);
    assert_eq!((left.job.act_until, left.job.id), (None, replaced.job.id));
    assert!(left.apply(acting(70_000), stamp(2_100, 2, 9), LOOK).is_ok());
    assert!(replaced.apply(acting(70_000), stamp(2_100, 2, 9), LOOK).is_err());
}
