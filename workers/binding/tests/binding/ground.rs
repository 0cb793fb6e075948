//! What a world stands on: a configuration, and the example adapter.
use chandler_testing::settings;
use serde_json::{Value, json};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

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
    let mut yml = settings::broker_yml(at.nats, "binding");
    yml["broker"]["enable_secure_manifests"] = true.into();
    yml["bosh"]["url"] = at.director.into();
    yml["bosh"]["root_ca_cert"] = at.ca.into();
    yml["credhub"] = json!({"api_url": at.credhub, "ca_cert": at.ca, "client_id": "broker", "client_secret": "hush-1"});
    yml["bosh_credhub"] = json!({
        "url": at.bosh_credhub, "root_ca_cert": at.ca,
        "authentication": {"uaa": {"client_credentials": {"client_id": "bosh-broker", "client_secret": "hush-2"}}}});
    yml["service_adapter"]["path"] = at.adapter.to_str().into();
    yml["chandler"]["workers"] = json!({"adapter_seconds": 20});
    yml
}
