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
    bosh::{BoshOptions, BoshWorld, TaskKind, TaskState, TaskView},
    credhub::CredHub,
    uaa::{Client, Uaa},
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
    pub errand_workers: usize,
    /// Workers for the UAA clients of instances.
    pub client_workers: usize,
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
    /// Every plan has lifecycle errands: two after a deployment, one before its deletion (`settings`).
    pub errands: bool,
    /// Every instance has a client of its own at the UAA.
    pub uaa_clients: bool,
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
            errand_workers: 1,
            client_workers: 1,
            task_seconds: 0.5,
            last_look_seconds: 600,
            secure: false,
            secure_manifests: false,
            director_by_uaa: false,
            dns: 0,
            errands: false,
            uaa_clients: false,
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
    pub errand_workers: Vec<Process>,
    /// Workers for the UAA clients of instances.
    pub client_workers: Vec<Process>,
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
            errands: plan.errands,
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
        let all = |kind: &str, number: usize| (0..number).map(|n| start(kind, n, &[])).collect();
        let listen = ["--bind", "127.0.0.1", "--port", &port.to_string()];
        let world = World {
            _port: held,
            gateways: (0..plan.gateways).map(|n| start("gateway", n, &listen)).collect(),
            workers: all("provisioning", plan.workers),
            binding_workers: all("binding", plan.binding_workers),
            errand_workers: all("errands", plan.errand_workers),
            client_workers: all("uaa-clients", plan.client_workers),
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

    /// Every process but the nats-server: gateways, then workers.
    pub fn processes(&mut self) -> impl Iterator<Item = &mut Process> {
        let workers = self.workers.iter_mut().chain(&mut self.binding_workers);
        let workers = workers.chain(&mut self.errand_workers).chain(&mut self.client_workers);
        self.gateways.iter_mut().chain(workers)
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
    /// The instance's own client at the UAA, if it has one.
    pub fn client(&self, instance: &str) -> Option<Client> {
        self.uaa().client(instance)
    }
    /// The manifest that the Director carried out last for an instance; `null` without a deployment.
    pub fn manifest(&self, instance: &str) -> Value {
        let deployment = self.director.deployment(&format!("service-instance_{instance}"));
        let manifest = deployment.and_then(|it| it.manifest);
        manifest.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }
    /// The errands that the Director ran or runs for an instance, oldest first: the name of each, and where its task stands.
    pub fn errands(&self, instance: &str) -> Vec<(String, TaskState)> {
        let deployment = format!("service-instance_{instance}");
        let tasks = self.director.tasks().into_iter();
        let of = tasks.filter(|task| task.deployment == deployment && task.kind == TaskKind::Errand);
        // "run errand NAME from deployment …"
        let name = |task: &TaskView| task.description.split(' ').nth(2).unwrap().to_owned();
        of.map(|task| (name(&task), task.state)).collect()
    }
    /// Where these runs of an errand ran, one after another, as `group/index`.
    pub fn errand_places(&self, instance: &str, errand: &str) -> Vec<String> {
        let description = format!("run errand {errand} from deployment service-instance_{instance}");
        let tasks = self.director.tasks().into_iter();
        let of = tasks.filter(|task| task.description == description);
        of.flat_map(|task| places(&task.events)).collect()
    }
    /// The types of the BOSH configs of an instance, at a Director that takes a password.
    pub async fn configs(&self, instance: &str) -> Vec<String> {
        let url = format!(
            "{}/configs?latest=true&name=service-instance_{instance}",
            self.systems.bosh.url()
        );
        let ca = reqwest::Certificate::from_pem(self.systems.bosh.ca_pem().as_bytes()).unwrap();
        let http = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
        let answer = http.get(url).basic_auth("admin", Some("admin")).send().await.unwrap();
        let configs: Vec<Value> = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let kind = |config: &Value| config["type"].as_str().unwrap().to_owned();
        configs.iter().map(kind).collect()
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

/// The VMs that the stages "Running errand" of an event log name.
fn places(events: &str) -> Vec<String> {
    let lines = events
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let begun = lines.filter(|it| it["stage"] == "Running errand" && it["state"] == "started");
    // "group/uuid (index)"
    let place = |task: &str| {
        let (group, rest) = task.split_once('/')?;
        let (_, index) = rest.strip_suffix(')')?.split_once(" (")?;
        Some(format!("{group}/{index}"))
    };
    begun.filter_map(|it| place(it["task"].as_str()?)).collect()
}

async fn systems(plan: &Plan) -> Systems {
    let wanted = Wanted {
        secure: plan.secure,
        secure_manifests: plan.secure_manifests,
        director_by_uaa: plan.director_by_uaa,
        uaa_clients: plan.uaa_clients,
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
