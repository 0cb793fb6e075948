//! A worker without its fetch loop: turns are taken when a test says so.
use crate::records::I;
use chandler_clients::{CallContext, bosh::Director};
use chandler_common::program::Settings as _;
use chandler_engine::{
    probe::{Crashed, NoProbe, Probe},
    turn::Answer,
};
use chandler_errands::{room::Outside, settings::Settings};
use chandler_proto::{config, records::Record};
use chandler_simulators::bosh::{BoshOptions, BoshSimulator, BoshWorld, TaskKind, TaskView};
use chandler_testing::{
    ground::{Ground, LIMIT, Nats, director},
    settings,
};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const DEPLOYMENT: &str = "service-instance_i";
pub(crate) const RUNS: &str = "/deployments/service-instance_i/errands";

pub(crate) struct Site {
    pub(crate) bosh: BoshSimulator,
    pub(crate) client: Director,
    pub(crate) ground: Ground,
    pub(crate) yml: Value,
    outside: Outside,
}

/// There is no adapter, no CredHub and no key here: this worker needs none.
pub(crate) fn broker_yml(nats: &str, bosh: &BoshSimulator) -> Value {
    let mut yml = settings::broker_yml(nats, "errands");
    yml["bosh"]["url"] = bosh.url().into();
    yml["bosh"]["root_ca_cert"] = bosh.ca_pem().into();
    yml["chandler"].as_object_mut().unwrap().remove("seal");
    yml["chandler"]["workers"] = json!({"poll_seconds": 1, "note_seconds": 1});
    yml
}

impl Site {
    /// A bus and a Director without deployments. `change` is the configuration's.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Value)) -> Site {
        let (nats, bosh) = (
            Nats::start().await,
            BoshSimulator::start(BoshOptions::default()).await.unwrap(),
        );
        let mut yml = broker_yml(nats.url(), &bosh);
        change(&mut yml);
        let config = config::parse(&yml.to_string()).unwrap().config;
        let ground = Ground::start(nats, &config.chandler).await;
        let settings = Settings::of(&config).unwrap();
        Site {
            client: director(&bosh),
            outside: Outside::new(settings, ground.clock()),
            ground,
            bosh,
            yml,
        }
    }

    /// The same with the instance deployed: two nodes that have the errands, and a group of its own.
    pub(crate) async fn start() -> Site {
        let site = Site::start_with(|_| ()).await;
        site.deploy("").await;
        site
    }

    pub(crate) fn world(&self) -> BoshWorld {
        self.bosh.world()
    }

    /// Hands the Director a deployment; how it goes is up to the world. The answer is the task.
    pub(crate) async fn deploy(&self, context: &str) -> u64 {
        let group = |name: &str, lifecycle: &str, instances: u32, jobs: &[&str]| {
            let jobs: Vec<_> = jobs.iter().map(|job| json!({"name": job, "release": "svc"})).collect();
            json!({"name": name, "lifecycle": lifecycle, "azs": ["z1"], "instances": instances, "vm_type": "small",
                   "stemcell": "default", "networks": [{"name": "default"}], "jobs": jobs})
        };
        let manifest = json!({
            "name": DEPLOYMENT, "releases": [{"name": "svc", "version": "1.0.0"}],
            "stemcells": [{"alias": "default", "os": "ubuntu-jammy", "version": "1.406"}],
            "update": {"canaries": 1, "max_in_flight": 1, "canary_watch_time": "1-5000", "update_watch_time": "1-5000"},
            "instance_groups": [group("node", "service", 2, &["svc", "smoke"]), group("clean", "errand", 1, &["clean"])],
        });
        let (text, call) = (manifest.to_string(), CallContext::default());
        self.client.deploy(&text, context, &call, LIMIT).await.unwrap()
    }

    /// All tasks that ran errands, or were to.
    pub(crate) fn errands(&self) -> Vec<TaskView> {
        let tasks = self.world().tasks();
        tasks.into_iter().filter(|it| it.kind == TaskKind::Errand).collect()
    }
    /// How often a run of an errand was asked for.
    pub(crate) fn asked(&self) -> usize {
        let starts = self.world().journal().starts;
        starts.iter().filter(|it| it.path.starts_with(RUNS)).count()
    }

    /// Time passes, here and there.
    pub(crate) fn pass(&self, time: Duration) {
        self.ground.clock.advance(time);
        self.world().skip(time);
    }

    pub(crate) async fn write(&self, record: &Record) -> u64 {
        self.ground.put(record).await
    }
    pub(crate) async fn read(&self) -> (Record, u64) {
        self.ground.read(I).await
    }

    /// One turn of the record's present leg.
    pub(crate) async fn turn(&self, probe: &impl Probe) -> Result<Answer, Crashed> {
        self.ground.turn(&self.outside, I, probe).await
    }

    /// Writes a record and takes turns until it is as wanted; a NAK lets time pass.
    pub(crate) async fn run(&self, record: &Record, wanted: impl Fn(&Record) -> bool) -> Record {
        self.write(record).await;
        self.drive(&NoProbe, wanted).await
    }
    pub(crate) async fn drive(&self, probe: &impl Probe, wanted: impl Fn(&Record) -> bool) -> Record {
        let passes = |time| self.world().skip(time);
        self.ground.drive(&self.outside, I, probe, passes, wanted).await
    }
}
