//! Updates that fail: what the user reads, and what stays in force.
use crate::{
    records::{job, update, upgrade},
    site::Site,
    update::{I, PATH, commands, deployed, first, made, manifest, run, second},
};
use chandler_proto::{failure::Failure, operation::Operation};
use chandler_simulators::bosh::{Ending, TaskEffect, TaskFault, TaskKind};
use chandler_testing::records::{done, failure, succeeded};
use serde_json::json;

#[tokio::test]
async fn an_instance_that_is_out_of_date_is_not_updated() {
    let (site, old) = made(|_| ()).await;
    site.adapter_repeats(&json!({ "manifest": manifest("((odb_secret:pw))", 1), "secrets": {"pw": "a-password"} }));
    let record = run(&site, &update(&site, &old)).await;
    let failed = failure(&record);
    let (told, trail) = failed.for_user.split_once(" (").unwrap();
    assert!(
        trail.ends_with(&format!("operation-id: {})", record.job.id)),
        "{failed:?}"
    );
    assert_eq!(
        told,
        "The service broker has been updated, and this service instance is out of date. Please contact your operator."
    );
    assert_eq!(
        failed.for_operator,
        "the manifest would change without the update, too: properties"
    );
    assert_eq!(
        (failed.instance_usable, failed.update_repeatable),
        (Some(true), Some(false))
    );
    assert_eq!((record.in_force, deployed(&site)), (old.in_force, Some(first())));
    assert_eq!(site.runs().len(), 1, "nothing is generated for a deploy");
    assert_eq!(site.servers.bosh.world().tasks().len(), 1, "that of the provision");
    assert_eq!(site.servers.secrets.versions(&format!("{PATH}/pw")), 1);
}

#[tokio::test]
async fn an_update_that_fails_leaves_what_was_in_force() {
    let (site, old) = made(|_| ()).await;
    site.adapter_does(
        "generate-manifest",
        r#"case "$input" in *'"request_parameters":"{}"'*) cat repeated ;; *) echo "too many clients"; exit 1 ;; esac"#,
    );
    let refused = run(&site, &update(&site, &old)).await;
    let flags = |failure: &Failure| (failure.instance_usable, failure.update_repeatable);
    assert_eq!(failure(&refused).for_user, "too many clients");
    assert_eq!(flags(failure(&refused)), (Some(true), Some(true)));
    assert_eq!((&refused.in_force, deployed(&site)), (&old.in_force, Some(first())));

    std::fs::remove_file(site.dir.path().join("generate-manifest")).unwrap();
    let ending = Ending::Error {
        code: 400_001,
        message: "'kv/0' is not running after update".into(),
    };
    let fails = TaskFault::once(TaskKind::Deploy, TaskEffect::End { ending });
    site.servers.bosh.world().set_fault(fails);
    let failed = run(&site, &update(&site, &refused)).await;
    let why = failure(&failed);
    assert!(
        why.for_operator.ends_with("'kv/0' is not running after update"),
        "{why:?}"
    );
    assert!(
        why.for_user.starts_with("Instance update failed: There was a problem"),
        "{why:?}"
    );
    let (mut force, was) = (failed.in_force.clone().unwrap(), old.in_force.unwrap());
    let maybe: Vec<_> = std::mem::take(&mut force.maybe);
    assert_eq!((flags(why), force), ((Some(true), Some(true)), was));
    assert_eq!(maybe[0].plan_id, "another-plan", "its plan may be deployed");
    // The same once more mends it.
    succeeded(&run(&site, &update(&site, &failed)).await);
    assert_eq!(deployed(&site), Some(second()));
}

/// What failed after its deploy has changed the deployment: the next update must not take that for somebody else's
/// doing.
#[tokio::test]
async fn an_update_whose_dashboard_fails_can_be_repeated() {
    let (site, old) = made(|_| ()).await;
    site.adapter_does("dashboard-url", "exit 1");
    let failed = run(&site, &update(&site, &old)).await;
    assert!(failure(&failed).for_operator.contains("dashboard"), "{failed:#?}");
    assert_eq!(deployed(&site), Some(second()), "it is deployed");
    // From now on the adapter says for the old plan what it said before, and for the new one what is deployed.
    // It may as well refuse to make the old plan of it.
    for old_plan in ["cat repeated", "echo 'no way back'; exit 1"] {
        let script = format!(r#"case "$input" in *large*) cat said ;; *) {old_plan} ;; esac"#);
        site.adapter_does("generate-manifest", &script);
        let again = run(&site, &update(&site, &failed)).await;
        assert!(
            failure(&again).for_operator.contains("dashboard"),
            "{old_plan}: {again:#?}"
        );
    }
    site.adapter_does("dashboard-url", "exit 10");
    let again = run(&site, &update(&site, &failed)).await;
    succeeded(&again);
    assert!(again.in_force.unwrap().maybe.is_empty());
}

#[tokio::test]
async fn what_cannot_be_changed_is_told_in_odbs_words() {
    let (site, old) = made(|file| file["chandler"]["allow_missing_plans"] = json!(true)).await;
    let mut lost = update(&site, &old);
    lost.in_force.as_mut().unwrap().plan.plan_id = "a-lost-plan".into();
    let record = run(&site, &lost).await;
    let told = &failure(&record).for_user;
    let gone = "plan a-lost-plan does not exist. Please contact your operations team. (broker-request-id: ";
    assert!(told.starts_with(gone), "{told}");
    assert_eq!(failure(&record).instance_usable, Some(true));

    let site = Site::start(|_| ()).await;
    let old = crate::records::record("i", None, job(Operation::Provision, site.ground.now()));
    for record in [update(&site, &old), upgrade(&site, &old, None)] {
        site.ground.put(&record).await;
        let record = site.drive(I, done).await;
        let told = &failure(&record).for_user;
        let gone = "bosh deployment 'service-instance_i' not found. Please contact your operations team. (";
        assert!(told.starts_with(gone), "{told}");
        assert_eq!(site.runs().len(), 0);
    }
}

#[tokio::test]
async fn an_adapter_that_does_not_end_fails_the_check_after_three_tries() {
    let (site, old) = made(|file| file["chandler"]["workers"]["adapter_seconds"] = json!(1)).await;
    site.adapter_does("generate-manifest", "sleep 30");
    let record = run(&site, &update(&site, &old)).await;
    assert_eq!(commands(&site), ["generate-manifest"; 3]);
    let failed = failure(&record);
    assert!(
        failed
            .for_user
            .starts_with("Instance update failed: There was a problem"),
        "{failed:?}"
    );
    assert_eq!(
        (failed.update_repeatable, &record.in_force),
        (Some(true), &old.in_force)
    );
    assert_eq!(record.job.attempts, 0, "nothing was written outside");
}
