//! A worker without its fetch loop: turns are taken when a test says so, on a clock that only waiting moves.
use crate::{
    records::{LARGE, SERVICE, SMALL},
    servers::Outside as Servers,
};
use chandler_common::program::Settings as _;
use chandler_engine::{
    probe::{Crashed, NoProbe, Probe},
    turn::Answer,
};
use chandler_proto::{
    config,
    ids::TurnId,
    job::{Event, Stamp},
    records::Record,
};
use chandler_provisioning::{room::Outside, settings::Settings};
use chandler_testing::{
    ground::{Ground, Nats},
    settings::{self, plan},
};
use serde_json::{Value, json};
use std::{os::unix::fs::PermissionsExt, path::Path};
use tempfile::TempDir;

pub(crate) struct Site {
    pub(crate) servers: Servers,
    pub(crate) ground: Ground,
    pub(crate) outside: Outside,
    pub(crate) dir: TempDir,
}

impl Site {
    pub(crate) async fn start(change: impl FnOnce(&mut Value)) -> Site {
        let (nats, servers, dir) = (
            Nats::start().await,
            Servers::start().await,
            tempfile::tempdir().unwrap(),
        );
        let mut file = broker_yml(nats.url(), &servers, dir.path());
        change(&mut file);
        let config = config::parse(&file.to_string()).unwrap().config;
        let settings = Settings::of(&config).unwrap_or_else(|wrong| {
            panic!("{wrong}; for a missing guard run `cargo build --workspace --bins` first (tests/run does)")
        });
        let ground = Ground::start(nats, &config.chandler).await;
        Site {
            outside: Outside::new(settings, &ground.store, ground.clock()),
            servers,
            ground,
            dir,
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

    /// Something happens to a job of another worker.
    pub(crate) async fn apply(&self, key: &str, event: Event) -> Record {
        let (record, over) = self.ground.read(key).await;
        let turn = TurnId(uuid::Uuid::new_v4());
        let by = Stamp {
            now: self.ground.now(),
            turn,
            over,
        };
        self.ground.store.save(&record, event, by).await.unwrap().0
    }

    /// One turn of the record's present leg.
    pub(crate) async fn turn(&self, key: &str, probe: &impl Probe) -> Result<Answer, Crashed> {
        self.ground.turn(&self.outside, key, probe).await
    }

    /// Turns until the record is as wanted; a NAK moves the clock.
    pub(crate) async fn drive(&self, key: &str, wanted: impl Fn(&Record) -> bool) -> Record {
        self.drive_with(key, &NoProbe, wanted).await
    }

    pub(crate) async fn drive_with(&self, key: &str, probe: &impl Probe, wanted: impl Fn(&Record) -> bool) -> Record {
        self.ground.drive(&self.outside, key, probe, |_| (), wanted).await
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
    let mut yml = settings::broker_yml(nats, "provisioning");
    yml["broker"]["enable_secure_manifests"] = true.into();
    yml["bosh"]["url"] = servers.bosh.url().into();
    yml["bosh"]["root_ca_cert"] = servers.bosh.ca_pem().into();
    yml["credhub"] = json!({
        "api_url": runtime.url(), "ca_cert": runtime.ca_pem(), "internal_uaa_ca_cert": uaa,
        "client_id": "runtime", "client_secret": "client-secret"});
    yml["bosh_credhub"] = json!({
        "url": secrets.url(), "root_ca_cert": format!("{}\n{uaa}", secrets.ca_pem()),
        "authentication": {"uaa": {"client_credentials": client("secrets")}}});
    yml["cf"] = json!({
        "url": "https://cf.example", "root_ca_cert": uaa,
        "uaa": {"url": servers.uaa.url(), "authentication": {"client_credentials": client("clients")}}});
    yml["service_adapter"]["path"] = adapter.to_str().into();
    yml["service_catalog"]["id"] = SERVICE.into();
    yml["service_catalog"]["plans"] = json!([plan(SMALL, "small"), plan(LARGE, "large")]);
    yml["chandler"]["workers"] = json!({"poll_seconds": 1, "note_seconds": 1});
    yml["chandler"]["deadlines"] = json!({"binding_seconds": 77});
    yml
}
