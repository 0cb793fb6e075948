//! Running `chandler`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `chandler` with arguments, and nothing else in its environment than `env`.
pub(crate) fn chandler(arguments: &[&str], env: &[(&str, &str)]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_chandler"))
        .args(arguments)
        .env_clear()
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// A configuration for every process, and what is to stand in `bosh` and `chandler.bus`.
pub(crate) fn config(dir: &Path, bosh: &str, bus: &str) -> PathBuf {
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let adapter = env!("CARGO_BIN_EXE_chandler");
    let file = dir.join("broker.yml");
    let text = format!(
        r#"
broker: {{port: 8080, username: broker, password: p4ssw0rd, disable_cf_startup_checks: true}}
bosh: {bosh}
service_adapter: {{path: {adapter}}}
service_deployment:
  releases: [{{name: r, version: 1.2, jobs: [j]}}]
  stemcells: [{{os: ubuntu-jammy, version: 1.5}}]
service_catalog:
  id: s1
  service_name: kv
  service_description: A store
  bindable: false
  plan_updatable: false
  plans:
  - plan_id: p1
    name: small
    description: Small
    instance_groups: [{{name: g, vm_type: t, instances: 1, networks: [n], azs: [z]}}]
chandler:
  bus: {bus}
  seal: {{fingerprint_key: {key}, keys: [{{id: k1, key: {key}}}]}}
"#
    );
    std::fs::write(&file, text).unwrap();
    file
}
