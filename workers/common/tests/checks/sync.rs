//! Whether real nats-servers sync each write, as their monitoring tells.
use crate::{
    LIMIT,
    bench::{outside, parse},
    nats::Nats,
};
use chandler_common::{
    access::Access,
    checks::{Check, Line, Outside, Verdict, Watch, copies},
};
use chandler_engine::store::{self, BootstrapSettings};
use chandler_process::{Health, ManualClock, Registry};
use chandler_proto::config::Config;
use chandler_testing::settings::broker_yml;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

const ALWAYS: &str = "jetstream { store_dir: STORE, sync_interval: always }";
const SOMETIMES: &str = "jetstream { store_dir: STORE, sync_interval: \"10s\" }";

fn config(nats: &str, monitors: &[String]) -> Config {
    let mut yml = broker_yml(nats, "errands");
    yml["chandler"]["bus"] = json!({"urls": [nats], "monitor_urls": monitors});
    parse(&yml.to_string())
}

/// What a worker that calls nobody else looks at.
fn looked_at(config: &Config) -> Outside {
    let mut access = Access::new(config);
    let monitors = access.monitors();
    let outside = monitors.map(|it| Outside::new(config).monitors(&it));
    access.finish(outside).unwrap()
}

async fn look(monitors: &[String]) -> Vec<Line> {
    looked_at(&config("nats://127.0.0.1:1", monitors)).look(LIMIT).await
}

/// The one line.
async fn verdict(monitors: &[String]) -> Verdict {
    let mut lines = look(monitors).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = lines.remove(0);
    assert_eq!((line.check, line.check.name()), (Check::BusSync, "bus sync"));
    line.verdict
}

#[tokio::test]
async fn each_server_tells_of_itself() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (a, b, lax) = (Nats::of(ALWAYS), Nats::of(ALWAYS), Nats::of(SOMETIMES));
    let (a_url, b_url, lax_url) = (a.monitor().await, b.monitor().await, lax.monitor().await);
    let both = [a_url.clone(), b_url.clone()];
    let told = verdict(&both).await;
    assert!(
        told.is_fine() && told.text().starts_with("all 2 nats-servers "),
        "{told:?}"
    );

    let Verdict::Wrong(text) = verdict(&[a_url.clone(), lax_url.clone(), b_url.clone()]).await else {
        panic!("one doesn't sync");
    };
    let part = format!("the nats-server at {lax_url} brings writes to its disk every 10s");
    assert!(text.contains(&part) && text.contains("sync_interval: always"), "{text}");

    // The same one under another name.
    let Verdict::Wrong(text) = verdict(&[a_url.clone(), a_url.replace("127.0.0.1", "localhost")]).await else {
        panic!("it is one server");
    };
    assert!(text.contains("are one and the same server"), "{text}");

    drop(b);
    let Verdict::Wrong(text) = verdict(&both).await else {
        panic!("nobody knows it");
    };
    assert!(
        text.contains(&b_url) && text.contains("chandler.bus.monitor_urls"),
        "{text}"
    );
    let Verdict::Wrong(text) = verdict(&[lax_url, b_url.clone()]).await else {
        panic!("one that is away doesn't hide it");
    };
    assert!(text.contains("every 10s") && text.contains(&b_url), "{text}");
}

#[tokio::test]
async fn one_that_keeps_no_streams_and_one_below_a_path() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let off = Nats::of("");
    let told = verdict(&[off.monitor().await]).await;
    assert!(!told.is_fine() && told.text().contains("has no JetStream"), "{told:?}");
    let below = Nats::of(&format!("http_base_path: \"/nats\"\n{ALWAYS}"));
    let url = below.monitor().await;
    let told = verdict(&[format!("{url}/nats/")]).await;
    assert!(told.is_fine(), "{told:?}");
    let Verdict::Wrong(text) = verdict(&[url]).await else {
        panic!("it isn't there");
    };
    assert!(text.contains("answered 404"), "{text}");
}

#[tokio::test]
async fn without_the_key_nothing_is_asked_and_the_copies_say_what_is_not_known() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    assert_eq!(look(&[]).await, []);
    let nats = Nats::of(ALWAYS);
    let (url, monitor) = (nats.url().await, nats.monitor().await);
    for monitors in [vec![], vec![monitor]] {
        let config = config(&url, &monitors);
        let bus = store::connect(&config.chandler, "checks").await.unwrap();
        bus.connected().await;
        bus.bootstrap(&BootstrapSettings::of(&config.chandler)).await.unwrap();
        let line = copies(&bus, LIMIT, looked_at(&config).is_monitored()).await;
        assert!(line.verdict.is_fine(), "{line:?}");
        let says = line
            .verdict
            .text()
            .contains("isn't known: it is asked where chandler.bus.monitor_urls leads");
        assert_eq!(says, monitors.is_empty(), "{line:?}");
    }
}

/// Nobody else's checks have the line.
#[tokio::test]
async fn it_is_the_first_of_all() {
    let bench = crate::bench::Bench::start("2.12.95").await;
    let nats = Nats::of(ALWAYS);
    let bus = format!(
        "{{urls: ['nats://127.0.0.1:1'], monitor_urls: ['{}']}}",
        nats.monitor().await
    );
    let config = parse(&bench.text().replace("{urls: ['nats://127.0.0.1:1']}", &bus));
    let lines = outside(&config).look(LIMIT).await;
    assert!(
        lines.iter().all(|line| line.check != Check::BusSync),
        "not asked for: {lines:?}"
    );
    let monitors = Access::new(&config).monitors().unwrap();
    let lines = outside(&config).monitors(&monitors).look(LIMIT).await;
    assert!(lines.iter().all(|line| line.verdict.is_fine()), "{lines:?}");
    assert_eq!((lines[0].check, lines[1].check), (Check::BusSync, Check::Adapter));
}

/// `/readyz` of a worker, before and after its file names other servers.
#[tokio::test]
async fn a_worker_tells_it_and_stays_ready() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (always, lax) = (Nats::of(ALWAYS), Nats::of(SOMETIMES));
    let (always_url, lax_url) = (always.monitor().await, lax.monitor().await);
    let config = config(&always.url().await, &[lax_url]);
    let bus = store::connect(&config.chandler, "checks").await.unwrap();
    bus.connected().await;
    bus.bootstrap(&BootstrapSettings::of(&config.chandler)).await.unwrap();
    let clock = ManualClock::new(1_000_000);
    let (health, registry) = (Health::new(), Registry::new("test", &clock));
    let (looked_at, watched) = watch::channel(looked_at(&config));
    let watch = Watch::new(watched, bus, (health.clone(), &registry), Arc::new(clock.clone()));
    let watch = tokio::spawn(watch.run());
    health.set("bus", Ok(()));
    let until = async |wanted: &str| {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let all = health.report().checks;
            let status = all.iter().find(|it| it.name == "bus sync").map(|it| it.status);
            if status == Some(wanted) {
                return;
            }
            assert!(Instant::now() < end, "{wanted}: {all:?}");
            sleep(Duration::from_millis(10)).await;
        }
    };
    until("degraded").await;
    assert_eq!((health.is_ready(), health.report().status), (true, "degraded"));
    assert!(
        registry
            .encode()
            .contains("chandler_check_passes{check=\"bus sync\"} 0\n")
    );
    let better = self::config("nats://127.0.0.1:1", &[always_url]);
    looked_at.send_replace(self::looked_at(&better));
    until("ok").await;
    assert_eq!(health.report().status, "ready");
    watch.abort();
}
