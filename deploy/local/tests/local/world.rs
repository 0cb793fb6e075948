//! Starting `chandler-local` and looking at what it started.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A supervisor with a directory of its own.
pub(crate) struct Local {
    pub(crate) dir: TempDir,
    pub(crate) child: Child,
}

impl Local {
    /// Starts it with these flags; what it says goes to a file.
    pub(crate) fn start(flags: &[&str]) -> Local {
        Local::with(&sample(), flags)
    }

    /// The same with another configuration than the sample.
    pub(crate) fn with(config: &Path, flags: &[&str]) -> Local {
        let dir = tempfile::tempdir().unwrap();
        let out = File::create(dir.path().join("out")).unwrap();
        let child = command(dir.path(), 0, config)
            .args(flags)
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap())
            .stdout(out)
            .spawn()
            .unwrap();
        Local { dir, child }
    }

    /// What it said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("out")).unwrap_or_default()
    }

    /// Waits until it says so.
    pub(crate) fn says(&self, text: &str) {
        until(
            &format!("{text:?} is said"),
            || self.said().contains(text),
            || self.said(),
        );
    }

    /// What `current.json` tells.
    pub(crate) fn current(&self) -> Value {
        let text = std::fs::read_to_string(self.dir.path().join("target/local/current.json"));
        serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default()
    }

    /// Name and pid of what runs.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        let told = self.current();
        let rows = told["processes"].as_array().cloned().unwrap_or_default();
        let rows = rows.into_iter().filter_map(|row| {
            let pid = u32::try_from(row["pid"].as_u64()?).ok()?;
            Some((row["name"].as_str()?.to_owned(), pid))
        });
        rows.collect()
    }

    /// The pid of a process; 0 when it doesn't run.
    pub(crate) fn pid(&self, name: &str) -> u32 {
        self.processes()
            .into_iter()
            .find(|(it, _)| it == name)
            .map_or(0, |(_, pid)| pid)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The sample configuration that is started by itself.
pub(crate) fn sample() -> PathBuf {
    one_of("broker")
}

/// One of the sample configurations.
pub(crate) fn one_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../config/{name}.yml"))
}

/// The program with the flags that `up` gives it.
pub(crate) fn command(root: &Path, port: u16, config: &Path) -> Command {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_chandler-local"));
    command.arg("--root").arg(root).arg("--programs").arg(programs());
    command.arg("--nats-server").arg(nats_server(&repository));
    command.args(["--port", &port.to_string()]).arg("--config").arg(config);
    command
}

/// Where cargo put the other programs.
pub(crate) fn programs() -> PathBuf {
    let own = Path::new(env!("CARGO_BIN_EXE_chandler-local"));
    let dir = own.parent().unwrap().to_owned();
    for name in [
        "adapter-guard",
        "chandler",
        "chandler-binding",
        "chandler-errands",
        "chandler-gateway",
        "chandler-provisioning",
        "chandler-simulators",
        "chandler-uaa-clients",
        "example-adapter",
    ] {
        let built = dir.join(name).is_file();
        assert!(
            built,
            "{name} isn't built: run `cargo build --workspace --bins` first (tests/run does)"
        );
    }
    dir
}

#[expect(clippy::disallowed_methods, reason = "tests are told where the server is")]
fn nats_server(repository: &Path) -> PathBuf {
    if let Ok(named) = std::env::var("CHANDLER_NATS_SERVER") {
        return named.into();
    }
    let kept = repository.join("target/tools/bin/nats-server");
    if kept.exists() { kept } else { "nats-server".into() }
}

/// Sends a signal.
pub(crate) fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

/// Whether a process runs; one that is dead and not yet reaped doesn't.
pub(crate) fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.split_whitespace().next());
    !matches!(state, None | Some("Z" | "X"))
}

/// Waits for a condition, with a deadline; `tell` tells what was seen instead.
pub(crate) fn until(what: &str, met: impl Fn() -> bool, tell: impl Fn() -> String) {
    let end = Instant::now() + Duration::from_secs(60);
    while !met() {
        assert!(Instant::now() < end, "{what}: not within 60 s\n{}", tell());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
