//! Checks against the simulators: what is wrong is told with what to do, degrades and nothing more, and passes without a restart.

#![allow(clippy::unwrap_used, reason = "a test may end so")]

mod bench;
mod cloud_controller;
mod nats;
mod swapped;
mod sync;

use bench::{Bench, CLIENT_SECRET, DIRECTOR_SECRET, outside, parse, verdict};
use chandler_common::checks::{Check, Verdict, Watch};
use chandler_engine::store::{self, BootstrapSettings};
use chandler_process::{Clock, Health, ManualClock, Registry};
use chandler_simulators::{
    common::{CallAction, CallFault, Outage},
    uaa::Client,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn all_is_well_and_every_check_says_so() {
    let bench = Bench::start("2.12.95").await;
    let lines = outside(&bench.config()).look(LIMIT).await;
    let names: Vec<_> = lines.iter().map(|it| it.check.name()).collect();
    let wanted = [
        "adapter",
        "director",
        "director version",
        "director credentials",
        "credhub",
        "bosh credhub",
        "uaa",
    ];
    assert_eq!(names, wanted);
    assert!(lines.iter().all(|it| it.verdict.is_fine()), "{lines:?}");
}

#[tokio::test]
async fn an_old_director_an_old_credhub_and_a_scope_that_is_missing() {
    let bench = Bench::start("1.5.2").await;
    bench.bosh.world().set_version(Some("262.1.0 (00000000)".into()));
    bench
        .uaa
        .put_client(Client::new("clients", CLIENT_SECRET, &["clients.read"]));
    let all = outside(&bench.config()).look(LIMIT).await;
    let wrong = |check: Check, parts: &[&str]| match verdict(&all, check) {
        Verdict::Wrong(text) => {
            for part in parts {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
        other => panic!("{check:?}: {other:?}"),
    };
    wrong(
        Check::DirectorVersion,
        &["(got v262.1.0)", "v263+", "out of the plans small."],
    );
    wrong(Check::CredHub, &["1.5.2", "1.6 or later"]);
    wrong(Check::Uaa, &["lacks clients.write", "clients.admin"]);
    assert!(verdict(&all, Check::Director).is_fine() && verdict(&all, Check::DirectorCredentials).is_fine());

    bench.bosh.world().set_version(None);
    bench.uaa.put_client(Client::new(
        "clients",
        CLIENT_SECRET,
        &["clients.read", "clients.write"],
    ));
    let all = outside(&bench.config()).look(LIMIT).await;
    assert!(verdict(&all, Check::DirectorVersion).is_fine(), "{all:?}");
    assert!(
        verdict(&all, Check::Uaa).is_fine(),
        "granted without a restart: {all:?}"
    );
}

/// With tokens in memory that are good for hours: a secret that was changed is noticed before it is needed.
#[tokio::test]
async fn credentials_that_work_no_more_are_noticed_though_tokens_still_do() {
    let bench = Bench::start("2.12.95").await;
    let outside = outside(&bench.config());
    let before = outside.look(LIMIT).await;
    assert!(before.iter().all(|it| it.verdict.is_fine()), "{before:?}");
    bench.bosh.world().set_password("another");
    for client in ["runtime", "secrets", "clients"] {
        assert!(bench.uaa.rotate_secret(client, "another-secret"));
    }
    let all = outside.look(LIMIT).await;
    let text = |check| verdict(&all, check).text().to_owned();
    assert!(
        text(Check::DirectorCredentials).starts_with("BOSH Director error: not authenticated"),
        "{all:?}"
    );
    for (check, key) in [(Check::CredHub, "credhub"), (Check::BoshCredHub, "bosh_credhub")] {
        let wanted = format!("put the client's present id and secret into the section {key}");
        assert!(text(check).contains(&wanted), "{all:?}");
    }
    assert!(text(Check::Uaa).starts_with("Error authenticating (401): "), "{all:?}");
    assert!(verdict(&all, Check::Director).is_fine() && verdict(&all, Check::DirectorVersion).is_fine());
    let told = format!("{all:?}");
    assert!(
        !told.contains(CLIENT_SECRET) && !told.contains(DIRECTOR_SECRET),
        "{told}"
    );
}

#[tokio::test]
async fn with_a_uaa_the_director_s_scopes_count() {
    let bench = Bench::start("2.12.95").await;
    let cases = [
        ("bosh", true, "bosh.admin"),
        ("team", true, "bosh.teams.t.admin"),
        ("reader", false, "bosh.read"),
        ("nobody", false, "wrong credentials"),
    ];
    let bosh = bench.director_with_tokens().await;
    for (client, fine, part) in cases {
        let config = bench.config_with_tokens(&bosh, client);
        let all = outside(&config).look(LIMIT).await;
        let verdict = verdict(&all, Check::DirectorCredentials);
        assert_eq!(verdict.is_fine(), fine, "{client}: {verdict:?}");
        assert!(verdict.text().contains(part), "{client}: {verdict:?}");
    }
}

#[tokio::test]
async fn with_its_checks_off_cloud_foundry_is_only_asked_if_instances_get_clients() {
    let bench = Bench::start("2.12.95").await;
    let text = bench
        .text()
        .replace("disable_cf_startup_checks: false", "disable_cf_startup_checks: true");
    let mut config = parse(&text);
    let definition = config.cf.as_mut().and_then(|cf| cf.client_definition.take());
    assert!(definition.is_some());
    let lines = outside(&config).look(LIMIT).await;
    assert!(lines.iter().all(|it| it.check != Check::Uaa), "{lines:?}");
    assert_eq!(bench.uaa.tokens_issued("clients"), 0);
    // Then their jobs wait for it.
    let lines = outside(&parse(&text)).look(LIMIT).await;
    assert!(lines.iter().any(|it| it.check == Check::Uaa), "{lines:?}");
}

#[tokio::test]
async fn an_adapter_that_went_away_and_a_director_that_answers_nothing() {
    let bench = Bench::start("2.12.95").await;
    let text = bench
        .text()
        .replace("adapter: {path: /bin/sh}", "adapter: {path: /nowhere/adapter}");
    let config = parse(&text);
    bench.bosh.world().set_latency(Duration::from_secs(3600));
    let limit = Duration::from_millis(1500);
    let begun = Instant::now();
    let all = outside(&config).look(limit).await;
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert!(
        verdict(&all, Check::Adapter).text().contains("/nowhere/adapter"),
        "{all:?}"
    );
    let told = verdict(&all, Check::Director).text().to_owned();
    assert!(told.starts_with("error fetching BOSH director information: "), "{told}");
    assert!(
        told.contains("no answer within 1 s") && told.contains("bosh.url"),
        "{told}"
    );
    let Verdict::Unknown(_) = verdict(&all, Check::DirectorVersion) else {
        panic!("nobody knows it: {all:?}");
    };
}

/// The Director is down when the worker starts, and comes back: degraded, then fine, without a restart.
#[tokio::test]
async fn a_worker_whose_director_comes_back() {
    let bench = Bench::start("2.12.95").await;
    bench.bosh.world().set_outage(Some(Outage::Connections));
    let nats = nats::Nats::start();
    let config = parse(&bench.text().replace("nats://127.0.0.1:1", &nats.url().await));
    let bus = store::connect(&config.chandler, "checks").await.unwrap();
    bus.connected().await;
    bus.bootstrap(&BootstrapSettings::of(&config.chandler)).await.unwrap();
    let clock = ManualClock::new(1_000_000);
    let (health, registry) = (Health::new(), Registry::new("test", &clock));
    let of_watch: Arc<dyn Clock> = Arc::new(clock.clone());
    let (_kept, looked_at) = watch::channel(outside(&config));
    let watch = Watch::new(looked_at, bus, (health.clone(), &registry), of_watch);
    let watch = tokio::spawn(watch.run());
    health.set("bus", Ok(()));

    let status = |name: &str| {
        let all = health.report().checks;
        all.into_iter().find(|it| it.name == name).map(|it| it.status)
    };
    let asleep = async |wanted: &str| {
        let end = Instant::now() + Duration::from_secs(60);
        while clock.sleepers() == 0 || status("director") != Some(wanted) {
            assert!(Instant::now() < end, "{wanted}: {:?}", health.report());
            sleep(Duration::from_millis(10)).await;
        }
    };
    asleep("degraded").await;
    assert_eq!((health.is_ready(), health.report().status), (true, "degraded"));
    assert_eq!(status("director version"), None, "unknown is not claimed");
    let metrics = registry.encode();
    assert!(
        metrics.contains("chandler_check_passes{check=\"director\"} 0\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("chandler_check_passes{check=\"credhub\"} 1\n"),
        "{metrics}"
    );
    assert!(!metrics.contains("check=\"director version\""), "{metrics}");

    bench.bosh.world().set_outage(None);
    clock.advance(Duration::from_secs(60));
    asleep("ok").await;
    assert_eq!(health.report().status, "ready");
    assert_eq!(status("director version"), Some("ok"));
    assert_eq!(status("bus copies"), Some("ok"), "{:?}", health.report());
    assert!(
        registry
            .encode()
            .contains("chandler_check_passes{check=\"director version\"} 1\n")
    );
    watch.abort();
}

/// What an older CredHub tells everybody counts, when it has no route for it.
#[tokio::test]
async fn a_credhub_without_the_route() {
    let bench = Bench::start("2.12.95").await;
    let body = Some("{}".into());
    let gone = CallAction::Answer { status: 404, body };
    bench.runtime.set_fault(CallFault::always("GET", "/version", gone));
    let all = outside(&bench.config()).look(LIMIT).await;
    let told = verdict(&all, Check::CredHub);
    assert!(
        told.is_fine() && told.text().contains("doesn't tell its version"),
        "{told:?}"
    );
}
