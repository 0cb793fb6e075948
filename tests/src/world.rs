//! The whole broker: a real nats-server, a Director simulator, gateways and workers as processes.
use crate::{
    nats::{Nats, free_port},
    platform::Platform,
    process::{Process, binary},
    settings::{Ground, broker_yml},
    wait,
};
use chandler_bus::{BootstrapSettings, Bus, Settings};
use chandler_proto::{config, layout};
use chandler_simulators::bosh::{BoshOptions, BoshSimulator, BoshWorld};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use tempfile::TempDir;

/// What to start.
pub struct Plan {
    pub gateways: usize,
    pub workers: usize,
    pub task_seconds: f64,
    pub last_look_seconds: u64,
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
            task_seconds: 0.5,
            last_look_seconds: 600,
            change: |_| {},
            env: vec![],
        }
    }
}

pub struct World {
    pub nats: Nats,
    pub simulator: BoshSimulator,
    pub director: BoshWorld,
    pub gateways: Vec<Process>,
    pub workers: Vec<Process>,
    pub platform: Platform,
    pub bus: Bus,
    pub config: PathBuf,
    pub dir: TempDir,
}

impl World {
    pub async fn start(plan: Plan) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::Builder::new().prefix("chandler-world-").tempdir().unwrap();
        let nats = Nats::start(dir.path()).await;
        let options = BoshOptions {
            task_seconds: plan.task_seconds,
            lock_wait_seconds: 1.0,
            ..BoshOptions::default()
        };
        let simulator = BoshSimulator::start(options).await.unwrap();
        let director = simulator.world();
        let ground = Ground {
            nats: &nats.url,
            director: &simulator.url(),
            ca: simulator.ca_pem(),
            adapter: &binary("example-adapter"),
            last_look_seconds: plan.last_look_seconds,
        };
        let mut json = broker_yml(&ground);
        (plan.change)(&mut json);
        let config = dir.path().join("broker.yml");
        std::fs::write(&config, json.to_string()).unwrap();
        let bus = prepare_bus(&json).await;
        let port = free_port();
        let arguments = |name: &str, more: &[&str]| {
            let mut command = vec![binary(name), "--config".into(), config.to_str().unwrap().into()];
            command.extend(["--admin-addr", "127.0.0.1:0", "--log", "json"].map(String::from));
            command.extend(more.iter().map(|s| (*s).to_owned()));
            command
        };
        let worker = |n| {
            Process::start(
                &format!("provisioning-{n}"),
                dir.path(),
                arguments("chandler-provisioning", &[]),
                plan.env.clone(),
            )
        };
        let gateway = |n| {
            let command = arguments(
                "chandler-gateway",
                &["--bind", "127.0.0.1", "--port", &port.to_string()],
            );
            Process::start(&format!("gateway-{n}"), dir.path(), command, plan.env.clone())
        };
        let workers = (0..plan.workers).map(worker).collect();
        let gateways = (0..plan.gateways).map(gateway).collect();
        let platform = Platform::new(port);
        let world = World {
            nats,
            simulator,
            director,
            gateways,
            workers,
            platform,
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
        wait::until("the gateway serves", Duration::from_secs(30), || async {
            let call = self
                .platform
                .call(reqwest::Method::GET, "/v2/service_instances/probe-of-the-test");
            let answer = self.platform.try_send(call).await.ok()?;
            (answer.status == 404).then_some(())
        })
        .await;
    }
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
