//! The legs Tidy and Last look of a deprovision.
use crate::{records::deprovision, site::Site};
use chandler_clients::CallContext;
use chandler_engine::probe::NoProbe;
use chandler_proto::{
    job::State,
    records::{Phase, Record},
};
use chandler_simulators::common::{CallAction, CallFault, Outage};
use serde_json::json;
use std::time::Duration;

const I: &str = "instance.i";
const TIDY: usize = 2;
const LIMIT: Duration = Duration::from_secs(10);

/// What is of the instance, and what only looks so.
async fn leave(site: &Site) {
    let director = &site.outside.tasks.director;
    for (kind, name) in [
        ("cloud", "service-instance_i"),
        ("cpi", "service-instance_i"),
        ("cloud", "service-instance_i2"),
    ] {
        director
            .update_config(kind, name, "{}", &CallContext::default(), LIMIT)
            .await
            .unwrap();
    }
    for name in ["pw", "deep/key"].map(|name| format!("/odb/a-service/service-instance_i/{name}")) {
        site.servers.secrets.set(&name, &json!("s")).unwrap();
    }
    site.servers
        .runtime
        .set("/c/a-service/i/b/credentials", &json!({"a": 1}))
        .unwrap();
    for name in others_secrets() {
        site.servers.secrets.set(&name, &json!("s")).unwrap();
    }
    for name in others_credentials() {
        site.servers.runtime.set(&name, &json!({"a": 1})).unwrap();
    }
}

fn others_secrets() -> Vec<String> {
    [
        "/odb/a-service/service-instance_i2/pw",
        "/odb/other/service-instance_i/pw",
        "/x/service-instance_i/pw",
    ]
    .map(str::to_owned)
    .into()
}

fn others_credentials() -> Vec<String> {
    [
        "/c/a-service/i2/b/credentials",
        "/c/a-service/z/i/credentials",
        "/c/other/i/b/credentials",
    ]
    .map(str::to_owned)
    .into()
}

async fn check(site: &Site) {
    let mut left = site.servers.secrets.names();
    left.sort();
    assert_eq!(left, others_secrets());
    left = site.servers.runtime.names();
    left.sort();
    assert_eq!(left, others_credentials());
    let director = &site.outside.tasks.director;
    for (name, there) in [("service-instance_i", 0), ("service-instance_i2", 1)] {
        assert_eq!(
            director.configs(name, &CallContext::default()).await.unwrap().len(),
            there,
            "{name}"
        );
    }
}

fn tidied(record: &Record) -> bool {
    record.job.leg > TIDY
}

#[tokio::test]
async fn what_is_of_the_instance_goes_and_nothing_else() {
    let site = Site::start(|_| ()).await;
    leave(&site).await;
    site.ground.write(&deprovision(&site, "i", TIDY), 0).await;
    let record = site.drive(I, tidied).await;
    assert!(
        record.gone() && matches!(record.job.state, State::Succeeded { .. }),
        "{record:#?}"
    );
    check(&site).await;
}

#[tokio::test]
async fn a_delete_may_be_lost_before_and_after_its_effect() {
    for action in [CallAction::LoseRequest, CallAction::LoseResponse] {
        let site = Site::start(|_| ()).await;
        leave(&site).await;
        let lost = |path: &str| CallFault::once("DELETE", path, action.clone());
        site.servers.bosh.world().set_fault(lost("/configs"));
        site.servers.secrets.set_fault(lost("/api/v1/data"));
        site.servers.runtime.set_fault(lost("/api/v1/data"));
        site.ground.write(&deprovision(&site, "i", TIDY), 0).await;
        site.drive(I, tidied).await;
        check(&site).await;
    }
}

#[tokio::test]
async fn a_credhub_that_is_away_keeps_the_leg_open() {
    let site = Site::start(|_| ()).await;
    leave(&site).await;
    site.servers.runtime.set_outage(Some(Outage::Connections));
    site.ground.write(&deprovision(&site, "i", TIDY), 0).await;
    site.turn(I, &NoProbe).await.unwrap();
    let (record, _) = site.ground.read(I).await;
    assert_eq!(
        (record.job.leg, record.job.note.as_deref()),
        (TIDY, Some("waiting for CredHub"))
    );
    site.servers.runtime.set_outage(None);
    site.drive(I, tidied).await;
    check(&site).await;
}

#[tokio::test]
async fn without_credhubs_only_configs_are_looked_for() {
    let without = |file: &mut serde_json::Value| {
        file["broker"]["enable_secure_manifests"] = json!(false);
        for section in ["credhub", "bosh_credhub"] {
            file.as_object_mut().unwrap().remove(section);
        }
    };
    let site = Site::start(without).await;
    leave(&site).await;
    site.ground.write(&deprovision(&site, "i", TIDY), 0).await;
    site.drive(I, tidied).await;
    let calls = |controls: &chandler_simulators::common::Controls| controls.journal().calls.len();
    assert_eq!((calls(&site.servers.secrets), calls(&site.servers.runtime)), (0, 0));
    assert_eq!(site.servers.runtime.names().len(), 4);
}

/// A record that is gone, whose last look is due, names no plan: the services of the catalog are looked at.
#[tokio::test]
async fn the_last_look_finds_what_came_back_and_the_legs_run_once_more() {
    for back in [
        "/c/a-service/i/late/credentials",
        "/odb/a-service/service-instance_i/late",
        "cloud",
    ] {
        let site = Site::start(|_| ()).await;
        site.ground.write(&deprovision(&site, "i", TIDY), 0).await;
        let record = site.drive(I, tidied).await;
        assert!(record.plan().is_none() && record.look_at().is_some(), "{record:#?}");
        match back.split('/').nth(1) {
            Some("c") => site.servers.runtime.set(back, &json!({"a": 1})).unwrap(),
            Some(_) => site.servers.secrets.set(back, &json!("s")).unwrap(),
            None => {
                let (director, call) = (&site.outside.tasks.director, CallContext::default());
                director
                    .update_config(back, "service-instance_i", "{}", &call, LIMIT)
                    .await
                    .unwrap();
            }
        }
        let over = |record: &Record| matches!(record.phase, Phase::Gone { look_at: None, .. }) && record.job.finished();
        let record = site.drive(I, |record| record.job.round == 1).await;
        assert_eq!(record.job.leg, 0, "{back}: all legs once more");
        site.drive(I, |record| record.job.finished()).await;
        assert_eq!(
            (site.servers.runtime.names(), site.servers.secrets.names()),
            (vec![], vec![]),
            "{back}"
        );
        let record = site.drive(I, over).await;
        assert_eq!(record.job.round, 1, "{back}: the second look finds nothing");
    }
}
