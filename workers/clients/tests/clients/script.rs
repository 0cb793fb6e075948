//! Adapters made of a few lines of shell.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chandler_clients::adapter::{Adapter, AdapterError, AdapterSettings, GenerateManifest, Generated};
use tempfile::TempDir;

use crate::server::context;

pub(crate) struct Script {
    pub(crate) dir: TempDir,
    pub(crate) settings: AdapterSettings,
}

impl Script {
    /// An adapter that runs `body` in `sh`, with `$DIR` as its own directory.
    pub(crate) fn new(body: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("adapter");
        let text = format!("#!/bin/sh\nDIR='{}'\n{body}\n", dir.path().display());
        write_executable(&path, &text);
        let settings = AdapterSettings {
            path,
            use_stdin: true,
            limit: Duration::from_secs(60),
            max_output: 1024 * 1024,
            guard: None,
        };
        Self { dir, settings }
    }

    pub(crate) fn adapter(&self) -> Adapter {
        Adapter::new(self.settings.clone())
    }

    pub(crate) async fn run(&self, limit: Duration) -> Result<Generated, AdapterError> {
        self.adapter()
            .generate_manifest(input(), "service-instance_1", &context(), limit)
            .await
    }

    pub(crate) async fn run_long(&self) -> Result<Generated, AdapterError> {
        self.run(Duration::from_secs(60)).await
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What the adapter left in a file, once it is there and not empty.
    pub(crate) async fn left(&self, name: &str) -> String {
        let mut text = String::new();
        until(&format!("the file {name}"), || {
            text = std::fs::read_to_string(self.file(name)).unwrap_or_default();
            text.ends_with('\n')
        })
        .await;
        text
    }
}

/// Written by another process: while this one has the file open for writing, any fork of another test would keep it so, and running it
/// would fail with "text file busy".
fn write_executable(path: &Path, text: &str) {
    let mut writer = Command::new("sh")
        .args(["-c", r#"cat > "$0" && chmod 755 "$0""#])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success());
}

pub(crate) fn input() -> GenerateManifest {
    GenerateManifest {
        service_deployment: r#"{"deployment_name":"service-instance_1","releases":[],"stemcells":[]}"#.into(),
        plan: r#"{"instance_groups":[]}"#.into(),
        previous_plan: "null".into(),
        previous_manifest: "name: before\n".into(),
        request_parameters: r#"{"parameters":{"password":"parameter-secret"}}"#.into(),
        previous_secrets: r#"{"((a))":"previous-secret"}"#.into(),
        previous_configs: "null".into(),
        uaa_client: r#"{"client_id":"c","client_secret":"uaa-secret-value"}"#.into(),
    }
}

/// Waits for a condition, at most 20 s.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether a process is there and not only waiting to be collected.
pub(crate) fn is_alive(pid: &str) -> bool {
    match std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
        Ok(stat) => !stat
            .rsplit_once(')')
            .is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')),
        Err(_) => false,
    }
}
