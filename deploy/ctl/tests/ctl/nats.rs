//! A real nats-server, killed at the end of the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) struct Server {
    pub(crate) dir: TempDir,
    pub(crate) url: String,
    /// Where it is monitored, if it is.
    pub(crate) monitor: Option<String>,
    child: Child,
}

impl Server {
    /// Starts one on a free port, with more lines of configuration and environment.
    pub(crate) fn start(more: &str, env: &[(&str, &str)]) -> Server {
        Server::of("", more, env)
    }

    /// One that is monitored and syncs its writes so often.
    pub(crate) fn monitored(interval: &str) -> Server {
        let sync = format!(", sync_interval: {interval}");
        Server::of(&sync, "http: \"127.0.0.1:-1\"", &[])
    }

    fn of(sync: &str, more: &str, env: &[(&str, &str)]) -> Server {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        let file = path.join("nats.conf");
        let text = format!(
            "listen: \"127.0.0.1:-1\"\nports_file_dir: {path:?}\njetstream {{ store_dir: {:?}{sync} }}\n{more}\n",
            path.join("store")
        );
        std::fs::write(&file, text).unwrap();
        let mut child = Command::new(program())
            .arg("-c")
            .arg(&file)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ports = path.join(format!("nats-server_{}.ports", child.id()));
        let end = Instant::now() + Duration::from_secs(20);
        let (url, monitor) = loop {
            // The file may be half written.
            let text = std::fs::read_to_string(&ports).unwrap_or_default();
            let told: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            if let Some(url) = told["nats"][0].as_str() {
                break (url.to_owned(), told["monitoring"][0].as_str().map(str::to_owned));
            }
            assert!(child.try_wait().unwrap().is_none(), "nats-server ended");
            assert!(Instant::now() < end, "nats-server doesn't come up");
            std::thread::yield_now();
        };
        Server {
            dir,
            url,
            monitor,
            child,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `CHANDLER_NATS_SERVER`, else the one in `target/tools`, else the one in `PATH`.
#[expect(clippy::disallowed_methods, reason = "tests are told where the server is")]
pub(crate) fn program() -> PathBuf {
    if let Ok(named) = std::env::var("CHANDLER_NATS_SERVER") {
        return named.into();
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/nats-server");
    if kept.exists() { kept } else { "nats-server".into() }
}
