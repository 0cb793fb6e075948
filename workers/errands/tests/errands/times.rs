//! What is waited for, and until when.
use crate::{
    records::{TIME, deprovision, errand, provision},
    site::{DEPLOYMENT, RUNS, Site},
};
use chandler_engine::probe::NoProbe;
use chandler_simulators::bosh::{CallAction, CallFault, Outage, TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_testing::records::{done, failure, succeeded};
use std::time::Duration;

#[tokio::test]
async fn a_held_lock_and_a_task_of_others_are_waited_for() {
    let site = Site::start().await;
    site.world().leave_lock(DEPLOYMENT, 7, Duration::from_secs(100));
    site.write(&provision(&site, &[errand("smoke", &[])])).await;
    site.turn(&NoProbe).await.unwrap();
    let note = site.read().await.0.job.note;
    assert_eq!(
        note.as_deref(),
        Some("waiting for the deployment's lock, held by task 7")
    );
    assert_eq!(site.asked(), 0);
    site.world().drop_lock(DEPLOYMENT);
    site.world()
        .set_fault(TaskFault::once(TaskKind::Deploy, TaskEffect::Hang));
    let theirs = site.deploy("an-operator's").await;
    site.drive(&NoProbe, |record| {
        record.job.note == Some(format!("waiting for BOSH task {theirs} of the same deployment"))
    })
    .await;
    assert_eq!(site.asked(), 0);
    assert!(
        site.world()
            .finish_task(theirs, chandler_simulators::bosh::Ending::Done)
    );
    succeeded(&site.drive(&NoProbe, done).await);
}

#[tokio::test]
async fn a_director_that_is_away_is_waited_for() {
    for (force, outage) in [
        (false, Outage::Connections),
        (true, Outage::Api),
        (true, Outage::Database),
    ] {
        let site = Site::start().await;
        site.world().set_outage(Some(outage));
        let record = deprovision(&site, &[errand("smoke", &[])], force);
        let waiting = site.run(&record, |record| record.job.faults > 2).await;
        assert_eq!(waiting.job.note.as_deref(), Some("waiting for the BOSH Director"));
        site.world().set_outage(None);
        let record = site.drive(&NoProbe, crate::records::left).await;
        crate::records::went_on(&record);
        assert_eq!(site.errands().len(), 1, "it ran");
    }
}

/// Somebody between us and the Director answers in its place: that says nothing about the errand.
#[tokio::test]
async fn a_page_in_place_of_the_results_is_waited_for() {
    for (force, status, body) in [
        (false, 200, "<html>Sign in</html>"),
        (true, 200, r#"{"error":"sign in"}"#),
        (false, 302, "<html>Moved</html>"),
    ] {
        let site = Site::start().await;
        let page = CallAction::Answer {
            status,
            body: Some(body.into()),
        };
        let away = site
            .world()
            .set_fault(CallFault::always("GET", "/tasks/*/output", page));
        let record = deprovision(&site, &[errand("smoke", &[])], force);
        let waiting = site.run(&record, |record| record.job.faults > 2).await;
        assert_eq!(waiting.job.note.as_deref(), Some("waiting for the BOSH Director"));
        site.world().clear_fault(away);
        let record = site.drive(&NoProbe, crate::records::left).await;
        crate::records::went_on(&record);
        assert_eq!((site.errands().len(), site.asked()), (1, 1), "it ran once");
    }
}

/// At the deadline the task is cancelled, and the job fails, forced or not.
#[tokio::test]
async fn at_the_deadline_the_task_is_cancelled_and_the_job_fails() {
    for force in [false, true] {
        let site = Site::start().await;
        site.world()
            .set_fault(TaskFault::once(TaskKind::Errand, TaskEffect::Hang));
        site.write(&deprovision(&site, &[errand("smoke", &[])], force)).await;
        site.turn(&NoProbe).await.unwrap();
        let task = site.errands()[0].id;
        site.pass(TIME + Duration::from_secs(1));
        let record = site.drive(&NoProbe, done).await;
        assert_eq!(site.world().task(task).unwrap().state, TaskState::Cancelled);
        let failed = failure(&record);
        let wanted = format!(
            "BOSH task {task}: errand smoke: the operation's deadline passed while it ran, and its task was cancelled; \
             the last fault: none"
        );
        assert_eq!(
            (failed.for_operator.as_str(), failed.instance_usable),
            (wanted.as_str(), Some(false))
        );
        assert_eq!(site.asked(), 1);
    }
}

#[tokio::test]
async fn at_the_deadline_nothing_is_started_any_more() {
    let site = Site::start().await;
    // So that it is never known whether it was asked for.
    site.world()
        .set_fault(CallFault::always("POST", RUNS, CallAction::LoseRequest));
    let record = site.run(&provision(&site, &[errand("smoke", &[])]), done).await;
    let operator = &failure(&record).for_operator;
    let wanted = "errand smoke: the operation's deadline passed before it ran; the last fault: errand smoke: POST";
    assert!(operator.starts_with(wanted), "{operator}");
    let asked = site.asked();
    assert!(asked > 10 && site.errands().is_empty(), "{asked}");
}
