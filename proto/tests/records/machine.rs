use crate::make::{LOOK, birth, record, stamp};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    itinerary::{Wishes, itinerary},
    job::{Birth, CLOCK_SLACK, During, Event, Facts, Learnt, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{Past, Phase, Record},
    seal::Sealed,
    step::Step,
};
use std::collections::BTreeMap;

fn done() -> Event {
    Event::LegDone {
        facts: Facts::default(),
    }
}
fn noted() -> Event {
    Event::Noted {
        note: "n".into(),
        facts: Facts::default(),
    }
}
fn acting(until: u64) -> Event {
    Event::Acting {
        learnt: Learnt::default(),
        note: Some("deploying".into()),
        until: Millis(until),
    }
}
/// A deprovision whose bindings are gone.
fn deleting() -> Record {
    apply(record(Operation::Deprovision), done(), 1_500, 1)
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
fn what_has_ended_stays_as_it_is() {
    let ended = apply(apply(record(Operation::Provision), done(), 1_900, 1), done(), 2_000, 1);
    for event in [acting(9_000), done(), Event::Failed(Failure::new("u", "o")), noted()] {
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
    let well = apply(r.clone(), noted(), 1_300, 3);
    assert_eq!((well.job.faults, well.job.last_fault.as_deref()), (0, None));
    let open = apply(r, acting(2_000), 1_300, 3);
    assert_eq!(open.job.prepare_faults, 0, "it was prepared");
    let unknown = |until| faulted(During::UnknownAct { until: Millis(until) });
    let longer = apply(open.clone(), unknown(21_400), 1_400, 3);
    assert_eq!(longer.job.act_until, open.job.act_until, "it may still take effect");
    let shorter = apply(open.clone(), unknown(1_900), 1_400, 3);
    assert_eq!(
        shorter.job.act_until,
        Some(Millis(1_900)),
        "nothing is on its way any more"
    );
    let refused = apply(open, faulted(During::RefusedAct), 1_400, 3);
    assert_eq!(
        (refused.job.faults, refused.job.act_until),
        (3, None),
        "a refusal closes the window"
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

#[test]
fn a_replaced_job_counts_as_failed_and_an_ended_one_as_it_ended() {
    let r = record(Operation::Provision);
    let past = Past::of(&r.job, Millis(5));
    assert!(
        matches!(past.state, State::Failed { at: Millis(5), failure } if failure.for_operator == "cancelled by a deprovision")
    );
    let ended = apply(apply(r, done(), 1_900, 1), done(), 2_000, 1);
    assert_eq!(Past::of(&ended.job, Millis(5)).state, ended.job.state);
}

#[test]
fn the_context_id_fits_the_director() {
    let r = record(Operation::Deprovision);
    assert_eq!(r.job.context_id(), "00000000-0000-0000-0000-000000000001.0");
    assert!(r.job.context_id().len() <= 64);
}

#[test]
fn a_bind_puts_its_answer_in_force_and_an_unbind_leaves_no_secret() {
    let answer: Sealed = serde_json::from_str(r#"{"key":"k","nonce":"n","data":"answer"}"#).unwrap();
    let names: Vec<_> = record(Operation::Bind).job.itinerary.iter().map(Step::name).collect();
    assert_eq!(names, ["addresses", "create binding", "grant in CredHub"]);
    let mut r = record(Operation::Bind);
    r.job.sealed.insert(sealed::REQUEST.into(), answer.clone());
    let r = apply(apply(r, done(), 1_100, 1), acting(2_000), 1_200, 1);
    let made = Event::Answered {
        learnt: Learnt {
            facts: Facts::default(),
            sealed: [(sealed::ANSWER.to_owned(), answer.clone())].into(),
        },
    };
    let r = apply(r, made, 1_300, 1);
    assert!(r.in_force.is_none() && r.job.sealed.len() == 2);
    // A job that fails drops the answer, too.
    let failed = apply(r.clone(), Event::Failed(Failure::new("u", "o")), 1_400, 1);
    assert!(failed.job.sealed.is_empty() && failed.in_force.is_none() && failed.secure());
    assert!(
        !String::from_utf8(failed.bytes()).unwrap().contains("request\""),
        "nor is its request kept"
    );
    let bound = apply(apply(r, done(), 1_500, 1), done(), 1_600, 1);
    let force = bound.in_force.as_ref().unwrap().binding.as_ref().unwrap();
    assert_eq!(force.answer.as_ref(), Some(&answer));
    assert_eq!(force.made.reader.as_deref(), Some("mtls-app:app"));
    assert!(bound.job.sealed.is_empty() && bound.secure());
    assert_eq!(bound.key(), "binding.i-1.b-1");
    assert_eq!(bound.credhub_name().unwrap(), "/c/s/i-1/b-1/credentials");
    let unbinding = bound.unbound(&birth(2), Lane::User, false, LOOK, Millis(2_000));
    let names: Vec<_> = unbinding.job.itinerary.iter().map(Step::name).collect();
    assert_eq!(names, ["addresses", "delete binding", "revoke in CredHub"]);
    assert_eq!(unbinding.before.as_ref().unwrap().job, bound.job.id);
    let gone = (0..3).fold(unbinding, |r, leg| apply(r, done(), 3_000 + leg, 1));
    assert!(gone.gone() && gone.look_at().is_none() && !gone.unfinished());
    assert!(!String::from_utf8(gone.bytes()).unwrap().contains("answer"));
}

#[test]
fn an_unbind_over_a_running_bind_keeps_its_window_and_what_it_was_to_make() {
    let open = apply(record(Operation::Bind), acting(2_000), 1_000, 1);
    let r = open.unbound(&birth(2), Lane::Batch, false, LOOK, Millis(1_500));
    assert_eq!((r.job.act_until, r.job.lane), (open.job.act_until, Lane::Batch));
    assert!(r.secure() && r.credhub_name().is_some());
    let begins = open.job.act_until.unwrap().plus(CLOCK_SLACK);
    assert_eq!(r.job.deadline, begins.plus(LOOK), "its time begins when it may act");
    assert!(
        r.job
            .wanted
            .as_ref()
            .unwrap()
            .binding
            .as_ref()
            .unwrap()
            .request
            .is_none()
    );
    let past = r.before.unwrap();
    assert!(matches!(past.state, State::Failed { failure, .. } if failure.for_operator == "cancelled by an unbind"));
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

#[test]
fn what_a_gateway_noted_is_told_from_what_somebody_did() {
    let mut read = record(Operation::Bind);
    read.job.synchronous = true;
    let mut noted = read.clone();
    noted.job.synchronous = false;
    noted.job.accepted_revision = Some(7);
    assert!(read.is_but_touched(&noted));
    let acted = apply(read.clone(), acting(2_000), 1_500, 1);
    assert!(!read.is_but_touched(&acted));
    let replaced = read.unbound(&birth(2), Lane::User, false, LOOK, Millis(1_500));
    assert!(!read.is_but_touched(&replaced));
}

#[test]
fn a_child_job_is_of_the_same_request() {
    let mut parent = record(Operation::Deprovision).job;
    parent.traceparent = Some("00-t-s-01".into());
    parent.request_identity = Some("req".into());
    let child = Birth::of_child(birth(9).job, &parent);
    assert_eq!(
        (child.traceparent, child.request_identity),
        (parent.traceparent, parent.request_identity)
    );
    assert_ne!(child.job, parent.id);
}

#[test]
fn an_update_changes_what_is_in_force_only_when_it_succeeds_and_keeps_what_nobody_spoke_of() {
    let mut provisioned = apply(record(Operation::Provision), done(), 1_100, 1);
    provisioned.job.facts.dashboard_url = Some("https://d".into());
    provisioned.job.facts.labels = Some(BTreeMap::from([("a".to_owned(), "b".to_owned())]));
    let provisioned = apply(provisioned, done(), 1_200, 1);
    let mut updating = record(Operation::Update);
    updating.in_force = provisioned.in_force.clone();
    if let Some(force) = &mut updating.in_force {
        force.later.insert("of_a_later_release".into(), true.into());
    }
    let provisioned = updating.clone();
    if let Some(wanted) = &mut updating.job.wanted {
        wanted.fingerprint = "f2".into();
        wanted.plan.plan_id = "large".into();
    }
    assert_eq!(
        updating.fingerprint(),
        Some("f1"),
        "a repeated PUT is compared with what is in force"
    );
    let failed = apply(updating.clone(), Event::Failed(Failure::new("u", "o")), 1_300, 1);
    assert_eq!(failed.in_force, provisioned.in_force, "nothing was deployed");
    let deploying = apply(updating.clone(), acting(2_000), 1_250, 1);
    let failed = apply(deploying, Event::Failed(Failure::new("u", "o")), 1_300, 1);
    let force = failed.in_force.clone().unwrap();
    assert_eq!(
        (&force.plan, &force.fingerprint),
        (&provisioned.plan().unwrap().clone(), &"f1".to_owned())
    );
    let maybe: Vec<_> = force.maybe.iter().map(|plan| plan.plan_id.as_str()).collect();
    assert_eq!(maybe, ["large"], "it may be deployed");
    let updated = apply(apply(updating, done(), 1_300, 1), done(), 1_400, 1);
    let force = updated.in_force.unwrap();
    assert_eq!(
        (force.fingerprint.as_str(), force.plan.plan_id.as_str()),
        ("f2", "large")
    );
    assert_eq!(
        (force.dashboard_url.as_deref(), force.labels["a"].as_str()),
        (Some("https://d"), "b")
    );
    let wishes = |pending_check| Wishes {
        pending_check,
        ..Wishes::default()
    };
    let names = |operation, check| -> Vec<_> {
        let legs = itinerary(operation, wishes(check));
        legs.iter().map(Step::name).collect()
    };
    assert_eq!(names(Operation::Update, true), ["pending check", "deploy", "dashboard"]);
    assert_eq!(names(Operation::Update, false), ["deploy", "dashboard"]);
    assert_eq!(
        names(Operation::Upgrade, true),
        ["deploy", "dashboard"],
        "what is pending is what it brings"
    );
}
