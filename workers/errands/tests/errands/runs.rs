//! Errands that go well.
use crate::{
    records::{I, errand, left, provision},
    site::Site,
};
use chandler_engine::probe::NoProbe;
use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind};
use chandler_testing::{
    log::Log,
    records::{done, failure, succeeded},
};
use serde_json::json;
use std::time::Duration;

fn says(exit_code: i32) -> TaskFault {
    let effect = TaskEffect::Errand {
        exit_code,
        stdout: "all is well\nbut password=hidden\n".into(),
        stderr: "some grumbling\n".into(),
    };
    TaskFault::always(TaskKind::Errand, effect)
}

#[tokio::test]
async fn errands_run_one_after_the_other_where_they_are_configured() {
    let site = Site::start().await;
    let errands = [
        errand("smoke", &[]),
        errand("smoke", &["node/1"]),
        errand("smoke", &["node", "clean"]),
        errand("clean", &[]),
    ];
    let record = site.run(&provision(&site, &errands), done).await;
    succeeded(&record);
    let tasks = site.errands();
    let results: Vec<_> = tasks.iter().map(|it| it.result.as_deref().unwrap()).collect();
    let of = |n: usize| format!("{n} succeeded, 0 errored, 0 canceled");
    assert_eq!(results, [of(2), of(1), of(2), of(1)]);
    let contexts: Vec<_> = tasks.iter().map(|it| it.context_id.clone()).collect();
    let wanted: Vec<_> = (2..6).map(|leg| format!("{}.{leg}", record.job.id)).collect();
    assert_eq!(contexts, wanted, "each leg has a name of its own");
    assert_eq!(site.asked(), 4);
    let vms = site.world().deployment("service-instance_i").unwrap();
    assert_eq!((vms.instances, vms.vms), (3, 2), "the errand's VM doesn't stay");
}

#[tokio::test]
async fn a_job_says_which_errand_runs_and_reads_no_log_for_it() {
    let site = Site::start().await;
    site.world().set_task_seconds(60.0);
    site.world().set_queue_seconds(5.0);
    site.write(&provision(&site, &[errand("smoke", &[])])).await;
    let mut notes = vec![];
    let told = |record: &chandler_proto::records::Record| record.job.note.clone();
    while !done(&site.read().await.0) {
        site.turn(&NoProbe).await.unwrap();
        notes.extend(told(&site.read().await.0));
        site.pass(Duration::from_secs(1));
        assert!(notes.len() < 60, "{notes:?}");
    }
    notes.dedup();
    let task = site.errands()[0].id;
    assert_eq!(
        notes,
        [format!("BOSH task {task} is queued"), "running errand smoke".into()]
    );
    let reads = site.world().journal().count("GET /tasks/{}/output");
    assert_eq!(reads, 1, "the result, once");
    succeeded(&site.read().await.0);
}

#[tokio::test]
async fn what_an_errand_says_is_for_the_log_alone() {
    for exit_code in [0, 3] {
        let (site, log) = (Site::start().await, Log::default());
        site.world().set_fault(says(exit_code));
        let listening = log.catch();
        let record = site.run(&provision(&site, &[errand("smoke", &[])]), done).await;
        drop(listening);
        let lines = log.lines(if exit_code == 0 {
            "an errand succeeded"
        } else {
            "an errand failed"
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        for line in &lines {
            let level = if exit_code == 0 { " INFO " } else { " WARN " };
            for wanted in [
                level,
                "all is well",
                "some grumbling",
                "on=\"node/",
                "errand=\"smoke\"",
                "password=***",
            ] {
                assert!(line.contains(wanted), "{wanted}: {line}");
            }
            assert!(line.contains(&format!("exit_code={exit_code}")), "{line}");
            assert!(!line.contains("hidden"), "{line}");
        }
        let kept = String::from_utf8(record.bytes()).unwrap();
        for said in ["all is well", "grumbling", "hidden"] {
            assert!(!kept.contains(said), "{said}: {kept}");
        }
    }
}

#[tokio::test]
async fn users_read_a_line_of_it_only_where_operational_errors_are_exposed() {
    for expose in [false, true] {
        let site = Site::start_with(|yml| yml["broker"]["expose_operational_errors"] = json!(expose)).await;
        site.deploy("").await;
        site.world().set_fault(says(3));
        let record = site.run(&provision(&site, &[errand("smoke", &["node/0"])]), left).await;
        let failed = failure(&record);
        let task = site.errands()[0].id;
        let (user, operator) = (&failed.for_user, &failed.for_operator);
        assert!(
            user.starts_with("Instance provisioning failed: There was a problem"),
            "{user}"
        );
        assert!(
            user.contains("a-request") && user.contains(&format!("task-id: {task}")),
            "{user}"
        );
        let exposed = ", error-message: errand smoke: smoke on node exited with 3";
        assert_eq!(user.contains("error-message"), expose, "{user}");
        assert_eq!(user.ends_with(exposed), expose, "{user}");
        assert!(
            operator.starts_with(&format!("BOSH task {task}: errand smoke: smoke on node/")),
            "{operator}"
        );
        assert!(
            operator.ends_with(" exited with 3\nIts output is in the worker's log."),
            "{operator}"
        );
        assert_eq!(record.key(), I);
    }
}
