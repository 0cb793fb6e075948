//! The program itself.
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A process that ends with this.
pub(crate) struct Child(pub(crate) std::process::Child);

/// A worker's program on a configuration of its own; it ends with this.
pub struct Program {
    child: Child,
    dir: TempDir,
}

/// The time at which a test is given up.
pub struct Until(Instant);

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    /// Starts the executable, as `CARGO_BIN_EXE_...` names it, with this `broker.yml`.
    pub fn start(executable: &str, broker_yml: &Value) -> Program {
        let dir = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let child = with_config(executable, broker_yml, dir.path())
            .args(["--admin-addr", "127.0.0.1:0", "--log", "json"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Program {
            child: Child(child),
            dir,
        }
    }

    /// What `/readyz` answers, head and body; nothing as long as nobody listens.
    pub fn readyz(&self) -> Option<String> {
        let log = std::fs::read_to_string(self.dir.path().join("log")).ok()?;
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let addr = lines.find_map(|line| line["admin_addr"].as_str().map(str::to_owned))?;
        let mut stream = TcpStream::connect(addr).ok()?;
        let request = b"GET /readyz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
        stream.write_all(request).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Tells it to stop (SIGTERM), and that it does, with code 0; then all that it logged.
    pub async fn stop(mut self, limit: &Until) -> String {
        let told = Command::new("kill").arg(self.child.0.id().to_string()).status();
        assert!(told.unwrap().success());
        let code = loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                break status.code();
            }
            limit.pause("the worker ends").await;
        };
        assert_eq!(code, Some(0), "SIGTERM");
        std::fs::read_to_string(self.dir.path().join("log")).unwrap()
    }
}

/// What the executable says of a `broker.yml` that it refuses with code 64.
pub fn refusal(executable: &str, broker_yml: &Value) -> String {
    let dir = tempfile::tempdir().unwrap();
    let output = with_config(executable, broker_yml, dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    String::from_utf8(output.stderr).unwrap()
}

/// Asserts that none of these stands in a log.
pub fn tells_none_of(log: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

fn with_config(executable: &str, broker_yml: &Value, dir: &Path) -> Command {
    let path: PathBuf = dir.join("broker.yml");
    std::fs::write(&path, broker_yml.to_string()).unwrap();
    let mut command = Command::new(executable);
    command.arg("--config").arg(path);
    command
}

impl Until {
    /// So many seconds from now.
    pub fn seconds(seconds: u64) -> Until {
        Until(Instant::now() + Duration::from_secs(seconds))
    }

    /// A moment, before a condition is looked at again.
    pub async fn pause(&self, what: &str) {
        assert!(Instant::now() < self.0, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
