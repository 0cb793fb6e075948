//! The rule of the leg, line by line.
use super::*;
use crate::steps::testing::{TEXTS, job, scene};
use chandler_clients::FaultKind;

fn exited() -> AdapterError {
    AdapterError::Exited {
        code: Some(1),
        for_user: Some("no such thing".into()),
        for_operator: "exited with 1".into(),
    }
}

#[test]
fn the_url_is_a_fact_and_none_is_fine() {
    let scene = scene(job(Operation::Provision));
    for url in [Some("https://kv.example/i".to_owned()), None] {
        let Decision::Done(facts) = Dashboard::decide(&scene, Ok(url.clone())) else {
            panic!()
        };
        assert_eq!(facts.dashboard_url, url);
    }
}

#[test]
fn what_may_pass_is_repeated_and_the_rest_fails() {
    let scene = scene(job(Operation::Provision));
    let fault = Fault::new(FaultKind::NotSent, "dashboard-url of the service adapter", "late");
    let again = Dashboard::decide(&scene, Err(Stop::Fault(fault.clone())));
    assert!(matches!(again, Decision::Act { act: Stop::Fault(kept), .. } if kept == fault));
    let failure = Failure::new("u", "o");
    let failed = Dashboard::decide(&scene, Err(Stop::Failure(failure.clone())));
    assert!(matches!(failed, Decision::Fail(kept) if kept == failure));
}

#[test]
fn a_failure_says_that_the_deployment_is_there_and_only_a_provision_quotes_the_adapter() {
    for (operation, user) in [
        (Operation::Provision, "no such thing"),
        (Operation::Update, "Instance update failed: There was a problem"),
        (Operation::Upgrade, "Instance upgrade failed: There was a problem"),
    ] {
        let scene = scene(job(operation));
        let cause = deployed_but(&scene, "exited with 1");
        let Stop::Failure(failure) = adapter::stop(&TEXTS, &scene, for_whom(&scene, exited()), "dashboard-url", &cause)
        else {
            panic!()
        };
        assert!(failure.for_user.starts_with(user), "{failure:?}");
        assert_eq!(
            failure.for_operator,
            "service-instance_i is deployed, but generating dashboard: exited with 1"
        );
    }
}
