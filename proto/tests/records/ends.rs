//! How a job ends, what that leaves of its record, and the last look.
use crate::filled::{pending, undecided};
use crate::make::{LOOK, acting, apply, deleting, done, noted, record, stamp};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    job::{Event, Facts, State},
    operation::Operation,
    records::{Past, Phase},
};
use std::collections::BTreeMap;

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
    let deployed = apply(
        acted,
        Event::LegDone {
            facts: Facts {
                labels,
                ..Facts::default()
            },
        },
        1_550,
        1,
    );
    let dashboard = Facts {
        dashboard_url: Some("https://d".into()),
        ..Facts::default()
    };
    let ended = apply(deployed, Event::LegDone { facts: dashboard }, 1_600, 1);
    let force = ended.in_force.as_ref().unwrap();
    assert_eq!(
        (force.plan.plan_name.as_str(), force.labels["a"].as_str()),
        ("small", "b")
    );
    assert_eq!(force.dashboard_url.as_deref(), Some("https://d"));
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
fn what_has_ended_stays_as_it_is() {
    let ended = apply(apply(record(Operation::Provision), done(), 1_900, 1), done(), 2_000, 1);
    for event in [acting(9_000), done(), Event::Failed(Failure::new("u", "o")), noted()] {
        assert!(
            ended.clone().apply(event.clone(), stamp(3_000, 1, 9), LOOK).is_err(),
            "{event:?}"
        );
    }
    for waits in [pending(), undecided()] {
        assert!(waits.is_undecided() && !waits.job.finished());
        assert!(!waits.unfinished(), "no worker touches what isn't admitted");
        let refused = waits.apply(done(), stamp(2_000, 1, 9), LOOK).unwrap_err();
        assert_eq!(refused.why, "is not admitted yet");
    }
}

#[test]
fn a_replaced_job_counts_as_failed_and_an_ended_one_as_it_ended() {
    let r = record(Operation::Provision);
    let State::Failed { at, failure } = Past::of(&r.job, Millis(5)).state else {
        panic!("it was still running")
    };
    let told = format!(
        "The operation was cancelled by a deprovision. (operation-id: {})",
        r.job.id
    );
    assert_eq!((at, failure.for_user), (Millis(5), told));
    assert_eq!(failure.for_operator, "cancelled by a deprovision");
    let ended = apply(apply(r, done(), 1_900, 1), done(), 2_000, 1);
    assert_eq!(Past::of(&ended.job, Millis(5)).state, ended.job.state);
}

#[test]
fn a_deprovision_is_gone_before_its_last_look_and_the_look_changes_nothing_visible() {
    let r = apply(deleting(), done(), 2_000, 1);
    assert_eq!((r.gone(), r.job.leg), (false, 2));
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
    let again = [700_000, 710_000, 720_000]
        .into_iter()
        .fold(again, |r, now| apply(r, done(), now, 3));
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
fn a_further_round_has_names_of_its_own_and_is_looked_after_even_when_it_fails() {
    let gone = apply(apply(deleting(), done(), 2_000, 1), done(), 3_000, 1);
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
