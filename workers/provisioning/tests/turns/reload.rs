//! The program itself, and another configuration while it runs.
use crate::{records::provision, site::Site};
use chandler_proto::records::Record;
use chandler_testing::{
    process::{Program, RELOADS, Until},
    records::{failure, succeeded},
};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chandler-provisioning");
/// A manifest with a config. That of the instance `held` waits until the file `go` is there.
const GENERATE: &str = r#"
id=$(printf %s "$input" | grep -o 'service-instance_[a-z0-9]*' | head -n 1)
case "$id" in *held) touch held; while [ ! -f go ]; do sleep 0.02; done ;; esac
printf '{"manifest":"name: %s\\nreleases: []\\nstemcells: []\\ninstance_groups: []\\n","configs":{"cloud":"vm_extensions: []\\n"}}' "$id"
"#;
const NO_CONFIGS: &str = "adapter returned bosh configs but feature is turned off";
const REFUSED: &str = r#"chandler_worker_reloads_total{outcome="refused"}"#;
const AGAIN: &str = "SIGHUP: the configuration is read again";

/// A world, and the file with a plan of this size.
struct Story {
    site: Site,
    yml: Value,
    limit: Until,
}

impl Story {
    async fn begin() -> Self {
        let mut yml = Value::Null;
        let site = Site::start(|file| {
            file["broker"]["shutdown_timeout_in_seconds"] = 30.into();
            yml = file.clone();
        })
        .await;
        site.adapter_does("generate-manifest", GENERATE);
        let limit = Until::seconds(90);
        let story = Story { site, yml, limit };
        Story {
            yml: story.sized("old", |_| ()),
            ..story
        }
    }

    fn sized(&self, size: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut yml = self.yml.clone();
        yml["service_catalog"]["plans"][0]["properties"] = json!({"size": size});
        change(&mut yml);
        yml
    }

    /// An instance is to be made.
    async fn ring(&self, id: &str) -> String {
        let record = provision(&self.site, id);
        let revision = self.site.ground.write(&record, 0).await;
        assert!(self.site.ground.gateway.ring(&record, revision).await);
        record.key()
    }
    async fn finished(&self, key: &str) -> Record {
        self.site.ground.finished(key, &self.limit).await
    }
    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        while !holds() {
            self.limit.pause(what).await;
        }
    }
    /// An instance is being made, and the adapter doesn't come to an end.
    async fn hold(&self) -> String {
        let held = self.ring("held").await;
        self.until("the adapter runs", || self.site.dir.path().join("held").exists())
            .await;
        held
    }
    fn go(&self) {
        fs::write(self.site.dir.path().join("go"), "").unwrap();
    }

    /// The sizes of the plans that the adapter was given for an instance.
    fn sizes(&self, id: &str) -> Vec<String> {
        let mut runs = self.site.runs();
        runs.retain(|(command, input)| command == "generate-manifest" && input.to_string().contains(id));
        let size = |input: &Value| {
            let plan: Value = input["plan"].as_str().unwrap().parse().unwrap();
            plan["properties"]["size"].as_str().unwrap().to_owned()
        };
        runs.iter().map(|(_, input)| size(input)).collect()
    }
}

/// A configuration that is read as slowly as the test wants.
struct Slow {
    pipe: File,
    path: PathBuf,
}

impl Slow {
    fn at(path: &Path) -> Slow {
        let path = path.to_owned();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        // Open for both, it doesn't wait for a reader, and a reader waits until it is closed.
        let pipe = File::options().read(true).write(true).open(&path).unwrap();
        Slow { pipe, path }
    }
    /// Takes the place of a worker's file.
    fn put(mut self, worker: &Program) -> Slow {
        fs::rename(&self.path, worker.config()).unwrap();
        self.path = worker.config();
        self
    }
    fn says(mut self, yml: &Value) {
        self.pipe.write_all(yml.to_string().as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn a_turn_under_way_ends_with_the_old_file_and_the_next_begins_with_the_new_one() {
    let story = Story::begin().await;
    let worker = Program::start(PROGRAM, &story.yml);
    let held = story.hold().await;

    let strict = |yml: &mut Value| yml["broker"]["disable_bosh_configs"] = true.into();
    worker.reload(&story.sized("new", strict), &story.limit).await;
    let next = story.ring("next").await;
    assert_eq!(failure(&story.finished(&next).await).for_operator, NO_CONFIGS);
    assert_eq!(story.sizes("next"), ["new"]);
    let (record, _) = story.site.ground.read(&held).await;
    assert!(!record.job.finished(), "the turn goes on");
    story.go();
    succeeded(&story.finished(&held).await);
    assert_eq!(story.sizes("held"), ["old"], "it was one turn");

    // A broken file: what there was goes on.
    worker.put(&story.sized("broken", |yml| yml["bosh"]["url"] = "".into()));
    worker.signal("HUP");
    story.until("it is refused", || worker.metric(REFUSED) == Some(1)).await;
    let notice = r#"{"name":"configuration","status":"notice","reason":"the file was refused, the one before stays in force: bosh.url: "#;
    let answer = worker.readyz().unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains(notice),
        "{answer}"
    );
    let strictly = story.ring("strictly").await;
    assert_eq!(failure(&story.finished(&strictly).await).for_operator, NO_CONFIGS);
    assert_eq!(story.sizes("strictly"), ["new"]);

    // A good one again. One of its keys waits for a restart, and the rest doesn't.
    let more = |yml: &mut Value| yml["chandler"]["workers"]["concurrency"] = 3.into();
    worker.reload(&story.sized("third", more), &story.limit).await;
    let notice = r#""reason":"takes effect after a restart: chandler.workers.concurrency"}"#;
    let answer = worker.readyz().unwrap();
    assert!(answer.contains(notice) && !answer.contains("refused"), "{answer}");
    let last = story.ring("last").await;
    succeeded(&story.finished(&last).await);
    assert_eq!(story.sizes("last"), ["third"]);
    worker.reload(&story.sized("third", |_| ()), &story.limit).await;
    assert!(!worker.readyz().unwrap().contains(r#""name":"configuration""#));

    // What the bus has to be set up for first is told, and nobody stops working for it.
    let lanes = |yml: &mut Value| yml["chandler"]["lanes"] = json!({"user": 150});
    worker.reload(&story.sized("lanes", lanes), &story.limit).await;
    let notice = "max_ack_pending is 200, wanted 150";
    story
        .until("it is told", || {
            worker.readyz().is_some_and(|answer| answer.contains(notice))
        })
        .await;
    let answer = worker.readyz().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!((worker.metric(RELOADS), worker.metric(REFUSED)), (Some(4), Some(1)));
    let log = worker.stop(&story.limit).await;
    assert!(!log.contains("a turn panicked") && !log.contains(r#""pw""#), "{log}");
}

#[tokio::test]
async fn no_wake_is_lost_and_nothing_done_twice_however_often_it_is_told() {
    let story = Story::begin().await;
    let worker = Program::start(PROGRAM, &story.yml);
    story
        .until("it is ready", || {
            worker
                .readyz()
                .is_some_and(|answer| answer.contains(r#"{"name":"bus","status":"ok"}"#))
        })
        .await;
    let ids: Vec<_> = (0..12).map(|number| format!("n{number}x")).collect();
    let mut keys = Vec::new();
    for (id, size) in ids.iter().zip(["even", "odd"].iter().cycle()) {
        worker.put(&story.sized(size, |_| ()));
        worker.signal("HUP");
        keys.push(story.ring(id).await);
    }
    for key in &keys {
        succeeded(&story.finished(key).await);
    }
    for id in &ids {
        assert_eq!(story.sizes(&format!("service-instance_{id}")).len(), 1, "{id}");
    }
    assert_eq!(story.site.servers.bosh.world().tasks().len(), ids.len());
    assert_eq!(worker.metric(REFUSED), Some(0));
    let log = worker.stop(&story.limit).await;
    assert!(log.contains(AGAIN) && !log.contains("was dropped"), "{log}");
}

#[tokio::test]
async fn signals_that_come_while_it_starts_or_reads_are_one() {
    let story = Story::begin().await;
    let dir = tempfile::tempdir().unwrap();
    let slow = Slow::at(&dir.path().join("broker.yml"));
    let worker = Program::start_in(PROGRAM, dir);
    story.until("it starts", || worker.has_open(&slow.path)).await;
    let second = Slow::at(&story.site.dir.path().join("second")).put(&worker);
    (0..3).for_each(|_| worker.signal("HUP"));
    slow.says(&story.yml);
    story.until("it reads again", || worker.has_open(&second.path)).await;
    let third = Slow::at(&story.site.dir.path().join("third")).put(&worker);
    (0..3).for_each(|_| worker.signal("HUP"));
    second.says(&story.sized("second", |_| ()));
    story
        .until("it reads for all that came meanwhile", || {
            worker.metric(RELOADS) == Some(1) && worker.has_open(&third.path)
        })
        .await;
    let fourth = Slow::at(&story.site.dir.path().join("fourth")).put(&worker);
    third.says(&story.sized("third", |_| ()));
    story.until("it is taken", || worker.metric(RELOADS) == Some(2)).await;
    let key = story.ring("i").await;
    succeeded(&story.finished(&key).await);
    assert_eq!(story.sizes("service-instance_i"), ["third"]);
    assert!(!worker.has_open(&fourth.path), "nobody asked for it");

    // Nor does a file that is never read to its end keep turns or the end of the process.
    worker.signal("HUP");
    story.until("it reads again", || worker.has_open(&fourth.path)).await;
    let key = story.ring("j").await;
    succeeded(&story.finished(&key).await);
    let log = worker.stop(&story.limit).await;
    assert_eq!(log.lines().filter(|line| line.contains(AGAIN)).count(), 3, "{log}");
    drop(fourth);
}

#[tokio::test]
async fn a_worker_that_drains_reads_nothing_more() {
    let story = Story::begin().await;
    let worker = Program::start(PROGRAM, &story.yml);
    story.hold().await;
    worker.signal("TERM");
    story.until("it drains", || worker.log().contains("draining")).await;
    let slow = Slow::at(&story.site.dir.path().join("slow")).put(&worker);
    worker.signal("HUP");
    story.go();
    let log = worker.ended(&story.limit).await;
    assert!(!log.contains(AGAIN), "{log}");
    assert_eq!(story.sizes("held"), ["old"]);
    let deployed = story.site.servers.bosh.world().deployment("service-instance_held");
    assert!(deployed.is_some(), "its turn came to its end");
    drop(slow);
}
