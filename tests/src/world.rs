//! The whole broker: a real nats-server, simulators of the outside systems, gateways and workers as processes.
use crate::{
    nats::{Nats, shared_port},
    platform::Platform,
    process::{Process, binary},
    service::Service,
    settings::{Ground, SERVICE, broker_yml},
    systems::{Systems, Wanted},
    wait,
};
use chandler_bus::{BootstrapSettings, Bus, Settings};
use chandler_proto::{config, layout};
use chandler_simulators::{
    bosh::{BoshOptions, BoshWorld},
    credhub::CredHub,
    uaa::Uaa,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// What to start.
pub struct Plan {
    pub gateways: usize,
    /// Provisioning workers.
    pub workers: usize,
    pub binding_workers: usize,
    pub task_seconds: f64,
    pub last_look_seconds: u64,
    /// Credentials of bindings go to a CredHub.
    pub secure: bool,
    /// Secrets of manifests go to BOSH's CredHub.
    pub secure_manifests: bool,
    /// The broker shows the Director tokens of a UAA instead of a password.
    pub director_by_uaa: bool,
    /// So many addresses by BOSH DNS, at most two, get the bindings of every plan.
    pub dns: usize,
    /// Changes the configuration before anything starts.
    pub change: fn(&mut Value),
    /// Environment of gateways and workers.
    pub env: Vec<(String, String)>,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            gateways: 1,
            workers: 1,
            binding_workers: 1,
            task_seconds: 0.5,
            last_look_seconds: 600,
            secure: false,
            secure_manifests: false,
            director_by_uaa: false,
            dns: 0,
            change: |_| {},
            env: vec![],
        }
    }
}

pub struct World {
    pub nats: Nats,
    pub systems: Systems,
    pub director: BoshWorld,
    pub service: Service,
    pub gateways: Vec<Process>,
    /// Provisioning workers.
    pub workers: Vec<Process>,
    pub binding_workers: Vec<Process>,
    pub platform: Platform,
    pub bus: Bus,
    pub config: PathBuf,
    pub dir: TempDir,
    _port: socket2::Socket,
}

impl World {
    pub async fn start(plan: Plan) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::Builder::new().prefix("chandler-world-").tempdir().unwrap();
        let nats = Nats::start(dir.path()).await;
        let systems = systems(&plan).await;
        let director = systems.bosh.world();
        let service = Service::new();
        let adapter = service.adapter();
        let ground = Ground {
            nats: &nats.url,
            systems: &systems,
            adapter: adapter.to_str().unwrap(),
            last_look_seconds: plan.last_look_seconds,
            dns: plan.dns,
        };
        let mut json = broker_yml(&ground);
        (plan.change)(&mut json);
        let config = dir.path().join("broker.yml");
        std::fs::write(&config, json.to_string()).unwrap();
        let bus = prepare_bus(&json).await;
        let (port, held) = shared_port();
        let start = |kind: &str, number: usize, more: &[&str]| {
            let command = command(&format!("chandler-{kind}"), &config, more);
            Process::start(&format!("{kind}-{number}"), dir.path(), command, plan.env.clone())
        };
        let listen = ["--bind", "127.0.0.1", "--port", &port.to_string()];
        let world = World {
            _port: held,
            gateways: (0..plan.gateways).map(|n| start("gateway", n, &listen)).collect(),
            workers: (0..plan.workers).map(|n| start("provisioning", n, &[])).collect(),
            binding_workers: (0..plan.binding_workers).map(|n| start("binding", n, &[])).collect(),
            nats,
            systems,
            director,
            service,
            platform: Platform::new(port),
            bus,
            config,
            dir,
        };
        if plan.gateways > 0 {
            world.serves().await;
        }
        world
    }

    /// Waits until the gateways answer.
    pub async fn serves(&self) {
        wait::until("the gateway serves", Duration::from_secs(60), || async {
            let call = self
                .platform
                .call(reqwest::Method::GET, "/v2/service_instances/probe-of-the-test");
            let answer = self.platform.try_send(call).await.ok()?;
            (answer.status == 404).then_some(())
        })
        .await;
    }

    /// The UAA, of a world that has one.
    pub fn uaa(&self) -> &Uaa {
        self.systems.uaa.as_ref().expect("the plan asked for a UAA")
    }
    /// The runtime CredHub, of a world with secure bindings.
    pub fn credhub(&self) -> &CredHub {
        self.systems
            .credhub
            .as_ref()
            .expect("the plan asked for secure bindings")
    }
    /// BOSH's CredHub, of a world with secure manifests.
    pub fn bosh_credhub(&self) -> &CredHub {
        let credhub = self.systems.bosh_credhub.as_ref();
        credhub.expect("the plan asked for secure manifests")
    }
    /// The service's users of an instance, by the id of their binding.
    pub fn users(&self, instance: &str) -> BTreeMap<String, Value> {
        self.service.users(instance)
    }
    /// The external links that the Director has for an instance, by the names of their consumers.
    pub fn links(&self, instance: &str) -> Vec<String> {
        self.director.external_links(&format!("service-instance_{instance}"))
    }
    /// The name in CredHub of a binding's credentials.
    pub fn credential_name(instance: &str, binding: &str) -> String {
        format!("/c/{SERVICE}/{instance}/{binding}/credentials")
    }
    /// Who may what on exactly this path of the runtime CredHub: actors with their operations.
    pub fn permissions(&self, path: &str) -> Vec<(String, Vec<String>)> {
        let all = self.credhub().permissions().into_iter();
        all.filter(|(of, _, _)| of == path)
            .map(|(_, actor, may)| (actor, may))
            .collect()
    }
}

async fn systems(plan: &Plan) -> Systems {
    let wanted = Wanted {
        secure: plan.secure,
        secure_manifests: plan.secure_manifests,
        director_by_uaa: plan.director_by_uaa,
    };
    let bosh = BoshOptions {
        task_seconds: plan.task_seconds,
        lock_wait_seconds: 1.0,
        ..BoshOptions::default()
    };
    Systems::start(wanted, bosh).await
}

fn command(name: &str, config: &Path, more: &[&str]) -> Vec<String> {
    let mut command = vec![binary(name), "--config".into(), config.to_str().unwrap().into()];
    command.extend(["--admin-addr", "127.0.0.1:0", "--log", "json"].map(String::from));
    command.extend(more.iter().map(|s| (*s).to_owned()));
    command
}

/// Makes streams and bucket, and says that the bus knows every instance.
pub async fn prepare_bus(json: &Value) -> Bus {
    let loaded = config::parse(&json.to_string()).unwrap_or_else(|findings| panic!("{findings}"));
    let section = &loaded.config.chandler;
    let bus = Bus::connect(Settings::of(section, "tests").unwrap()).await.unwrap();
    bus.connected().await;
    wait::until("the bus is set up", Duration::from_secs(20), || async {
        bus.bootstrap(&BootstrapSettings::of(section)).await.ok()
    })
    .await;
    let key = layout::complete_key();
    bus.write(key.as_str(), "{\"by\":\"tests\"}".into(), 0).await.unwrap();
    bus
}
