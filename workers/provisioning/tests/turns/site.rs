//! A worker without its fetch loop: turns are taken when a test says so, on a clock that only waiting moves.
use crate::{
    records::{LARGE, SERVICE, SMALL},
    servers::{Nats, Outside as Servers},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chandler_bus::{BootstrapSettings, Bus};
use chandler_clients::CallContext;
use chandler_engine::{
    probe::{Crashed, Point, Probe},
    run::Room,
    store::{Found, Store, connect},
    turn::{self, Answer, Call, Opened},
};
use chandler_process::{Clock, ManualClock, SystemClock};
use chandler_proto::{
    config,
    ids::{Millis, TurnId},
    job::{Event, Stamp},
    records::Record,
};
use chandler_provisioning::{room::Outside, settings::Settings};
use serde_json::{Value, json};
use std::{os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

pub(crate) struct Site {
    pub(crate) servers: Servers,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) clock: ManualClock,
    pub(crate) outside: Outside,
    pub(crate) dir: TempDir,
    _nats: Nats,
}

/// What happens in a turn besides the turn.
pub(crate) trait Meanwhile: Sync {
    fn at(&self, point: Point) -> impl Future<Output = Result<(), Crashed>> + Send;
}

struct Probes<'a, M>(&'a M);

impl<M: Meanwhile> Probe for Probes<'_, M> {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        self.0.at(point).await
    }
}

/// Nothing does.
pub(crate) struct Nothing;

impl Meanwhile for Nothing {
    async fn at(&self, _: Point) -> Result<(), Crashed> {
        Ok(())
    }
}

impl Site {
    pub(crate) async fn start(change: impl FnOnce(&mut Value)) -> Site {
        let (nats, servers, dir) = (Nats::start(), Servers::start().await, tempfile::tempdir().unwrap());
        let mut file = broker_yml(&nats.url().await, &servers, dir.path());
        change(&mut file);
        let config = config::parse(&file.to_string()).unwrap().config;
        let settings = Settings::of(&config).unwrap_or_else(|wrong| {
            panic!("{wrong}; for a missing guard run `cargo build --workspace --bins` first (tests/run does)")
        });
        let bus = connect(&config.chandler, "turns").await.unwrap();
        bus.connected().await;
        bus.bootstrap(&BootstrapSettings::of(&config.chandler)).await.unwrap();
        let store = Store::new(bus.clone(), Duration::from_secs(config.chandler.last_look_seconds));
        let clock = ManualClock::new(SystemClock::new().now_ms());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        Site {
            outside: Outside::new(settings, &store, &shared),
            servers,
            store,
            bus,
            clock,
            dir,
            _nats: nats,
        }
    }

    /// What `generate-manifest` says from now on.
    pub(crate) fn adapter_says(&self, said: &Value) {
        std::fs::write(self.dir.path().join("said"), said.to_string()).unwrap();
    }
    /// What it says when it is asked without any request.
    pub(crate) fn adapter_repeats(&self, said: &Value) {
        std::fs::write(self.dir.path().join("repeated"), said.to_string()).unwrap();
    }
    /// What a command does from now on, in shell.
    pub(crate) fn adapter_does(&self, command: &str, script: &str) {
        std::fs::write(self.dir.path().join(command), script).unwrap();
    }
    /// All runs of the adapter so far: command, and what it was given.
    pub(crate) fn runs(&self) -> Vec<(String, Value)> {
        let text = std::fs::read_to_string(self.dir.path().join("runs")).unwrap_or_default();
        let run = |line: &str| {
            let (command, input) = line.split_once(' ').unwrap();
            let input: Value = input.parse().unwrap();
            (command.to_owned(), input[command.replace('-', "_")].clone())
        };
        text.lines().map(run).collect()
    }

    pub(crate) fn now(&self) -> Millis {
        Millis(self.clock.now_ms())
    }

    /// Writes a record; a gateway would.
    pub(crate) async fn write(&self, record: &Record, over: u64) -> u64 {
        self.bus
            .write(&record.key(), record.bytes().into(), over)
            .await
            .unwrap()
    }

    pub(crate) async fn read(&self, key: &str) -> (Record, u64) {
        match self.store.load(key).await.unwrap() {
            Found::Record(record, revision) => (*record, revision),
            Found::Nothing(_) => panic!("no record {key}"),
        }
    }

    /// What a write has to be over; 0 when there is nothing.
    pub(crate) async fn bus_revision(&self, key: &str) -> u64 {
        match self.store.load(key).await.unwrap() {
            Found::Record(_, revision) | Found::Nothing(revision) => revision,
        }
    }

    /// Something happens to a job of another worker.
    pub(crate) async fn apply(&self, key: &str, event: Event) -> Record {
        let (record, over) = self.read(key).await;
        let turn = TurnId(uuid::Uuid::new_v4());
        let by = Stamp {
            now: self.now(),
            turn,
            over,
        };
        self.store.save(&record, event, by).await.unwrap().0
    }

    /// One turn of the record's present leg.
    pub(crate) async fn turn(&self, key: &str, meanwhile: &impl Meanwhile) -> Result<Answer, Crashed> {
        let (record, revision) = self.read(key).await;
        let call = Call {
            key: key.to_owned(),
            job: record.job.id.to_string(),
            leg: record.job.leg,
            revision,
            delivery: 1,
        };
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let probe = Probes(meanwhile);
        match turn::open(&self.store, &clock, &probe, &call, CallContext::default()).await? {
            Opened::Answer(answer) => Ok(answer),
            Opened::Turn(turn) => self.outside.take(*turn).await,
        }
    }

    /// Turns until the record is as wanted; a NAK moves the clock.
    pub(crate) async fn drive(&self, key: &str, wanted: impl Fn(&Record) -> bool) -> Record {
        self.drive_with(key, &Nothing, wanted).await
    }

    pub(crate) async fn drive_with(
        &self,
        key: &str,
        meanwhile: &impl Meanwhile,
        wanted: impl Fn(&Record) -> bool,
    ) -> Record {
        for _ in 0..200 {
            let (record, _) = self.read(key).await;
            if wanted(&record) {
                return record;
            }
            match self.turn(key, meanwhile).await {
                Ok(Answer::Ack) => {}
                Ok(Answer::NakIn(after)) => self.clock.advance(after),
                Err(Crashed(_)) => self.clock.advance(Duration::from_secs(31)),
            }
        }
        panic!("it never comes to that: {:#?}", self.read(key).await.0)
    }
}

pub(crate) fn broker_yml(nats: &str, servers: &Servers, dir: &Path) -> Value {
    let adapter = dir.join("adapter");
    let script = format!(
        r#"#!/bin/sh
cd '{}'
input=$(cat)
printf '%s %s\n' "$1" "$input" >> runs
if [ -f "$1" ]; then . "./$1"; exit; fi
[ "$1" = dashboard-url ] && exit 10
case "$input" in
*'"request_parameters":"{{}}"'*) cat repeated ;;
*) cat said ;;
esac
"#,
        dir.display()
    );
    std::fs::write(&adapter, script).unwrap();
    std::fs::set_permissions(&adapter, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (runtime, secrets, uaa) = (&servers.runtime, &servers.secrets, servers.uaa.ca_pem());
    let client = |id: &str| json!({"client_id": id, "client_secret": "client-secret"});
    json!({
        "broker": {"port": 8080, "username": "broker", "password": "secret", "disable_cf_startup_checks": true,
                   "shutdown_timeout_in_seconds": 5, "use_stdin": true, "enable_secure_manifests": true},
        "bosh": {"url": servers.bosh.url(), "root_ca_cert": servers.bosh.ca_pem(),
                 "authentication": {"basic": {"username": "admin", "password": "admin"}}},
        "credhub": {"api_url": runtime.url(), "ca_cert": runtime.ca_pem(), "internal_uaa_ca_cert": uaa,
                    "client_id": "runtime", "client_secret": "client-secret"},
        "bosh_credhub": {"url": secrets.url(), "root_ca_cert": format!("{}\n{uaa}", secrets.ca_pem()),
                         "authentication": {"uaa": {"client_credentials": client("secrets")}}},
        "service_adapter": {"path": adapter},
        "service_deployment": {
            "releases": [{"name": "example-kv", "version": "1.2.0", "jobs": ["kv"]}],
            "stemcells": [{"os": "ubuntu-jammy", "version": "1.406"}]},
        "service_catalog": {
            "id": SERVICE, "service_name": "example-kv", "service_description": "a small key-value store",
            "bindable": true, "plan_updatable": true, "plans": [plan(SMALL, "small"), plan(LARGE, "large")]},
        "chandler": {
            "bus": {"urls": [nats]},
            "seal": {"keys": [{"id": "k1", "key": STANDARD.encode([1; 32])}], "fingerprint_key": STANDARD.encode([2; 32])},
            "workers": {"poll_seconds": 1, "note_seconds": 1},
            "deadlines": {"binding_seconds": 77},
            "last_look_seconds": 600}
    })
}

fn plan(id: &str, name: &str) -> Value {
    let group = json!({"name": "kv", "vm_type": name, "instances": 1, "networks": ["default"], "azs": ["z1"]});
    json!({"plan_id": id, "name": name, "description": name, "free": true, "instance_groups": [group]})
}
