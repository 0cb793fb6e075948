//! A worker whose configuration lacks the plan of a job, as during a rollout, or for good.
use crate::{
    records::{LARGE, SMALL, job, provision, recreate, update},
    site::Site,
    update::{D, I, deployed, first, made, manifest, second},
};
use chandler_common::program::Settings as _;
use chandler_engine::probe::NoProbe;
use chandler_proto::{
    config,
    operation::Operation,
    records::{Past, Record},
    step::{ProvisioningStep, Step},
};
use chandler_provisioning::{room::Outside, settings::Settings};
use chandler_testing::records::{done, failure, succeeded};
use serde_json::{Value, json};
use std::path::Path;

const WAITS: &str = "waiting for a worker whose configuration has its plan";

/// The file of a site, from which other workers are made.
struct File(Value);

impl File {
    fn without(&self, plan_id: &str) -> File {
        let mut yml = self.0.clone();
        let plans = yml["service_catalog"]["plans"].as_array_mut().unwrap();
        plans.retain(|plan| plan["plan_id"] != plan_id);
        assert_eq!(plans.len(), 1);
        File(yml)
    }
    /// Everything is called otherwise: the offering as a whole has left.
    fn of_another_offering(&self) -> File {
        let mut yml = self.0.clone();
        yml["service_catalog"]["id"] = "another-service".into();
        for (plan, id) in [(0, "third-plan"), (1, "fourth-plan")] {
            yml["service_catalog"]["plans"][plan]["plan_id"] = id.into();
        }
        File(yml)
    }
    fn allowed(&self) -> File {
        let mut yml = self.0.clone();
        yml["chandler"]["allow_missing_plans"] = true.into();
        File(yml)
    }
    /// A worker of the same kind on the same bus.
    fn worker(&self, site: &Site) -> Outside {
        let config = config::parse(&self.0.to_string()).unwrap().config;
        let settings = Settings::of(&config).unwrap_or_else(|wrong| panic!("{wrong}"));
        Outside::new(settings, &site.ground.store, site.ground.clock())
    }
}

async fn drive(site: &Site, worker: &Outside, wanted: impl Fn(&Record) -> bool) -> Record {
    site.ground.drive(worker, I, &NoProbe, |_| (), wanted).await
}

/// The job waits, and says for what.
async fn waits(site: &Site, worker: &Outside, plan_id: &str) {
    let named = format!("plan small ({plan_id}) is not in the configuration of this process");
    let names = |fault: &String| fault.contains(&named);
    drive(site, worker, |record| {
        assert!(!done(record), "{record:#?}");
        record.job.note.as_deref() == Some(WAITS) && record.job.last_fault.as_ref().is_some_and(names)
    })
    .await;
}

fn forget_runs(site: &Site) {
    let runs = site.dir.path().join("runs");
    if Path::exists(&runs) {
        std::fs::remove_file(runs).unwrap();
    }
}

fn tasks(site: &Site) -> usize {
    site.servers.bosh.world().tasks().len()
}

/// Without secrets.
fn plain() -> String {
    manifest("plain", 1)
}

async fn begun() -> (Site, File) {
    let mut yml = Value::Null;
    let site = Site::start(|file| yml = file.clone()).await;
    site.adapter_says(&json!({ "manifest": plain() }));
    site.ground.write(&provision(&site, "i"), 0).await;
    (site, File(yml))
}

async fn there() -> (Site, File, Record) {
    let mut yml = Value::Null;
    let (site, old) = made(|file| yml = file.clone()).await;
    (site, File(yml), old)
}

#[tokio::test]
async fn a_provision_waits_for_a_worker_that_has_its_plan() {
    let (site, file) = begun().await;
    for lacking in [file.without(SMALL), file.of_another_offering()] {
        waits(&site, &lacking.worker(&site), SMALL).await;
    }
    assert_eq!((site.runs().len(), tasks(&site)), (0, 0), "nothing was done");
    succeeded(&drive(&site, &site.outside, done).await);
    assert_eq!(deployed(&site), Some(plain()));
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let (site, file) = begun().await;
    let record = drive(&site, &file.without(SMALL).worker(&site), done).await;
    let why = failure(&record).for_operator.clone();
    assert!(
        why.contains("deadline passed") && why.contains("plan small (a-plan)"),
        "{why}"
    );
    assert!(site.ground.now() > record.job.deadline);

    // An operator has said that no worker will have it.
    let (site, file) = begun().await;
    let record = drive(&site, &file.without(SMALL).allowed().worker(&site), done).await;
    let why = &failure(&record).for_operator;
    assert_eq!(why, "plan small (a-plan) is not in the catalog any more");
    assert_eq!((site.runs().len(), tasks(&site)), (0, 0), "nothing was done");
}

#[tokio::test]
async fn an_update_needs_the_plan_in_force_and_the_new_one() {
    let (site, file, old) = there().await;
    let (_, over) = site.ground.read(I).await;
    site.ground.write(&update(&site, &old), over).await;
    waits(&site, &file.without(SMALL).worker(&site), SMALL).await;
    assert_eq!(
        (site.runs().len(), tasks(&site)),
        (0, 1),
        "only the provision has done anything"
    );
    let lacks_new = file.without(LARGE).worker(&site);
    waits(&site, &lacks_new, LARGE).await;
    let (record, _) = site.ground.read(I).await;
    assert_eq!(record.job.step(), Some(&Step::Provisioning(ProvisioningStep::Deploy)));
    assert_eq!((tasks(&site), deployed(&site)), (1, Some(first())));
    succeeded(&drive(&site, &site.outside, done).await);
    assert_eq!(deployed(&site), Some(second()));
}

#[tokio::test]
async fn where_plans_may_be_missing_an_update_fails_in_odbs_words() {
    for (lacks, user, operator) in [
        (
            SMALL,
            "plan a-plan does not exist. Please contact your operations team. (",
            "plan a-plan does not exist",
        ),
        (
            LARGE,
            "Instance update failed: There was a problem",
            "plan small (another-plan) is not in the catalog any more",
        ),
    ] {
        let (site, file, old) = there().await;
        let (_, over) = site.ground.read(I).await;
        site.ground.write(&update(&site, &old), over).await;
        let record = drive(&site, &file.without(lacks).allowed().worker(&site), done).await;
        let why = failure(&record);
        assert!(why.for_user.starts_with(user), "{why:?}");
        assert_eq!(why.for_operator, operator);
        assert_eq!((tasks(&site), deployed(&site)), (1, Some(first())));
        assert_eq!(record.in_force, old.in_force);
    }
}

#[tokio::test]
async fn the_dashboard_is_asked_for_by_a_worker_that_has_the_plan() {
    let asks = |record: &Record| record.job.step() == Some(&Step::Provisioning(ProvisioningStep::Dashboard));
    let (site, file) = begun().await;
    site.adapter_does("dashboard-url", r#"echo '{"dashboard_url": "https://kv.example/i"}'"#);
    drive(&site, &site.outside, asks).await;
    forget_runs(&site);
    waits(&site, &file.without(SMALL).worker(&site), SMALL).await;
    assert_eq!((site.runs().len(), tasks(&site)), (0, 1));
    let record = drive(&site, &site.outside, done).await;
    succeeded(&record);
    let url = record.in_force.unwrap().dashboard_url;
    assert_eq!(url.as_deref(), Some("https://kv.example/i"));

    let (site, file) = begun().await;
    drive(&site, &site.outside, asks).await;
    let record = drive(&site, &file.without(SMALL).allowed().worker(&site), done).await;
    let why = &failure(&record).for_operator;
    let said =
        "service-instance_i is deployed, but generating dashboard: plan small (a-plan) is not in the catalog any more";
    assert_eq!(why, said);
}

/// What is enough for it is in the record.
#[tokio::test]
async fn recreate_and_deletion_need_no_plan() {
    for lacking in [File::without, |file: &File, _: &str| file.of_another_offering()] {
        let (site, file, old) = there().await;
        let worker = lacking(&file, SMALL).worker(&site);
        let (_, over) = site.ground.read(I).await;
        site.ground.write(&recreate(&site, &old), over).await;
        let old = drive(&site, &worker, done).await;
        succeeded(&old);
        let mut deletion = old.clone();
        deletion.before = Some(Past::of(&old.job, site.ground.now()));
        deletion.job = job(Operation::Deprovision, site.ground.now());
        site.ground.put(&deletion).await;
        let gone = drive(&site, &worker, Record::gone).await;
        succeeded(&gone);
        assert!(site.servers.bosh.world().deployment(D).is_none());
        assert_eq!(site.runs().len(), 0);
    }
}
