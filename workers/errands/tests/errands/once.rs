//! An errand is started once, whatever crashes and whatever is lost.
use crate::{
    records::{errand, left, provision},
    site::{RUNS, Site},
};
use chandler_engine::probe::{NoProbe, POINTS, Point};
use chandler_proto::records::Record;
use chandler_simulators::bosh::{CallAction, CallFault, Ending, Fate, TaskEffect, TaskFault, TaskKind};
use chandler_testing::{
    probes::DiesAt,
    records::{done, failure, succeeded},
};
use serde_json::json;
use std::time::Duration;

fn smoke(site: &Site) -> Record {
    provision(site, &[errand("smoke", &[])])
}

#[tokio::test]
async fn a_worker_may_die_anywhere() {
    for point in POINTS {
        let site = Site::start().await;
        site.write(&smoke(&site)).await;
        let dies = DiesAt::first(point);
        let record = site.drive(&dies, done).await;
        succeeded(&record);
        assert!(dies.was_met(), "{point:?} is never passed");
        assert_eq!((site.errands().len(), site.asked()), (1, 1), "{point:?}");
    }
}

#[tokio::test]
async fn a_lost_request_is_sent_again_and_a_lost_answer_found() {
    for (action, fates, heard) in [
        (CallAction::LoseRequest, vec![Fate::Lost, Fate::Started], false),
        (CallAction::LoseResponse, vec![Fate::Started], false),
        (CallAction::CutResponse, vec![Fate::Started], true), // its head says all
    ] {
        let site = Site::start().await;
        site.world().set_task_seconds(300.0);
        site.world().set_fault(CallFault::once("POST", RUNS, action));
        site.write(&smoke(&site)).await;
        site.turn(&NoProbe).await.unwrap();
        let note = site.read().await.0.job.note;
        let wanted = if heard {
            "running errand smoke"
        } else {
            "waiting for the BOSH Director"
        };
        assert_eq!(note.as_deref(), Some(wanted));
        let record = site.drive(&NoProbe, done).await;
        succeeded(&record);
        let starts = site.world().journal().starts;
        let seen: Vec<_> = starts
            .iter()
            .filter(|it| it.path.starts_with(RUNS))
            .map(|it| it.fate)
            .collect();
        assert_eq!(seen, fates);
        assert_eq!(site.errands().len(), 1);
    }
}

/// The first request arrives when the second has started a task: its own meets the lock and tells nothing.
#[tokio::test]
async fn a_request_that_comes_late_changes_nothing() {
    for exit_code in [0, 1] {
        let site = Site::start().await;
        let effect = |exit_code| TaskEffect::Errand {
            exit_code,
            stdout: String::new(),
            stderr: String::new(),
        };
        let lock = "Failed to acquire lock for lock:deployment:service-instance_i uid: 68e940c8. Locking task id is 2";
        let failing = TaskEffect::Fail {
            stage: String::new(),
            message: Some(lock.into()),
            code: Some(100),
        };
        site.world()
            .set_fault(TaskFault::once(TaskKind::Errand, effect(exit_code)));
        site.world().set_fault(TaskFault {
            skip: 1,
            ..TaskFault::once(TaskKind::Errand, failing)
        });
        site.write(&smoke(&site)).await;
        let dies = DiesAt::first(Point::Answered);
        site.turn(&dies).await.unwrap_err();
        let (record, _) = site.read().await;
        let run = chandler_clients::bosh::ErrandRun {
            name: "smoke",
            ..Default::default()
        };
        let (name, context) = (record.instance.deployment(), record.job.context_id());
        let call = chandler_clients::CallContext::default();
        let late = site
            .client
            .run_errand(&name, &run, &context, &call, Duration::from_secs(10));
        late.await.unwrap();
        let record = site.drive(&NoProbe, done).await;
        assert_eq!(site.errands().len(), 2, "no third one");
        match exit_code {
            0 => succeeded(&record),
            _ => assert!(failure(&record).for_operator.contains("exited with 1"), "{record:#?}"),
        }
    }
}

#[tokio::test]
async fn what_met_a_lock_did_not_run_and_is_started_again() {
    let site = Site::start().await;
    let message = "Failed to acquire lock for lock:deployment:service-instance_i uid: 68e940c8-2f59-47b8-a612-8756ceecd9a6. \
                   Locking task id is 29, description: 'create deployment'";
    let effect = TaskEffect::Fail {
        stage: String::new(),
        message: Some(message.into()),
        code: Some(100),
    };
    // More often than anything that counts is tried.
    site.world().set_fault(TaskFault {
        count: Some(5),
        ..TaskFault::always(TaskKind::Errand, effect)
    });
    let record = site.run(&smoke(&site), done).await;
    succeeded(&record);
    assert_eq!(site.errands().len(), 6);
}

#[tokio::test]
async fn a_task_that_the_director_has_forgotten_is_not_started_again() {
    let site = Site::start().await;
    let hang = TaskFault::once(TaskKind::Errand, TaskEffect::Hang);
    site.world().set_fault(hang);
    site.write(&smoke(&site)).await;
    site.turn(&NoProbe).await.unwrap();
    let task = site.read().await.0.job.facts.bosh_task.unwrap();
    assert!(site.world().finish_task(task, Ending::Done));
    let nothing = CallAction::Answer {
        status: 200,
        body: Some(json!([]).to_string()),
    };
    site.world().set_fault(CallFault::always("GET", "/tasks$", nothing));
    let record = site.drive(&NoProbe, left).await;
    let operator = &failure(&record).for_operator;
    assert!(
        operator.contains("the Director doesn't know its task any more"),
        "{operator}"
    );
    assert_eq!(site.asked(), 1);
}
