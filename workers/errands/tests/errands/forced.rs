//! A forced deletion goes on whatever fails its errands.
use crate::{
    ends::bad,
    records::{deprovision, errand, left, went_on},
    site::{RUNS, Site},
};
use chandler_simulators::bosh::{CallAction, CallFault};
use chandler_testing::log::Log;

#[tokio::test]
async fn each_bad_end_is_logged_and_the_deletion_goes_on() {
    for bad in bad() {
        let (site, log) = (Site::start().await, Log::default());
        bad.fault.clone().map(|fault| site.world().set_fault(fault));
        let record = deprovision(&site, &[bad.errand], true);
        let listening = log.catch();
        let record = site.run(&record, left).await;
        drop(listening);
        went_on(&record);
        assert_eq!(record.job.facts.gave_up, None, "that was for the leg");
        let lines = log.lines("the forced deletion goes on");
        assert_eq!(lines.len(), 1, "{}: {lines:?}", bad.why);
        let why = bad.why.lines().next().unwrap();
        assert!(
            lines[0].contains(why) && !lines[0].contains("hidden"),
            "{why}: {lines:?}"
        );
        assert_eq!((site.errands().len(), site.asked()), (bad.tasks, 1), "{}", bad.why);
    }
}

/// The first errand is refused, the second runs all the same.
#[tokio::test]
async fn what_was_given_up_is_one_errand_not_all() {
    let site = Site::start().await;
    let no = CallAction::Answer {
        status: 400,
        body: None,
    };
    site.world()
        .set_fault(CallFault::always("POST", &format!("{RUNS}/smoke"), no));
    let record = deprovision(&site, &[errand("smoke", &[]), errand("clean", &[])], true);
    went_on(&site.run(&record, left).await);
    let ran: Vec<_> = site.errands().into_iter().map(|it| it.description).collect();
    assert_eq!(ran, ["run errand clean from deployment service-instance_i"]);
}

/// A refusal that passes is none: 429, and credentials that are being rotated.
#[tokio::test]
async fn what_passes_is_waited_for() {
    for status in [401, 429, 503] {
        let site = Site::start().await;
        let wait = CallAction::Answer { status, body: None };
        site.world().set_fault(CallFault {
            count: Some(3),
            ..CallFault::always("POST", RUNS, wait)
        });
        let record = deprovision(&site, &[errand("smoke", &[])], true);
        went_on(&site.run(&record, left).await);
        assert_eq!((site.errands().len(), site.asked()), (1, 4), "{status}");
    }
}
