//! A real nats-server that can be killed and started again.
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) struct Nats {
    dir: TempDir,
    child: Option<Child>,
    port: u16,
}

/// `CHANDLER_NATS_SERVER`, else one in `target/tools`, else the one on the PATH.
#[expect(
    clippy::disallowed_methods,
    reason = "the test command names the server by the environment"
)]
fn binary() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/bin/nats-server");
    let named = std::env::var("CHANDLER_NATS_SERVER").ok().map(PathBuf::from);
    named
        .or(tools.is_file().then_some(tools))
        .unwrap_or_else(|| "nats-server".into())
}

impl Nats {
    pub(crate) fn start() -> Self {
        let mut nats = Nats {
            dir: tempfile::tempdir().unwrap(),
            child: None,
            port: 0,
        };
        nats.again();
        nats
    }

    /// Starts it, on the same port and store as before.
    pub(crate) fn again(&mut self) {
        let port = if self.port == 0 {
            "-1".to_owned()
        } else {
            self.port.to_string()
        };
        let mut child = Command::new(binary())
            .args(["-a", "127.0.0.1", "-p", &port, "-js", "-sd"])
            .arg(self.dir.path().join("store"))
            .arg("--ports_file_dir")
            .arg(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("nats-server doesn't start: {error}; name one in CHANDLER_NATS_SERVER"));
        let ports = self.dir.path().join(format!("nats-server_{}.ports", child.id()));
        let end = Instant::now() + Duration::from_secs(20);
        self.port = loop {
            if let Some(port) = port_in(&ports) {
                break port;
            }
            assert!(
                child.try_wait().unwrap().is_none() && Instant::now() < end,
                "nats-server isn't ready"
            );
            std::thread::yield_now();
        };
        self.child = Some(child);
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// It loses all that it stored.
    pub(crate) fn loses_all(&mut self) {
        self.kill();
        std::fs::remove_dir_all(self.dir.path().join("store")).unwrap();
        self.again();
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where there is no server and never will be: nobody is given this port. That of a server which has ended may be another
/// test's a moment later.
pub(crate) const NO_SERVER: &str = "nats://127.0.0.1:1";

fn port_in(file: &Path) -> Option<u16> {
    let ports: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    ports["nats"][0].as_str()?.rsplit_once(':')?.1.parse().ok()
}
