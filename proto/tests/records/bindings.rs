//! Binds and unbinds.
use crate::make::{LOOK, acting, apply, birth, done, record};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    job::{CLOCK_SLACK, Event, Facts, Learnt, State, sealed},
    layout::Lane,
    operation::Operation,
    seal::Sealed,
    step::Step,
};

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
    let State::Failed { failure, .. } = past.state else {
        panic!("it was still running")
    };
    assert_eq!(failure.for_operator, "cancelled by an unbind");
    let told = format!("The operation was cancelled by an unbind. (operation-id: {})", past.job);
    assert_eq!(failure.for_user, told);
}
