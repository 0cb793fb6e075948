//! The instance's UAA client on its way to the adapter.
use crate::{
    records::{client, keeping_a_client, provision, update, upgrade, with_client},
    site::Site,
    update::{I, commands, made},
};
use chandler_proto::{
    job::{Event, Facts, State, sealed},
    records::Record,
    step::{ProvisioningStep, Step},
};
use chandler_testing::{
    log::Log,
    records::{done, succeeded},
};
use serde_json::{Value, json};

const MANIFEST: &str = "name: service-instance_i\nreleases: []\nstemcells: []\ninstance_groups: []\n";
const SECRET: &str = "a-minted-client-secret";

fn is_deploy(leg: &Step) -> bool {
    matches!(leg, Step::Provisioning(ProvisioningStep::Deploy))
}

/// At the leg Deploy: what is before it has been done.
fn at_deploy(mut record: Record) -> Record {
    record.job.leg = record.job.itinerary.iter().position(is_deploy).unwrap();
    record
}

fn beyond_dashboard(record: &Record) -> bool {
    let deploy = record.job.itinerary.iter().position(is_deploy).unwrap();
    record.job.leg > deploy + 1 || record.job.finished()
}

/// A provision whose first leg has made a client.
async fn provisioned(site: &Site, secret: Option<&str>) -> Record {
    site.adapter_says(&json!({ "manifest": MANIFEST }));
    let record = with_client(site, keeping_a_client(provision(site, "i")), secret);
    site.ground.write(&at_deploy(record), 0).await;
    site.drive(I, beyond_dashboard).await
}

fn handed_over(site: &Site) -> Value {
    let runs = site.runs();
    let (_, given) = runs
        .iter()
        .rfind(|(command, _)| command == "generate-manifest")
        .unwrap();
    given["uaa_client"].as_str().unwrap().parse().unwrap()
}

fn wanted(secret: &str) -> Value {
    json!({
        "client_id": "i", "client_secret": secret, "name": "a-name", "scopes": "openid,kv.user",
        "resource_ids": "none", "authorities": "kv.read,kv.write",
        "authorized_grant_types": "authorization_code,refresh_token", "redirect_uri": "https://kv.example/i",
        "allowpublic": "false",
    })
}

#[tokio::test]
async fn the_adapter_gets_texts_only_and_the_secret_that_the_job_sealed() {
    let (log, site) = (Log::default(), Site::start(|_| ()).await);
    let _listening = log.catch();
    let record = provisioned(&site, Some(SECRET)).await;
    assert_eq!(handed_over(&site), wanted(SECRET));
    assert_eq!(
        record.job.facts.uaa_client,
        Some(client()),
        "it is for the next leg, too"
    );
    let kept = String::from_utf8(record.bytes()).unwrap();
    assert!(kept.contains("kv.user") && !kept.contains(SECRET), "{kept}");
    // The other worker's last leg.
    let facts = Facts::default();
    let ended = site.apply(I, Event::LegDone { facts }).await;
    succeeded(&ended);
    assert!(ended.in_force.as_ref().unwrap().uaa_client);
    assert!(!ended.job.sealed.contains_key(sealed::CLIENT_SECRET));
    assert!(log.text().contains("service adapter succeeded"), "{}", log.text());
    assert!(!log.text().contains(SECRET), "{}", log.text());
}

#[tokio::test]
async fn a_secret_that_nobody_knows_is_empty_and_no_client_is_null() {
    let site = Site::start(|_| ()).await;
    provisioned(&site, None).await;
    assert_eq!(handed_over(&site), wanted(""));

    let site = Site::start(|_| ()).await;
    site.adapter_says(&json!({ "manifest": MANIFEST }));
    site.ground.write(&provision(&site, "i"), 0).await;
    succeeded(&site.drive(I, done).await);
    assert_eq!(handed_over(&site), Value::Null);
}

#[tokio::test]
async fn updates_and_upgrades_hand_it_over_as_the_job_found_it() {
    for upgrades in [false, true] {
        let (site, old) = made(|_| ()).await;
        let record = match upgrades {
            false => update(&site, &old),
            true => upgrade(&site, &old, None),
        };
        let record = at_deploy(with_client(&site, keeping_a_client(record), None));
        let (_, over) = site.ground.read(I).await;
        site.ground.write(&record, over).await;
        site.drive(I, beyond_dashboard).await;
        assert_eq!(commands(&site), ["generate-manifest", "dashboard-url"]);
        assert_eq!(handed_over(&site), wanted(""));
    }
}

/// An adapter that repeats what it was given, as `set -x` does, and refuses it.
#[tokio::test]
async fn the_secret_is_in_no_log_and_no_record_when_the_adapter_shows_it() {
    let (log, site) = (Log::default(), Site::start(|_| ()).await);
    let _listening = log.catch();
    let shows = r#"echo "$input" >&2; echo "$input" | grep -o 'a-minted-client-secret' >&2
        echo "no manifest for a-minted-client-secret"; exit 1"#;
    site.adapter_does("generate-manifest", shows);
    let record = provisioned(&site, Some(SECRET)).await;
    let State::Failed { failure, .. } = &record.job.state else {
        panic!("{record:#?}")
    };
    assert!(failure.for_user.starts_with("no manifest for "), "{failure:?}");
    assert_eq!(handed_over(&site), wanted(SECRET), "it had it");
    let kept = String::from_utf8(record.bytes()).unwrap();
    assert!(!kept.contains(SECRET), "{kept}");
    assert!(!record.job.sealed.contains_key(sealed::CLIENT_SECRET));
    assert!(log.text().contains("service adapter failed"), "{}", log.text());
    assert!(!log.text().contains(SECRET), "{}", log.text());
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_fails_the_job_before_the_adapter_runs() {
    let site = Site::start(|_| ()).await;
    let mut record = with_client(&site, keeping_a_client(provision(&site, "i")), None);
    let others = site.outside.sealer.seal("instance.other", SECRET, [9; 12]).unwrap();
    record.job.sealed.insert(sealed::CLIENT_SECRET.into(), others);
    site.ground.write(&at_deploy(record), 0).await;
    let failed = site.drive(I, done).await;
    let State::Failed { failure, .. } = &failed.job.state else {
        panic!("{failed:#?}")
    };
    assert!(
        failure.for_operator.starts_with("the secret of the UAA client: "),
        "{failure:?}"
    );
    assert_eq!(site.runs().len(), 0);
    assert_eq!(site.servers.bosh.world().tasks().len(), 0);
}
