//! The leg Dashboard of a provision.
use crate::{records::provision, site::Site};
use chandler_proto::{failure::Failure, job::State, records::Record};
use chandler_testing::records::done;
use serde_json::json;

const I: &str = "instance.i";
const MANIFEST: &str = "name: service-instance_i\nreleases: []\nstemcells: []\ninstance_groups: []\n";
const URL: &str = "https://kv.example/i";

async fn driven(site: &Site) -> Record {
    site.adapter_says(&json!({ "manifest": MANIFEST }));
    site.ground.write(&provision(site, "i"), 0).await;
    site.drive(I, done).await
}

fn url(record: &Record) -> Option<&str> {
    assert!(matches!(record.job.state, State::Succeeded { .. }), "{record:#?}");
    record.in_force.as_ref().unwrap().dashboard_url.as_deref()
}

/// It failed, and the deployment is there.
fn failure<'a>(site: &Site, record: &'a Record) -> &'a Failure {
    let deployed = site.servers.bosh.world().deployment("service-instance_i").unwrap();
    assert_eq!(deployed.manifest.as_deref(), Some(MANIFEST));
    let State::Failed { failure, .. } = &record.job.state else {
        panic!("{record:#?}")
    };
    assert!(
        failure
            .for_operator
            .starts_with("service-instance_i is deployed, but generating dashboard: "),
        "{failure:?}"
    );
    failure
}

fn asked(site: &Site) -> usize {
    let runs = site.runs();
    runs.iter().filter(|(command, _)| command == "dashboard-url").count()
}

#[tokio::test]
async fn the_adapter_tells_it_or_has_none() {
    for (script, wanted) in [
        (format!("echo '{{\"dashboard_url\": \"{URL}\"}}'"), Some(URL)),
        ("echo ignored; exit 10".into(), None),
        ("echo '{}'".into(), None),
    ] {
        let site = Site::start(|_| ()).await;
        site.adapter_does("dashboard-url", &script);
        let record = driven(&site).await;
        assert_eq!(url(&record), wanted, "{script}");
        let (_, given) = site.runs().pop().unwrap();
        assert_eq!(
            (given["instance_id"].as_str(), given["manifest"].as_str()),
            (Some("i"), Some(MANIFEST))
        );
        assert_eq!(asked(&site), 1);
        assert_eq!(record.job.attempts, 0, "the leg writes nothing outside");
    }
}

#[tokio::test]
async fn any_other_end_fails_the_operation_and_says_that_the_deployment_is_there() {
    for (script, user) in [
        ("echo 'the console is full'; exit 1", "the console is full"),
        ("exit 1", "Instance provisioning failed: There was a problem"),
        (
            "echo hidden; exit 41",
            "Instance provisioning failed: There was a problem",
        ),
        ("echo nonsense", "Instance provisioning failed: There was a problem"),
    ] {
        let site = Site::start(|_| ()).await;
        site.adapter_does("dashboard-url", script);
        let record = driven(&site).await;
        let failure = failure(&site, &record);
        assert!(failure.for_user.starts_with(user), "{script}: {failure:?}");
        assert_eq!((asked(&site), record.in_force), (1, None));
    }
}

#[tokio::test]
async fn a_time_out_is_tried_three_times() {
    let quick = || Site::start(|file| file["chandler"]["workers"]["adapter_seconds"] = json!(1));
    let site = quick().await;
    site.adapter_does(
        "dashboard-url",
        &format!("[ -f once ] || {{ touch once; sleep 30; }}\necho '{{\"dashboard_url\": \"{URL}\"}}'"),
    );
    assert_eq!(url(&driven(&site).await), Some(URL));
    assert_eq!(asked(&site), 2);

    let site = quick().await;
    site.adapter_does("dashboard-url", "sleep 30");
    let record = driven(&site).await;
    failure(&site, &record);
    assert_eq!((asked(&site), record.job.last_fault.is_some()), (3, true));
}
