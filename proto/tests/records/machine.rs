use crate::make::{LOOK, record, stamp};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    job::{CLOCK_SLACK, During, Event, Facts, State},
    operation::Operation,
    records::{Past, Phase, Record},
};
use std::collections::BTreeMap;

fn done() -> Event {
    Event::LegDone {
        facts: Facts::default(),
    }
}
fn acting(until: u64) -> Event {
    Event::Acting {
        facts: Facts::default(),
        note: Some("deploying".into()),
        until: Millis(until),
    }
}
fn apply(record: Record, event: Event, now: u64, turn: u128) -> Record {
    record.apply(event, stamp(now, turn, 7), LOOK).unwrap()
}

#[test]
fn only_success_moves_the_wanted_into_force_and_drops_the_secrets() {
    let mut r = record(Operation::Provision);
    let sealed = serde_json::from_str(r#"{"key":"k","nonce":"n","data":"d"}"#).unwrap();
    r.job.sealed.insert("request".into(), sealed);
    let labels = Some(BTreeMap::from([("a".to_owned(), "b".to_owned())]));
    let acted = apply(r.clone(), acting(2_000), 1_500, 1);
    assert_eq!(
        (
            acted.in_force.is_none(),
            acted.job.attempts,
            acted.job.accepted_revision
        ),
        (true, 1, Some(7))
    );
    let ended = apply(
        acted,
        Event::LegDone {
            facts: Facts {
                labels,
                ..Facts::default()
            },
        },
        1_600,
        1,
    );
    let force = ended.in_force.as_ref().unwrap();
    assert_eq!(
        (force.plan.plan_name.as_str(), force.labels["a"].as_str()),
        ("small", "b")
    );
    assert_eq!(ended.job.state, State::Succeeded { at: Millis(1_600) });
    assert!(ended.job.sealed.is_empty() && ended.job.wanted.is_none() && !ended.unfinished());
    let failed = apply(r, Event::Failed(Failure::new("u", "o")), 1_600, 1);
    assert!(failed.in_force.is_none() && failed.job.wanted.is_some() && failed.job.sealed.is_empty());
    assert_eq!(
        failed.fingerprint(),
        Some("f1"),
        "an identical PUT starts it again, a different one is refused"
    );
}

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
            facts: Facts {
                bosh_task: Some(41),
                ..Facts::default()
            },
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
                    facts: Facts::default()
                },
                stamp(1, 1, 9),
                LOOK
            )
            .is_err()
    );
    assert!(answered.apply(done(), stamp(1_500, 2, 9), LOOK).is_ok());
}

#[test]
fn what_has_ended_stays_as_it_is() {
    let ended = apply(record(Operation::Provision), done(), 2_000, 1);
    for event in [
        acting(9_000),
        done(),
        Event::Failed(Failure::new("u", "o")),
        Event::Noted { note: "n".into() },
    ] {
        assert!(
            ended.clone().apply(event.clone(), stamp(3_000, 1, 9), LOOK).is_err(),
            "{event:?}"
        );
    }
    let mut pending = record(Operation::Provision);
    pending.phase = Phase::Pending;
    assert!(!pending.unfinished(), "no worker touches what isn't admitted");
    assert!(pending.apply(done(), stamp(2_000, 1, 9), LOOK).is_err());
}

#[test]
fn a_deprovision_is_gone_before_its_last_look_and_the_look_changes_nothing_visible() {
    let r = apply(record(Operation::Deprovision), done(), 2_000, 1);
    assert_eq!((r.gone(), r.job.leg), (false, 1));
    let gone = apply(r, done(), 3_000, 1);
    assert_eq!(
        gone.phase,
        Phase::Gone {
            at: Millis(3_000),
            look_at: Some(Millis(603_000)),
            stray: false
        }
    );
    assert!(gone.job.finished() && gone.unfinished() && gone.job.is_last_look() && gone.plan().is_none());
    let looked = apply(gone.clone(), done(), 700_000, 2);
    assert_eq!(
        looked.phase,
        Phase::Gone {
            at: Millis(3_000),
            look_at: None,
            stray: false
        }
    );
    assert_eq!(
        looked.job.state,
        State::Succeeded { at: Millis(3_000) },
        "its first end stands"
    );
    assert!(!looked.unfinished());
    // Something came back: all legs once more, and another look after that.
    let again = apply(
        gone,
        Event::LookedAndFound {
            deadline: Millis(9_000_000),
        },
        700_000,
        2,
    );
    assert_eq!((again.gone(), again.job.leg, again.job.finished()), (true, 0, false));
    let again = apply(apply(again, done(), 710_000, 3), done(), 720_000, 3);
    assert_eq!(
        again.phase,
        Phase::Gone {
            at: Millis(3_000),
            look_at: Some(Millis(1_320_000)),
            stray: false
        }
    );
}

#[test]
fn faults_are_counted_until_something_goes_well() {
    let faulted = |during| Event::Faulted {
        note: "waiting for the BOSH Director".into(),
        what: "refused".into(),
        during,
    };
    let r = apply(record(Operation::Provision), faulted(During::Observe), 1_100, 1);
    let r = apply(r, faulted(During::Prepare), 1_200, 2);
    assert_eq!((r.job.faults, r.job.prepare_faults), (2, 1));
    assert_eq!(r.job.last_fault.as_deref(), Some("refused"));
    let well = apply(r.clone(), Event::Noted { note: "n".into() }, 1_300, 3);
    assert_eq!((well.job.faults, well.job.last_fault.as_deref()), (0, None));
    let open = apply(r, acting(2_000), 1_300, 3);
    assert_eq!(open.job.prepare_faults, 0, "it was prepared");
    let unknown = apply(open.clone(), faulted(During::UnknownAct), 1_400, 3);
    assert_eq!(unknown.job.act_until, open.job.act_until, "it may still take effect");
    let refused = apply(open, faulted(During::RefusedAct), 1_400, 3);
    assert_eq!(
        (refused.job.faults, refused.job.act_until),
        (3, None),
        "a refusal closes the window"
    );
}

#[test]
fn a_further_round_has_names_of_its_own_and_is_looked_after_even_when_it_fails() {
    let gone = apply(
        apply(record(Operation::Deprovision), done(), 2_000, 1),
        done(),
        3_000,
        1,
    );
    let first = record(Operation::Deprovision).job.context_id();
    let deadline = Millis(9_000_000);
    let again = apply(gone, Event::LookedAndFound { deadline }, 700_000, 2);
    assert_eq!(
        again.job.context_id(),
        format!("{first}.1"),
        "old tasks don't count for it"
    );
    assert!(again.job.context_id().len() <= 64);
    let failed = apply(again, Event::Failed(Failure::new("u", "o")), 710_000, 3);
    let look_at = Some(Millis(1_310_000));
    assert_eq!(
        failed.phase,
        Phase::Gone {
            at: Millis(3_000),
            look_at,
            stray: false
        }
    );
    assert!(failed.job.is_last_look() && failed.job.finished() && failed.unfinished());
}

#[test]
fn a_replaced_job_counts_as_failed_and_an_ended_one_as_it_ended() {
    let r = record(Operation::Provision);
    let past = Past::of(&r.job, Millis(5));
    assert!(
        matches!(past.state, State::Failed { at: Millis(5), failure } if failure.for_operator == "cancelled by a deprovision")
    );
    let ended = apply(r, done(), 2_000, 1);
    assert_eq!(Past::of(&ended.job, Millis(5)).state, ended.job.state);
}

#[test]
fn the_context_id_fits_the_director() {
    let r = record(Operation::Deprovision);
    assert_eq!(r.job.context_id(), "00000000-0000-0000-0000-000000000001.0");
    assert!(r.job.context_id().len() <= 64);
}
