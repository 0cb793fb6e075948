//! `chandler bus bootstrap`.

use crate::nats::Server;
use crate::run::{Said, chandler, config};
use chandler_bus::{Bus, Settings};
use chandler_clients::CallContext;
use chandler_clients::bosh::{Auth, Director, DirectorSettings};
use chandler_proto::layout::{Layout, complete_key};
use chandler_proto::secret::Secret;
use chandler_simulators::bosh::{BoshOptions, BoshSimulator};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);
const DEPLOYED: &str = "name: service-instance_abc\nreleases: [{name: r, version: '1'}]\n\
    stemcells: [{alias: s, os: o, version: '1'}]\nupdate: {canaries: 1, max_in_flight: 1}\n\
    instance_groups: [{name: g, instances: 1, azs: [z1], vm_type: t, stemcell: s, networks: [{name: n}], jobs: [{name: j, release: r}]}]\n";

async fn director() -> BoshSimulator {
    let _ = rustls::crypto::ring::default_provider().install_default();
    BoshSimulator::start(BoshOptions::default()).await.unwrap()
}

fn bosh(director: &BoshSimulator) -> String {
    let (url, ca) = (json!(director.url()), json!(director.ca_pem()));
    format!("{{url: {url}, root_ca_cert: {ca}, authentication: {{basic: {{username: admin, password: admin}}}}}}")
}

async fn deploy(simulator: &BoshSimulator, manifest: &str) {
    let director = Director::new(DirectorSettings {
        url: simulator.url(),
        ca_pem: Some(simulator.ca_pem().to_owned()),
        auth: Auth::Basic {
            username: "admin".into(),
            password: "admin".into(),
        },
        timeout: LIMIT,
        user_agent: "test".into(),
    })
    .unwrap();
    director
        .deploy(manifest, "c", &CallContext::default(), LIMIT)
        .await
        .unwrap();
    assert_eq!(
        simulator.world().deployments().len(),
        1,
        "{:?}",
        simulator.world().tasks()
    );
}

/// In a thread of its own: the simulator must be able to answer.
async fn bootstrap(file: &Path, more: &'static [&'static str]) -> Said {
    let file = file.to_str().unwrap().to_owned();
    let run = move || chandler(&[&["bus", "bootstrap", "--config", &file][..], more].concat(), &[]);
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn mark(url: &str) -> Option<Value> {
    let settings = Settings {
        urls: vec![url.to_owned()],
        user: None,
        password: None::<Secret>,
        ca_pem: None,
        layout: Layout::new("chandler").unwrap(),
        name: "test".into(),
    };
    let bus = Bus::connect(settings).await.unwrap();
    bus.connected().await;
    let entry = bus.read(&complete_key()).await.unwrap().entry;
    entry.map(|entry| serde_json::from_slice(&entry.value).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn makes_everything_once_and_marks_it_when_the_director_is_empty() {
    let (nats, director) = (Server::start("", &[]), director().await);
    let file = config(
        nats.dir.path(),
        &bosh(&director),
        &format!("{{urls: ['{}']}}", nats.url),
    );
    let said = bootstrap(&file, &[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "stream KV_chandler-records: created",
        "stream chandler-wakes: created",
        "stream chandler-events: created",
        "consumer provisioning-user: created",
        "consumer provisioning-batch: created",
        "meta.complete: written (by bootstrap)",
    ] {
        assert!(said.out.lines().any(|it| it == line), "{line}: {said:?}");
    }
    let mark = mark(&nats.url).await.unwrap();
    assert_eq!(mark["by"], "bootstrap");
    assert!(
        mark["at"]
            .as_str()
            .is_some_and(|at| at.starts_with("20") && at.ends_with('Z')),
        "{mark}"
    );

    let again = bootstrap(&file, &[]).await;
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(
        again.out,
        "streams and consumers: as wanted\nmeta.complete: is there already\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_director_with_instances_leaves_it_to_the_operator() {
    let (nats, director) = (Server::start("", &[]), director().await);
    deploy(&director, DEPLOYED).await;
    let file = config(
        nats.dir.path(),
        &bosh(&director),
        &format!("{{urls: ['{}']}}", nats.url),
    );
    let said = bootstrap(&file, &[]).await;
    assert_eq!(said.code, Some(65), "{said:?}");
    assert!(said.out.contains("stream chandler-wakes: created"), "{said:?}");
    for told in [
        "NOT written",
        "service-instance_abc",
        "--i-know-the-bus-has-every-instance yes",
    ] {
        assert!(said.err.contains(told), "{told}: {said:?}");
    }
    assert_eq!(mark(&nats.url).await, None);

    let wrong = bootstrap(&file, &["--i-know-the-bus-has-every-instance", "true"]).await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let said = bootstrap(&file, &["--i-know-the-bus-has-every-instance", "yes"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(mark(&nats.url).await.unwrap()["by"], "operator");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_deployments_are_nobodys_business() {
    let (nats, director) = (Server::start("", &[]), director().await);
    deploy(&director, &DEPLOYED.replace("service-instance_abc", "concourse")).await;
    let file = config(
        nats.dir.path(),
        &bosh(&director),
        &format!("{{urls: ['{}']}}", nats.url),
    );
    let said = bootstrap(&file, &[]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_director_that_cannot_be_asked_is_not_an_empty_one() {
    let (nats, director) = (Server::start("", &[]), director().await);
    let bus = format!("{{urls: ['{}']}}", nats.url);
    let wrong = bosh(&director).replace("password: admin", "password: swordfish");
    for (bosh, told) in [("{}", "must specify bosh url"), (wrong.as_str(), "wrong credentials")] {
        let said = bootstrap(&config(nats.dir.path(), bosh, &bus), &[]).await;
        assert_eq!(said.code, Some(65), "{said:?}");
        assert!(said.err.contains(told), "{told}: {said:?}");
        assert!(!said.err.contains("swordfish"), "{said:?}");
        assert_eq!(mark(&nats.url).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_away_and_one_that_is_too_small() {
    let dir = tempfile::tempdir().unwrap();
    let away = config(
        dir.path(),
        "{}",
        "{urls: ['nats://127.0.0.1:1'], user: u, password: swordfish}",
    );
    let said = bootstrap(&away, &["--wait", "1"]).await;
    assert_eq!(said.code, Some(69), "{said:?}");
    assert!(
        said.err
            .contains("no connection to nats://127.0.0.1:1 as the user u within 1 s"),
        "{said:?}"
    );
    assert!(!said.err.contains("swordfish"), "{said:?}");

    let nats = Server::start("", &[]);
    let file = config(nats.dir.path(), "{}", &format!("{{urls: ['{}']}}", nats.url));
    let said = bootstrap(&file, &["--replicas", "3", "--wait", "1"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("replicas"), "{said:?}");
}
