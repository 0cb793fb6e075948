//! The world and the loop of turns. The clock only moves when a wake is waited for.
use crate::ground::{Places, adapter, broker_yml};
use chandler_binding::{room::Outside, settings::Settings};
use chandler_clients::{CallContext, bosh::Director};
use chandler_common::program::Settings as _;
use chandler_engine::probe::{NoProbe, Probe};
use chandler_proto::{config, layout::instance_key, records::Record, seal::Sealer};
use chandler_simulators::{
    bosh::{BoshOptions, BoshSimulator},
    credhub, tls, uaa,
};
use chandler_testing::{
    ground::{Ground, LIMIT, Nats, director},
    records::{done, succeeded},
    settings::SERVICE,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const DEPLOYMENT: &str = "service-instance_i-1";

/// Everything that a binding touches.
pub(crate) struct World {
    pub(crate) director: BoshSimulator,
    pub(crate) credhub: credhub::CredHub,
    pub(crate) bosh_credhub: credhub::CredHub,
    pub(crate) client: Director,
    pub(crate) ground: Ground,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) dir: TempDir,
    pub(crate) yml: Value,
    outside: Outside,
    _uaa: uaa::Uaa,
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
        world.ground.write(&world.instance(), 0).await;
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
        let bosh = BoshSimulator::start(options).await.unwrap();
        let nats = Nats::start().await;
        let mut yml = broker_yml(&Places {
            nats: nats.url(),
            director: &bosh.url(),
            credhub: &credhub.url(),
            bosh_credhub: &bosh_credhub.url(),
            ca: &identity.ca_pem,
            adapter: &adapter(dir.path()),
        });
        change(&mut yml);
        let (loaded, settings) = config::load(&yml.to_string(), Settings::of).unwrap_or_else(|it| panic!("{it}"));
        let ground = Ground::start(nats, &loaded.config.chandler).await;
        World {
            client: director(&bosh),
            sealer: settings.sealer.clone(),
            outside: Outside::new(settings, &ground.store),
            director: bosh,
            credhub,
            bosh_credhub,
            ground,
            dir,
            yml,
            _uaa: uaa,
        }
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
        let call = CallContext::default();
        let task = self
            .client
            .deploy(&manifest.to_string(), "", &call, LIMIT)
            .await
            .unwrap();
        let task = self.director.world().task(task).unwrap();
        let there = self.director.world().deployment(DEPLOYMENT).and_then(|it| it.manifest);
        assert!(there.is_some(), "the deployment isn't there: {task:?}");
    }

    /// The worker.
    pub(crate) fn room(&self) -> &Outside {
        &self.outside
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

    /// Changes the instance's record.
    pub(crate) async fn change_instance(&self, change: impl FnOnce(&mut Record)) {
        let (mut record, revision) = self.ground.read(instance_key("i-1").as_str()).await;
        change(&mut record);
        self.ground.write(&record, revision).await;
    }

    /// Writes a job over what is there and drives it to its end.
    pub(crate) async fn run(&self, record: &Record) -> Record {
        self.run_with(record, &NoProbe).await
    }
    /// The same; `probe` says where workers die.
    pub(crate) async fn run_with(&self, record: &Record, probe: &impl Probe) -> Record {
        self.ground.put(record).await;
        let passes = |_| ();
        self.ground
            .drive(&self.outside, &record.key(), probe, passes, done)
            .await
    }

    /// What the platform is answered.
    pub(crate) fn answer(&self, record: &Record) -> Value {
        succeeded(record);
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
