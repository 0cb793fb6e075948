//! The little service behind the example adapter: where its users are, how the adapter is told to misbehave, and a gate at
//! which a run of it stands still.
use crate::{process::binary, wait};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// A service of its own for each world. Its adapter is a script around the example adapter, so that it is the same for
/// workers that are processes and for those inside the test.
pub struct Service {
    dir: TempDir,
}

/// On which side of its work a run of the adapter stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Nothing has happened yet.
    Before,
    /// The work is done, and the worker doesn't know yet.
    After,
}

/// One run of the adapter that stands still.
pub struct Gate {
    dir: PathBuf,
    name: String,
}

impl Service {
    /// A service without users.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("chandler-service-").tempdir().unwrap();
        let service = Service { dir };
        fs::create_dir(service.path("users")).unwrap();
        fs::create_dir(service.path("gates")).unwrap();
        service.control(&serde_json::json!({}));
        let script = SCRIPT
            .replace("@SERVICE@", service.dir.path().to_str().unwrap())
            .replace("@ADAPTER@", &binary("example-adapter"));
        fs::write(service.adapter(), script).unwrap();
        fs::set_permissions(service.adapter(), fs::Permissions::from_mode(0o755)).unwrap();
        service
    }
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    /// The executable for the configuration.
    pub fn adapter(&self) -> PathBuf {
        self.path("adapter")
    }
    /// How every run from now on misbehaves (`tests/adapters/README.md`); `{}`: not at all.
    pub fn control(&self, control: &Value) {
        let draft = self.path("control.draft");
        fs::write(&draft, control.to_string()).unwrap();
        fs::rename(draft, self.path("control.json")).unwrap();
    }
    /// Where the users of an instance are: a file `<binding id>.json` for each.
    pub fn users_dir(&self, instance: &str) -> PathBuf {
        self.path("users").join(format!("service-instance_{instance}"))
    }
    /// The users of an instance, by the id of their binding.
    pub fn users(&self, instance: &str) -> BTreeMap<String, Value> {
        let Ok(files) = fs::read_dir(self.users_dir(instance)) else {
            return BTreeMap::new();
        };
        let user = |path: &Path| {
            let binding = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            let text = fs::read_to_string(path).ok()?;
            Some((binding, serde_json::from_str(&text).unwrap()))
        };
        files.flatten().filter_map(|file| user(&file.path())).collect()
    }
    /// Somebody makes a user of this binding behind the broker's back.
    pub fn add_user(&self, instance: &str, binding: &str, user: &Value) {
        let dir = self.path("users").join(format!("service-instance_{instance}"));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(format!("{binding}.json")), user.to_string()).unwrap();
    }
    /// Lets the next run of `command` stand still until its gate is opened.
    pub fn gate(&self, command: &str, side: Side) -> Gate {
        let name = match side {
            Side::Before => format!("before-{command}"),
            Side::After => format!("after-{command}"),
        };
        let dir = self.path("gates");
        for stale in ["standing", "open"] {
            let _ = fs::remove_file(dir.join(format!("{name}.{stale}")));
        }
        fs::write(dir.join(&name), "").unwrap();
        Gate { dir, name }
    }
}

impl Default for Service {
    fn default() -> Self {
        Service::new()
    }
}

impl Gate {
    /// Whether a run stands there.
    pub fn is_reached(&self) -> bool {
        self.dir.join(format!("{}.standing", self.name)).exists()
    }
    /// Waits until a run stands there.
    pub async fn reached(&self) {
        wait::until("the adapter stands still", Duration::from_secs(20), || async {
            self.is_reached().then_some(())
        })
        .await;
    }
    /// Lets it go on; whoever comes later doesn't stop any more.
    pub fn open(&self) {
        fs::write(self.dir.join(format!("{}.open", self.name)), "").unwrap();
        let _ = fs::remove_file(self.dir.join(&self.name));
    }
}

const SCRIPT: &str = r#"#!/bin/sh
export EXAMPLE_ADAPTER_CONTROL="${EXAMPLE_ADAPTER_CONTROL:-@SERVICE@/control.json}"
export EXAMPLE_ADAPTER_USERS="${EXAMPLE_ADAPTER_USERS:-@SERVICE@/users}"
stand() {
  [ -e "@SERVICE@/gates/$1" ] && mv "@SERVICE@/gates/$1" "@SERVICE@/gates/$1.standing" 2>/dev/null || return 0
  while [ ! -e "@SERVICE@/gates/$1.open" ]; do sleep 0.02; done
}
stand "before-$1"
[ -e "@SERVICE@/gates/after-$1" ] || exec @ADAPTER@ "$@"
@ADAPTER@ "$@"
code=$?
stand "after-$1"
exit $code
"#;
