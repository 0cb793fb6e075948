//! Another configuration, without signals and without a bus.
use super::Reloader;
use crate::{checks::Outside, program::Settings};
use chandler_engine::{
    in_force::{InForce, Terms},
    probe::{Crashed, Probe},
    run::Room,
    store::{self, Store},
    turn::{Answer, Turn},
};
use chandler_process::{Clock, Health, ManualClock, Registry};
use chandler_proto::{
    config::{Config, Finding, Findings},
    step::Worker,
};
use chandler_testing::{log::Log, settings::broker_yml};
use serde_json::Value;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::sync::watch;

/// A worker that only knows its configuration.
struct Known(Config);

impl Room for Known {
    const WORKER: Worker = Worker::Errands;

    async fn take<P: Probe>(&self, turn: Turn<'_, P>) -> Result<Answer, Crashed> {
        Ok(turn.not_mine())
    }
}

impl Settings for Known {
    type Room = Known;

    fn of(config: &Config) -> Result<Self, Findings> {
        // Switches that this worker has no other use for.
        assert!(!config.broker.startup_banner, "a defect in the checks");
        if config.broker.expose_operational_errors {
            let (path, message) = ("broker.expose_operational_errors".into(), "not here".into());
            return Err(Findings(vec![Finding { path, message }]));
        }
        Ok(Known(config.clone()))
    }
    fn config(&self) -> &Config {
        &self.0
    }
    fn turn_limit(&self) -> Duration {
        Duration::from_secs(self.0.chandler.workers.adapter_seconds)
    }
    fn outside(&self) -> Outside {
        Outside::new(&self.0)
    }
    fn room(self, _: &Store, _: &Arc<dyn Clock>) -> Known {
        self
    }
}

struct Bench {
    reloader: Reloader<Known>,
    in_force: InForce<Known>,
    looked_at: watch::Receiver<Outside>,
    health: Health,
    registry: Registry,
    yml: Value,
    dir: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let (dir, yml) = (
            tempfile::tempdir().unwrap(),
            broker_yml("nats://127.0.0.1:1", "errands"),
        );
        let config = chandler_proto::config::parse(&yml.to_string()).unwrap().config;
        let bus = store::connect(&config.chandler, "test").await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
        let (health, registry) = (Health::new(), Registry::new("test", &*clock));
        let ports = (health.clone(), &registry);
        let reloader = Reloader::new(file(&dir), Known(config), bus, ports, clock);
        Bench {
            in_force: reloader.in_force(),
            looked_at: reloader.outside(),
            reloader,
            health,
            registry,
            yml,
            dir,
        }
    }

    /// The file says something else, and is read.
    async fn reload(&self, change: impl FnOnce(&mut Value)) {
        let mut yml = self.yml.clone();
        change(&mut yml);
        std::fs::write(file(&self.dir), yml.to_string()).unwrap();
        self.reloader.reload().await;
    }

    fn now(&self) -> Arc<Terms<Known>> {
        self.in_force.now()
    }
    fn notice(&self) -> Option<String> {
        let mut checks = self.health.report().checks.into_iter();
        checks.find(|it| it.name == "configuration").and_then(|it| it.reason)
    }
    fn counts(&self, taken: u64, refused: u64) -> bool {
        let metrics = self.registry.encode();
        let shows = |outcome: &str, count: u64| {
            metrics.contains(&format!(
                "chandler_worker_reloads_total{{outcome=\"{outcome}\"}} {count}\n"
            ))
        };
        shows("taken", taken) && shows("refused", refused)
    }
}

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("broker.yml")
}

#[tokio::test]
async fn a_turn_ends_with_what_it_began_with_and_the_last_one_puts_it_away() {
    let mut bench = Bench::new().await;
    assert!(bench.counts(0, 0), "there from the beginning, for alerts");
    let (begun, also) = (bench.now(), bench.now());
    let gone = Arc::downgrade(&begun);
    bench
        .reload(|yml| {
            yml["service_catalog"]["plans"][0]["name"] = "medium".into();
            yml["chandler"]["workers"]["adapter_seconds"] = 7.into();
            yml["chandler"]["last_look_seconds"] = 9.into();
            yml["chandler"]["lanes"]["user"] = 11.into();
        })
        .await;
    let plan = |terms: &Terms<Known>| terms.room.0.catalog.offerings[0].plans[0].name.clone();
    let now = bench.now();
    assert_eq!((plan(&begun), plan(&now)), ("small".into(), "medium".into()));
    assert_eq!((now.turn.as_secs(), now.store.look_after.as_secs()), (7, 9));
    assert_eq!(now.wanted.user_lane_limit, 11);
    assert_ne!((begun.turn, begun.store.look_after), (now.turn, now.store.look_after));
    assert!(
        bench.looked_at.has_changed().unwrap(),
        "the checks have its clients, too"
    );
    bench.looked_at.mark_unchanged();
    assert!(bench.counts(1, 0) && bench.notice().is_none());

    drop(begun);
    assert!(gone.upgrade().is_some(), "another turn has it");
    drop(also);
    assert!(gone.upgrade().is_none(), "nobody keeps what no turn has");

    let idle = Arc::downgrade(&now);
    drop(now);
    assert!(
        idle.upgrade().is_some(),
        "what is in force stays, with or without turns"
    );
    bench.reload(|_| ()).await;
    assert!(idle.upgrade().is_none(), "at once, without turns");
}

#[tokio::test]
async fn what_is_refused_changes_nothing_and_is_told_until_the_next_good_one() {
    let bench = Bench::new().await;
    let before = bench.now();
    let log = Log::default();
    let caught = log.catch();
    bench
        .reload(|yml| {
            yml["service_catalog"]["plans"][0]["plan_id"] = "".into();
            yml["broker"]["port"] = "p".into();
            yml["chandler"]["bsu"] = 1.into();
        })
        .await;
    let notice = bench.notice().unwrap();
    assert!(
        notice.starts_with("the file was refused, the one before stays in force: "),
        "{notice}"
    );
    for key in ["service_catalog.plans[0].plan_id", "broker.port"] {
        assert!(notice.contains(key), "{notice}");
        let told = log.lines(&format!("key=\"{key}\""));
        assert!(told.len() == 1 && told[0].contains("ERROR"), "{key}: {}", log.text());
    }
    let warned = log.lines("chandler.bsu");
    assert!(warned.len() == 1 && warned[0].contains("WARN"), "{}", log.text());
    assert_eq!(
        log.lines("the one before stays in force").len(),
        2,
        "as a line, and as a notice"
    );

    // What only this worker finds, an absent file, no YAML, a defect.
    bench
        .reload(|yml| yml["broker"]["expose_operational_errors"] = true.into())
        .await;
    assert!(bench.notice().unwrap().contains("not here"));
    std::fs::remove_file(file(&bench.dir)).unwrap();
    bench.reloader.reload().await;
    assert!(
        bench.notice().unwrap().contains("broker.yml: No such file"),
        "{:?}",
        bench.notice()
    );
    std::fs::write(file(&bench.dir), "broker: {").unwrap();
    bench.reloader.reload().await;
    bench.reload(|yml| yml["broker"]["startup_banner"] = true.into()).await;
    assert!(bench.notice().unwrap().contains("a defect"));

    assert!(bench.counts(0, 5), "{}", bench.registry.encode());
    assert!(Arc::ptr_eq(&before, &bench.now()));
    assert!(!bench.looked_at.has_changed().unwrap());
    bench.reload(|_| ()).await;
    assert!(bench.counts(1, 5) && bench.notice().is_none());
    assert!(!Arc::ptr_eq(&before, &bench.now()));
    drop(caught);
}

#[tokio::test]
async fn what_needs_a_restart_is_named_and_the_rest_taken() {
    let bench = Bench::new().await;
    let log = Log::default();
    let caught = log.catch();
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 4] = [
        ("broker.shutdown_timeout_in_seconds", |yml| {
            yml["broker"]["shutdown_timeout_in_seconds"] = 6.into();
        }),
        ("chandler.bus", |yml| yml["chandler"]["bus"]["prefix"] = "other".into()),
        ("chandler.bus", |yml| {
            yml["chandler"]["bus"]["password"] = "other".into()
        }),
        ("chandler.workers.concurrency", |yml| {
            yml["chandler"]["workers"]["concurrency"] = 3.into();
        }),
    ];
    for (number, (key, change)) in (1..).zip(changes) {
        bench
            .reload(|yml| {
                change(yml);
                yml["chandler"]["last_look_seconds"] = number.into();
            })
            .await;
        assert_eq!(bench.notice(), Some(format!("takes effect after a restart: {key}")));
        assert_eq!(bench.now().store.look_after.as_secs(), number, "the rest is taken");
        let told = log.lines("takes effect after a restart");
        let warned = told.iter().filter(|line| line.contains("WARN") && line.contains(key));
        assert!(warned.count() >= 1, "{told:?}");
    }
    bench
        .reload(|yml| changes.iter().for_each(|(_, change)| change(yml)))
        .await;
    let all = "broker.shutdown_timeout_in_seconds, chandler.bus, chandler.workers.concurrency";
    assert_eq!(bench.notice(), Some(format!("takes effect after a restart: {all}")));
    // Against what the process runs with, not against the file before; and copies are no matter of the connection.
    bench.reload(|yml| yml["chandler"]["bus"]["replicas"] = 3.into()).await;
    assert_eq!(bench.notice(), None);
    assert_eq!(bench.now().wanted.replicas, 3);
    // Nor is where its servers are monitored.
    bench
        .reload(|yml| yml["chandler"]["bus"]["monitor_urls"] = serde_json::json!(["http://127.0.0.1:1"]))
        .await;
    assert_eq!(bench.notice(), None);
    assert!(bench.counts(7, 0));
    drop(caught);
}
