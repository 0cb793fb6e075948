//! The world and the loop of turns. The clock only moves when a wake is waited for.
use crate::ground::{Nats, Places, SERVICE, adapter, broker_yml};
use chandler_binding::{room::Outside, settings::Settings};
use chandler_clients::{
    CallContext,
    bosh::{Auth, Director, DirectorSettings},
};
use chandler_engine::{
    probe::{Crashed, NoProbe, Point, Probe},
    run::Room,
    store::{BootstrapSettings, Found, Store, connect},
    turn::{self, Answer, Call, Opened},
};
use chandler_process::{Clock, ManualClock, SystemClock};
use chandler_proto::{
    config, failure::Failure, ids::Millis, job::State, layout::instance_key, records::Record, seal::Sealer,
};
use chandler_simulators::{
    bosh::{BoshOptions, BoshSimulator},
    credhub, tls, uaa,
};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) const DEPLOYMENT: &str = "service-instance_i-1";

/// Everything that a binding touches.
pub(crate) struct World {
    pub(crate) director: BoshSimulator,
    pub(crate) credhub: credhub::CredHub,
    pub(crate) bosh_credhub: credhub::CredHub,
    pub(crate) client: Director,
    pub(crate) clock: ManualClock,
    pub(crate) outside: Outside,
    pub(crate) store: Store,
    /// What is the platform's, is written as a gateway does it: a binding worker may not.
    pub(crate) gateway: Store,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) dir: TempDir,
    _uaa: uaa::Uaa,
    _nats: Nats,
}

/// A worker that dies once, where a turn passes this point for the nth time.
pub(crate) struct DiesAt(pub(crate) Point, pub(crate) std::sync::atomic::AtomicUsize);

impl Probe for DiesAt {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        let dies = point == self.0 && self.1.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1;
        if dies { Err(Crashed(point)) } else { Ok(()) }
    }
}

impl World {
    /// A world with a ready instance `i-1`.
    pub(crate) async fn start() -> World {
        World::with(|_| {}).await
    }

    /// The same; `change` may change the configuration.
    pub(crate) async fn with(change: fn(&mut Value)) -> World {
        let world = World::without_instance(change).await;
        world.deploy(&json!("hunter2")).await;
        world.write(&world.instance(), 0).await;
        world
    }

    pub(crate) async fn without_instance(change: fn(&mut Value)) -> World {
        let dir = tempfile::Builder::new().prefix("chandler-binding-").tempdir().unwrap();
        let identity = tls::Identity::generate().unwrap();
        let mut options = uaa::Options {
            tls: Some(identity.clone()),
            ..uaa::Options::default()
        };
        for (id, secret) in [("broker", "hush-1"), ("bosh-broker", "hush-2")] {
            options
                .clients
                .push(uaa::Client::new(id, secret, &["credhub.read", "credhub.write"]));
        }
        let uaa = uaa::Uaa::start(options).await.unwrap();
        let runtime = credhub::Options {
            tls: Some(identity.clone()),
            ..credhub::Options::runtime(uaa.verifier()).granting("/c/*", "broker")
        };
        let credhub = credhub::CredHub::start(runtime).await.unwrap();
        let bosh = credhub::Options {
            tls: Some(identity.clone()),
            ..credhub::Options::bosh(uaa.verifier())
        };
        let bosh_credhub = credhub::CredHub::start(bosh).await.unwrap();
        let options = BoshOptions {
            tls: Some(identity.clone()),
            credhub: Some(bosh_credhub.world()),
            ..BoshOptions::default()
        };
        let director = BoshSimulator::start(options).await.unwrap();
        let nats = Nats::start(dir.path()).await;
        let (director_url, credhub_url, bosh_credhub_url) = (director.url(), credhub.url(), bosh_credhub.url());
        let mut yml = broker_yml(&Places {
            nats: &nats.url,
            director: &director_url,
            credhub: &credhub_url,
            bosh_credhub: &bosh_credhub_url,
            ca: &identity.ca_pem,
            adapter: &adapter(dir.path()),
        });
        change(&mut yml);
        let (loaded, settings) = config::load(&yml.to_string(), Settings::of).unwrap_or_else(|it| panic!("{it}"));
        let mut operator = loaded.config.chandler.clone();
        operator.bus.user = Some("operator".into());
        let bus = connect(&operator, "operator").await.unwrap();
        bus.connected().await;
        bus.bootstrap(&BootstrapSettings::of(&operator)).await.unwrap();
        let mut platform = loaded.config.chandler.clone();
        platform.bus.user = Some("gateway".into());
        let gateway = connect(&platform, "gateway").await.unwrap();
        gateway.connected().await;
        let bus = connect(&loaded.config.chandler, "tests").await.unwrap();
        bus.connected().await;
        let configured = dir.path().join("broker.yml");
        std::fs::write(&configured, yml.to_string()).unwrap();
        let store = Store::new(bus, Duration::from_secs(600));
        let client = Director::new(DirectorSettings {
            url: director_url,
            ca_pem: Some(identity.ca_pem.clone()),
            auth: Auth::Basic {
                username: "admin".into(),
                password: "admin".into(),
            },
            timeout: Duration::from_secs(10),
            user_agent: "somebody".into(),
        });
        World {
            client: client.unwrap(),
            clock: ManualClock::new(SystemClock::new().now_ms()),
            sealer: settings.sealer.clone(),
            outside: Outside::new(settings, &store),
            director,
            credhub,
            bosh_credhub,
            store,
            gateway: Store::new(gateway, Duration::ZERO),
            dir,
            _uaa: uaa,
            _nats: nats,
        }
    }

    pub(crate) fn now(&self) -> Millis {
        Millis(self.clock.now_ms())
    }

    /// Deploys the instance, with this as its jobs' password.
    pub(crate) async fn deploy(&self, password: &Value) {
        let provides = json!({"kv": {"as": "kv", "shared": true}});
        let manifest = json!({
            "name": DEPLOYMENT, "releases": [{"name": "example-kv", "version": "1.2.0"}],
            "stemcells": [{"alias": "default", "os": "ubuntu-jammy", "version": "1.406"}],
            "update": {"canaries": 1, "max_in_flight": 1, "canary_watch_time": "1000-30000", "update_watch_time": "1000-30000"},
            "instance_groups": [{
                "name": "kv", "instances": 1, "vm_type": "small", "stemcell": "default", "azs": ["z1"],
                "networks": [{"name": "default"}],
                "jobs": [{"name": "kv", "release": "example-kv", "provides": provides, "properties": {"password": password}}]
            }],
            "properties": {"users_dir": self.users()},
        });
        let (call, limit) = (CallContext::default(), Duration::from_secs(10));
        let task = self
            .client
            .deploy(&manifest.to_string(), "", &call, limit)
            .await
            .unwrap();
        let task = self.director.world().task(task).unwrap();
        let there = self.director.world().deployment(DEPLOYMENT).and_then(|it| it.manifest);
        assert!(there.is_some(), "the deployment isn't there: {task:?}");
    }

    fn users(&self) -> std::path::PathBuf {
        self.dir.path().join("users")
    }
    /// Tells the adapter to misbehave.
    pub(crate) fn control(&self, control: &Value) {
        std::fs::write(self.dir.path().join("control.json"), control.to_string()).unwrap();
    }
    /// The service's user of a binding.
    pub(crate) fn user(&self, binding: &str) -> Option<Value> {
        let text = std::fs::read(self.users().join(DEPLOYMENT).join(format!("{binding}.json"))).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    }
    pub(crate) fn make_user(&self, binding: &str) {
        let dir = self.users().join(DEPLOYMENT);
        std::fs::create_dir_all(&dir).unwrap();
        let text = json!({"username": "somebody", "password": "old"}).to_string();
        std::fs::write(dir.join(format!("{binding}.json")), text).unwrap();
    }
    /// The consumers of external links at the Director.
    pub(crate) async fn links(&self) -> Vec<String> {
        let links = self.client.links(DEPLOYMENT, &CallContext::default()).await.unwrap();
        links
            .unwrap_or_default()
            .into_iter()
            .filter_map(|it| it.consumer)
            .collect()
    }
    /// Where CredHub has the credentials of a binding.
    pub(crate) fn name(binding: &str) -> String {
        format!("/c/{SERVICE}/i-1/{binding}/credentials")
    }
    /// Asserts that nothing of this binding is anywhere.
    pub(crate) async fn nothing_of(&self, binding: &str) {
        assert_eq!(self.user(binding), None, "a user of the service");
        assert_eq!(self.credhub.get(&Self::name(binding)), None, "a credential");
        let permissions = self.credhub.permissions();
        assert!(
            !permissions.iter().any(|(path, _, _)| *path == Self::name(binding)),
            "{permissions:?}"
        );
        assert_eq!(self.links().await, Vec::<String>::new(), "links");
    }

    pub(crate) async fn write(&self, record: &Record, over: u64) -> u64 {
        let bus = self.gateway.bus();
        bus.write(&record.key(), record.bytes().into(), over).await.unwrap()
    }
    pub(crate) async fn load(&self, key: &str) -> (Record, u64) {
        match self.store.load(key).await.unwrap() {
            Found::Record(record, revision) => (*record, revision),
            Found::Nothing(_) => panic!("no record {key}"),
        }
    }
    /// Changes the instance's record.
    pub(crate) async fn change_instance(&self, change: impl FnOnce(&mut Record)) {
        let (mut record, revision) = self.load(instance_key("i-1").as_str()).await;
        change(&mut record);
        self.write(&record, revision).await;
    }

    /// Writes a job over what is there and drives it to its end.
    pub(crate) async fn run(&self, record: &Record) -> Record {
        self.run_with(record, &NoProbe).await
    }
    /// The same; `probe` says where workers die.
    pub(crate) async fn run_with(&self, record: &Record, probe: &impl Probe) -> Record {
        let over = match self.store.load(&record.key()).await.unwrap() {
            Found::Record(_, revision) | Found::Nothing(revision) => revision,
        };
        self.write(record, over).await;
        self.drive(&record.key(), probe).await
    }
    async fn drive(&self, key: &str, probe: &impl Probe) -> Record {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        for _ in 0..200 {
            let (record, revision) = self.load(key).await;
            if record.job.finished() {
                return record;
            }
            let call = Call {
                key: key.into(),
                job: record.job.id.to_string(),
                leg: record.job.leg,
                revision,
                delivery: 1,
            };
            let opened = turn::open(&self.store, &clock, probe, &call, CallContext::default()).await;
            let answer = match opened {
                Ok(Opened::Turn(turn)) => self.outside.take(*turn).await,
                Ok(Opened::Answer(answer)) => Ok(answer),
                Err(crashed) => Err(crashed),
            };
            match answer {
                Ok(Answer::Ack) => {}
                Ok(Answer::NakIn(after)) => self.clock.advance(after),
                Err(Crashed(_)) => self.clock.advance(Duration::from_secs(30)),
            }
        }
        panic!("{key} never ends: {:#?}", self.load(key).await.0.job);
    }

    /// Waits until whoever takes its wakes has ended a job.
    pub(crate) async fn finished(&self, key: &str, limit: &Until) -> Record {
        loop {
            let (record, _) = self.load(key).await;
            if record.job.finished() {
                return record;
            }
            limit.pause("the job ends").await;
        }
    }

    /// What the platform is answered.
    pub(crate) fn answer(&self, record: &Record) -> Value {
        assert!(
            matches!(record.job.state, State::Succeeded { .. }),
            "{:?}",
            record.job.state
        );
        let kept = record
            .in_force
            .as_ref()
            .unwrap()
            .binding
            .as_ref()
            .unwrap()
            .answer
            .as_ref()
            .unwrap();
        let opened = self.sealer.open(&record.key(), kept).unwrap();
        serde_json::from_str(opened.expose()).unwrap()
    }
}

/// The time at which a test is given up.
pub(crate) struct Until(pub(crate) Instant);

impl Until {
    /// A moment, before a condition is looked at again.
    pub(crate) async fn pause(&self, what: &str) {
        assert!(Instant::now() < self.0, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How a job failed.
pub(crate) fn failure(record: &Record) -> &Failure {
    match &record.job.state {
        State::Failed { failure, .. } => failure,
        other => panic!("it didn't fail: {other:?}"),
    }
}
