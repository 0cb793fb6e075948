//! Errands before a deletion, and what may be in their way or missing.
use crate::{
    records::{deprovision, errand, left, went_on},
    site::{DEPLOYMENT, RUNS, Site},
};
use chandler_engine::probe::NoProbe;
use chandler_proto::{
    ids::JobId,
    records::{Past, Phase, Record},
};
use chandler_simulators::bosh::{CallAction, CallFault, TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_testing::records::{done, failure};
use std::time::Duration;
use uuid::Uuid;

fn smoke(site: &Site) -> Record {
    deprovision(site, &[errand("smoke", &[])], false)
}

#[tokio::test]
async fn errands_run_before_the_deletion_and_one_that_fails_ends_it() {
    let site = Site::start().await;
    let record = deprovision(&site, &[errand("smoke", &[]), errand("clean", &[])], false);
    went_on(&site.run(&record, left).await);
    assert_eq!(site.errands().len(), 2);

    let effect = TaskEffect::Errand {
        exit_code: 1,
        stdout: String::new(),
        stderr: String::new(),
    };
    site.world().set_fault(TaskFault::once(TaskKind::Errand, effect));
    let record = site.run(&smoke(&site), done).await;
    let failed = failure(&record);
    assert!(failed.for_user.starts_with("Instance deletion failed: "), "{failed:?}");
    assert_eq!(failed.instance_usable, Some(false));
    // The next DELETE begins with it again.
    went_on(&site.run(&smoke(&site), left).await);
    assert_eq!(site.errands().len(), 4);
}

#[tokio::test]
async fn without_a_deployment_or_its_manifest_there_is_nothing_to_run() {
    let site = Site::start_with(|_| ()).await;
    went_on(&site.run(&smoke(&site), left).await);
    let fail = TaskEffect::Fail {
        stage: String::new(),
        message: None,
        code: None,
    };
    site.world().set_fault(TaskFault::once(TaskKind::Deploy, fail));
    site.deploy("").await;
    assert_eq!(site.world().deployment(DEPLOYMENT).unwrap().manifest, None);
    went_on(&site.run(&smoke(&site), left).await);
    assert_eq!(site.asked(), 0);
}

#[tokio::test]
async fn what_came_back_after_the_deletion_is_deleted_as_it_is() {
    let site = Site::start().await;
    let mut record = smoke(&site);
    record.phase = Phase::Gone {
        at: site.ground.now(),
        look_at: None,
        stray: false,
    };
    record.in_force = None;
    record.job.round = 1;
    site.world().clear_journal();
    went_on(&site.run(&record, left).await);
    assert_eq!(site.world().journal().counts, [], "the Director isn't even asked");
}

#[tokio::test]
async fn a_deployment_that_goes_between_look_and_request_is_no_failure() {
    let site = Site::start_with(|_| ()).await;
    // It is shown once more, and then it is not there.
    let shown = CallAction::Answer {
        status: 200,
        body: Some(r#"{"manifest":"name: service-instance_i"}"#.into()),
    };
    let path = format!("/deployments/{DEPLOYMENT}$");
    site.world().set_fault(CallFault::once("GET", &path, shown));
    went_on(&site.run(&smoke(&site), left).await);
    assert_eq!((site.asked(), site.errands().len()), (1, 0));
}

/// A deprovision has taken the place of a job whose task still runs.
async fn replaced(site: &Site) -> (Record, u64) {
    let old = JobId(Uuid::now_v7());
    site.world()
        .set_fault(TaskFault::once(TaskKind::Deploy, TaskEffect::Hang));
    let task = site.deploy(&format!("{old}.1")).await;
    let mut record = smoke(site);
    record.before = Some(Past::of(&record.job, site.ground.now()));
    (record, task)
}

#[tokio::test]
async fn the_task_of_a_replaced_job_is_cancelled_before_anything_else() {
    // An update of what is there: the errand follows. A first deploy, as of an instance that somebody deleted by hand: it
    // has left nothing that an errand could run on.
    for there in [true, false] {
        let site = Site::start_with(|_| ()).await;
        if there {
            site.deploy("").await;
        }
        let (record, task) = replaced(&site).await;
        site.world().set_task_seconds(600.0); // it takes a minute to stop
        site.write(&record).await;
        site.turn(&NoProbe).await.unwrap();
        let state = |task| site.world().task(task).unwrap().state;
        assert_eq!((state(task), site.asked()), (TaskState::Cancelling, 0));
        let note = site.read().await.0.job.note.unwrap();
        assert_eq!(note, format!("waiting for BOSH task {task} of the same deployment"));
        site.pass(Duration::from_secs(1));
        site.turn(&NoProbe).await.unwrap();
        assert_eq!(
            (state(task), site.asked()),
            (TaskState::Cancelling, 0),
            "it is waited for"
        );
        went_on(&site.drive(&NoProbe, left).await);
        assert_eq!(state(task), TaskState::Cancelled);
        assert_eq!(site.errands().len(), usize::from(there));
        assert_eq!(site.world().journal().count("DELETE /task/{}"), 1);
    }
}

#[tokio::test]
async fn a_refusal_to_cancel_is_told() {
    let site = Site::start().await;
    let (record, _) = replaced(&site).await;
    let no = CallAction::Answer {
        status: 403,
        body: Some(r#"{"code":600000,"description":"not yours"}"#.into()),
    };
    site.world().set_fault(CallFault::always("DELETE", "/task/", no));
    let record = site.run(&record, done).await;
    let operator = &failure(&record).for_operator;
    assert!(operator.starts_with("errand smoke: DELETE /task/"), "{operator}");
    assert_eq!(site.world().journal().count(&format!("POST {RUNS}")), 0);
    assert_eq!(site.asked(), 0);
}
