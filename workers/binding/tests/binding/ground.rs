//! What a world stands on: a nats-server of its own, a configuration, programs.
use serde_json::{Value, json};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

pub(crate) const SERVICE: &str = "5f1ea7f0-0000-4000-8000-00000000000a";
pub(crate) const PLAN: &str = "5f1ea7f0-0000-4000-8000-00000000000b";
/// Base64 of 32 bytes.
const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// Who may do what on the bus, as we ship it: the worker is tried with its own user.
const ROLES: &str = include_str!("../../../../deploy/nats/roles.conf");
/// Every user's.
const PASSWORD: &str = "pw";

/// A nats-server that ends with it.
pub(crate) struct Nats {
    child: Child,
    pub(crate) url: String,
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests/run names the server by the environment")]
fn server() -> String {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/nats-server");
    let tools = tools.is_file().then(|| tools.to_str().unwrap().to_owned());
    let named = std::env::var("CHANDLER_NATS_SERVER").ok();
    named.or(tools).unwrap_or_else(|| "nats-server".into())
}

impl Nats {
    pub(crate) async fn start(dir: &Path) -> Nats {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = dir.join("nats.conf");
        let store = dir.join("jetstream");
        let text = format!(
            "listen: 127.0.0.1:{port}\njetstream {{ store_dir: \"{}\" }}\ninclude roles.conf\n",
            store.display()
        );
        std::fs::write(&config, text).unwrap();
        std::fs::write(dir.join("roles.conf"), ROLES).unwrap();
        let roles = ["GATEWAY", "PROVISIONING", "BINDING", "OPERATOR", "SYSTEM"];
        let passwords = roles.map(|role| (format!("CHANDLER_NATS_{role}_PASSWORD"), PASSWORD));
        let mut command = Command::new(server());
        command
            .envs(passwords)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("a nats-server: set CHANDLER_NATS_SERVER");
        let end = Instant::now() + Duration::from_secs(20);
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < end, "the nats-server doesn't serve");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let url = format!("nats://127.0.0.1:{port}");
        Nats { child, url }
    }
}

/// A program of the workspace, beside or above this one.
pub(crate) fn program(name: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let found = me
        .ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built: cargo build -p chandler-adapters -p chandler-clients"))
}

/// The example adapter, which reads `control.json` in this directory at each run.
pub(crate) fn adapter(dir: &Path) -> PathBuf {
    let (path, control) = (dir.join("adapter"), dir.join("control.json"));
    std::fs::write(&control, "{}").unwrap();
    let (control, program) = (control.display(), program("example-adapter"));
    let text = format!(
        "#!/bin/sh\nEXAMPLE_ADAPTER_CONTROL='{control}' exec '{}' \"$@\"\n",
        program.display()
    );
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Where everything is.
pub(crate) struct Places<'a> {
    pub(crate) nats: &'a str,
    pub(crate) director: &'a str,
    pub(crate) credhub: &'a str,
    pub(crate) bosh_credhub: &'a str,
    pub(crate) ca: &'a str,
    pub(crate) adapter: &'a Path,
}

/// A `broker.yml` as JSON, which is YAML.
pub(crate) fn broker_yml(at: &Places<'_>) -> Value {
    json!({
        "broker": {"port": 8080, "username": "broker", "password": "secret", "disable_cf_startup_checks": true,
                   "shutdown_timeout_in_seconds": 5, "use_stdin": true, "enable_secure_manifests": true},
        "bosh": {"url": at.director, "root_ca_cert": at.ca,
                 "authentication": {"basic": {"username": "admin", "password": "admin"}}},
        "credhub": {"api_url": at.credhub, "ca_cert": at.ca, "client_id": "broker", "client_secret": "hush-1"},
        "bosh_credhub": {"url": at.bosh_credhub, "root_ca_cert": at.ca,
                         "authentication": {"uaa": {"client_credentials": {"client_id": "bosh-broker", "client_secret": "hush-2"}}}},
        "service_adapter": {"path": at.adapter},
        "service_deployment": {
            "releases": [{"name": "example-kv", "version": "1.2.0", "jobs": ["kv"]}],
            "stemcells": [{"os": "ubuntu-jammy", "version": "1.406"}]},
        "service_catalog": {
            "id": SERVICE, "service_name": "example-kv", "service_description": "a small key-value store",
            "bindable": true, "plan_updatable": false,
            "plans": [{
                "plan_id": PLAN, "name": "small", "description": "a small store", "free": true, "properties": {},
                "instance_groups": [{"name": "kv", "vm_type": "small", "instances": 1, "networks": ["default"], "azs": ["z1"]}]
            }]},
        "chandler": {
            "bus": {"urls": [at.nats], "user": "binding", "password": PASSWORD},
            "workers": {"adapter_seconds": 20},
            "seal": {"keys": [{"id": "k1", "key": KEY}], "fingerprint_key": KEY}}
    })
}
