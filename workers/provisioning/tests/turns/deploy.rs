//! The leg Deploy with secrets and configs.
use crate::{records::provision, site::Site};
use chandler_engine::probe::{Crashed, NoProbe, Point, Probe};
use chandler_proto::{job::State, records::Record};
use chandler_simulators::common::{CallAction, CallFault, Outage};
use chandler_testing::records::done;
use serde_json::{Value, json};
use std::time::Duration;

const I: &str = "instance.i";
const PATH: &str = "/odb/a-service/service-instance_i";

fn manifest(password: &str) -> String {
    format!(
        "name: service-instance_i\nreleases: []\nstemcells: []\ninstance_groups: []\nproperties: {{pw: '{password}'}}\n"
    )
}

fn made() -> Value {
    json!({
        "manifest": manifest("((odb_secret:pw)) ((odb_secret:key))"),
        "secrets": {"pw": "a-password", "key": {"private": "a-key"}, "unused": "an-unused-one"},
        "configs": {"cloud": "vm_extensions: []\n"}
    })
}

fn failure(record: &Record) -> (&str, &str) {
    match &record.job.state {
        State::Failed { failure, .. } => (&failure.for_user, &failure.for_operator),
        State::Running | State::Succeeded { .. } => panic!("{record:#?}"),
    }
}

fn deployed(site: &Site) -> Option<String> {
    site.servers.bosh.world().deployment("service-instance_i")?.manifest
}

async fn started(site: &Site, says: &Value) {
    site.adapter_says(says);
    site.ground.write(&provision(site, "i"), 0).await;
}

/// Everything is where it belongs, and the record holds none of it.
async fn check(site: &Site) {
    let (record, _) = site.ground.read(I).await;
    assert!(matches!(record.job.state, State::Succeeded { .. }), "{record:#?}");
    assert_eq!(deployed(site), Some(manifest(&format!("(({PATH}/pw)) (({PATH}/key))"))));
    let secrets = &site.servers.secrets;
    assert_eq!(secrets.names(), [format!("{PATH}/key"), format!("{PATH}/pw")]);
    assert_eq!(secrets.get(&format!("{PATH}/pw")), Some(json!("a-password")));
    assert_eq!(secrets.get(&format!("{PATH}/key")), Some(json!({"private": "a-key"})));
    assert_eq!(
        (
            secrets.kind(&format!("{PATH}/pw")),
            secrets.kind(&format!("{PATH}/key"))
        ),
        (Some("value"), Some("json"))
    );
    let call = chandler_clients::CallContext::default();
    let configs = site
        .outside
        .tasks
        .director
        .configs("service-instance_i", &call)
        .await
        .unwrap();
    assert_eq!((configs.len(), configs[0].kind.as_str()), (1, "cloud"));
    let text = String::from_utf8(record.bytes()).unwrap();
    for secret in ["a-password", "a-key", "odb_secret", PATH] {
        assert!(!text.contains(secret), "{secret} is in the record");
    }
}

#[tokio::test]
async fn secrets_and_configs_are_there_before_the_deployment() {
    let site = Site::start(|_| ()).await;
    started(&site, &made()).await;
    // At the POST of the deployment everything else is there.
    let posts = CallFault::once("POST", "/deployments", CallAction::LoseRequest);
    site.servers.bosh.world().set_fault(posts);
    site.turn(I, &NoProbe).await.unwrap();
    assert_eq!((deployed(&site), site.servers.secrets.names().len()), (None, 2));
    assert_eq!(site.servers.bosh.world().journal().count("POST /configs"), 1);
    site.drive(I, done).await;
    check(&site).await;
    assert_eq!(
        site.servers.secrets.versions(&format!("{PATH}/pw")),
        2,
        "the repeat wrote over it"
    );
}

#[tokio::test]
async fn each_call_may_be_lost_before_and_after_its_effect() {
    for (credhub, method, path) in [
        (true, "PUT", "/api/v1/data"),
        (false, "POST", "/configs"),
        (false, "POST", "/deployments"),
    ] {
        for action in [CallAction::LoseRequest, CallAction::LoseResponse] {
            let site = Site::start(|_| ()).await;
            let fault = CallFault::once(method, path, action.clone());
            if credhub {
                site.servers.secrets.set_fault(fault);
            } else {
                site.servers.bosh.world().set_fault(fault);
            }
            started(&site, &made()).await;
            site.drive(I, done).await;
            check(&site).await;
            assert_eq!(
                site.servers.bosh.world().tasks().len(),
                1,
                "{path} {action:?}: one deploy, once"
            );
        }
    }
}

/// So much time passes between the checkpoint and the act.
struct Stands<'a>(&'a Site, Duration);

impl Probe for Stands<'_> {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        if point == Point::Checkpointed {
            self.0.ground.clock.advance(self.1);
        }
        Ok(())
    }
}

#[tokio::test]
async fn nothing_is_stored_after_the_window() {
    let site = Site::start(|_| ()).await;
    started(&site, &made()).await;
    // 20 s, and 5 s for each of two secrets and a config.
    site.turn(I, &Stands(&site, Duration::from_secs(35))).await.unwrap();
    assert_eq!((deployed(&site), site.servers.secrets.names().len()), (None, 0));
    assert_eq!(site.servers.bosh.world().journal().count("POST /configs"), 0);
    site.drive(I, done).await;
    check(&site).await;
}

#[tokio::test]
async fn without_the_switch_nothing_is_stored_or_replaced() {
    let site = Site::start(|file| file["broker"]["enable_secure_manifests"] = json!(false)).await;
    started(&site, &made()).await;
    let record = site.drive(I, done).await;
    assert!(matches!(record.job.state, State::Succeeded { .. }), "{record:#?}");
    assert_eq!(deployed(&site), Some(manifest("((odb_secret:pw)) ((odb_secret:key))")));
    assert_eq!(site.servers.secrets.writes().len(), 0);
}

#[tokio::test]
async fn what_cannot_be_stored_fails_the_job_before_the_deployment() {
    let site = Site::start(|_| ()).await;
    let mut odd = made();
    odd["secrets"]["pw"] = json!(["a-password"]);
    started(&site, &odd).await;
    let record = site.drive(I, done).await;
    let (user, operator) = failure(&record);
    assert_eq!(operator, "Unknown credential type of the manifest secret 'pw'");
    assert!(
        user.starts_with("Instance provisioning failed: There was a problem"),
        "{user}"
    );
    assert_eq!(site.servers.secrets.writes().len(), 0, "nor anything else");

    let site = Site::start(|file| file["broker"]["disable_bosh_configs"] = json!(true)).await;
    started(&site, &made()).await;
    let record = site.drive(I, done).await;
    assert_eq!(
        failure(&record).1,
        "adapter returned bosh configs but feature is turned off"
    );
    assert_eq!(site.servers.secrets.writes().len(), 0);

    let site = Site::start(|_| ()).await;
    let refusal = CallAction::Answer {
        status: 403,
        body: Some(r#"{"error":"The request could not be completed because the credential does not exist or you do not have sufficient authorization."}"#.into()),
    };
    site.servers
        .secrets
        .set_fault(CallFault::always("PUT", "/api/v1/data", refusal));
    started(&site, &made()).await;
    let record = site.drive(I, done).await;
    assert!(
        failure(&record).1.contains("of CredHub was refused with 403"),
        "{record:#?}"
    );
    assert_eq!(site.servers.bosh.world().tasks().len(), 0);
}

#[tokio::test]
async fn a_credhub_that_is_away_is_waited_for() {
    let site = Site::start(|_| ()).await;
    site.servers.secrets.set_outage(Some(Outage::Connections));
    started(&site, &made()).await;
    let waiting = site.drive(I, |record| record.job.faults > 0).await;
    assert_eq!(waiting.job.note.as_deref(), Some("waiting for CredHub"));
    site.servers.secrets.set_outage(None);
    site.drive(I, done).await;
    check(&site).await;
}
