//! Something else to look at, while the worker runs.
use crate::{
    bench::{Bench, outside, parse},
    nats::Nats,
};
use chandler_common::checks::Watch;
use chandler_engine::store::{self, BootstrapSettings};
use chandler_process::{Health, ManualClock, Registry};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

async fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// The clock stands still: nothing here waits for the next look.
#[tokio::test]
async fn other_clients_are_looked_at_at_once_and_nothing_is_told_of_the_ones_before() {
    let bench = Bench::start("2.12.95").await;
    let nats = Nats::start();
    let text = bench.text().replace("nats://127.0.0.1:1", &nats.url().await);
    let config = parse(&text);
    let bus = store::connect(&config.chandler, "checks").await.unwrap();
    bus.connected().await;
    bus.bootstrap(&BootstrapSettings::of(&config.chandler)).await.unwrap();
    let clock = ManualClock::new(1_000_000);
    let (health, registry) = (Health::new(), Registry::new("test", &clock));
    let (looked_at, watched) = watch::channel(outside(&config));
    let watch = Watch::new(watched, bus, (health.clone(), &registry), Arc::new(clock.clone()));
    let watch = tokio::spawn(watch.run());
    let status = |name: &str| {
        let all = health.report().checks;
        all.into_iter().find(|it| it.name == name).map(|it| it.status)
    };
    let shows = |line: &str| registry.encode().contains(line);
    let asleep = || clock.sleepers() == 1;
    let calls = || bench.bosh.world().journal().count("GET /info");
    until("all is well", || status("bosh credhub") == Some("ok") && asleep()).await;
    let of_one_look = calls();
    assert!(shows("chandler_check_passes{check=\"bosh credhub\"} 1\n"));
    assert_eq!(status("director credentials"), Some("ok"));

    // A secret that is wrong, and no second CredHub any more.
    let other = text.replace("d1rector-s3cr3t", "another");
    let other = other.replace("bosh_credhub: ", "nothing: ");
    let other = other.replace("enable_secure_manifests: true", "enable_secure_manifests: false");
    looked_at.send_replace(outside(&parse(&other)));
    until("it is looked at", || status("director credentials") == Some("degraded")).await;
    until("it is forgotten", || status("bosh credhub").is_none()).await;
    assert!(!shows("check=\"bosh credhub\""));
    assert!(shows("chandler_check_passes{check=\"credhub\"} 1\n"), "that one stays");

    // A Director that doesn't answer, and then a file that is good again: the look under way is given up.
    bench.bosh.world().set_latency(Duration::from_secs(3600));
    let before = calls();
    looked_at.send_replace(outside(&config));
    until("the Director is asked", || calls() > before).await;
    assert_eq!(status("director credentials"), Some("degraded"), "nothing is known yet");
    bench.bosh.world().set_latency(Duration::ZERO);
    let begun = Instant::now();
    looked_at.send_replace(outside(&config));
    until("all is well", || {
        status("director credentials") == Some("ok") && status("bosh credhub") == Some("ok")
    })
    .await;
    let gave_up = begun.elapsed() < Duration::from_secs(15);
    assert!(
        gave_up,
        "it didn't wait for the answer of the one before: {:?}",
        begun.elapsed()
    );

    // Whoever could change it is gone: looks go on, one at a time.
    until("it sleeps", asleep).await;
    drop(looked_at);
    let before = calls();
    clock.advance(Duration::from_secs(600));
    until("it is looked at again", || calls() == before + of_one_look).await;
    until("it sleeps", asleep).await;
    assert_eq!(calls(), before + of_one_look);
    watch.abort();
}
