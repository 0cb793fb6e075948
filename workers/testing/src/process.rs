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

/// How many files were taken while the worker ran.
pub const RELOADS: &str = r#"chandler_worker_reloads_total{outcome="taken"}"#;
const CONFIG: &str = "broker.yml";

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
        std::fs::write(dir.path().join(CONFIG), broker_yml.to_string()).unwrap();
        Program::start_in(executable, dir)
    }

    /// The same with the `broker.yml` in `dir`, which may be any kind of file.
    pub fn start_in(executable: &str, dir: TempDir) -> Program {
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let child = Command::new(executable)
            .arg("--config")
            .arg(dir.path().join(CONFIG))
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

    /// Its `broker.yml`.
    pub fn config(&self) -> PathBuf {
        self.dir.path().join(CONFIG)
    }

    /// All that it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap()
    }

    /// Sends it this signal, e.g. `HUP`.
    pub fn signal(&self, name: &str) {
        let (name, pid) = (format!("-{name}"), self.child.0.id().to_string());
        assert!(Command::new("kill").args([name, pid]).status().unwrap().success());
    }

    /// Whether it has this file open.
    pub fn has_open(&self, file: &Path) -> bool {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.0.id())).unwrap();
        let mut links = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        links.any(|link| link == file)
    }

    /// What a metric shows, by its name and labels as they stand there.
    pub fn metric(&self, name: &str) -> Option<u64> {
        let metrics = self.get("/metrics")?;
        let mut values = metrics.lines().filter_map(|line| line.strip_prefix(name));
        values.find_map(|value| value.trim().parse().ok())
    }

    /// Its `broker.yml` is another one, from one moment to the next.
    pub fn put(&self, broker_yml: &Value) {
        let next = self.dir.path().join("next");
        std::fs::write(&next, broker_yml.to_string()).unwrap();
        std::fs::rename(next, self.config()).unwrap();
    }

    /// Gives it another `broker.yml` by SIGHUP, and sees that it takes it.
    pub async fn reload(&self, broker_yml: &Value, limit: &Until) {
        let before = loop {
            match self.metric(RELOADS) {
                Some(count) => break count,
                None => limit.pause("it has metrics").await,
            }
        };
        self.put(broker_yml);
        self.signal("HUP");
        while self.metric(RELOADS) != Some(before + 1) {
            limit.pause("the file is taken").await;
        }
    }

    /// What `/readyz` answers, head and body; nothing as long as nobody listens.
    pub fn readyz(&self) -> Option<String> {
        self.get("/readyz")
    }

    fn get(&self, path: &str) -> Option<String> {
        let log = std::fs::read_to_string(self.dir.path().join("log")).ok()?;
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let addr = lines.find_map(|line| line["admin_addr"].as_str().map(str::to_owned))?;
        let mut stream = TcpStream::connect(addr).ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Tells it to stop (SIGTERM), and that it does, with code 0; then all that it logged.
    pub async fn stop(self, limit: &Until) -> String {
        self.signal("TERM");
        self.ended(limit).await
    }

    /// That it ends, with code 0; then all that it logged.
    pub async fn ended(mut self, limit: &Until) -> String {
        let code = loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                break status.code();
            }
            limit.pause("the worker ends").await;
        };
        assert_eq!(code, Some(0), "{}", self.log());
        self.log()
    }
}

/// What the executable says of a `broker.yml` that it refuses with code 64.
pub fn refusal(executable: &str, broker_yml: &Value) -> String {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join(CONFIG);
    std::fs::write(&config, broker_yml.to_string()).unwrap();
    let output = Command::new(executable).arg("--config").arg(config).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    String::from_utf8(output.stderr).unwrap()
}

/// Asserts that none of these stands in a log.
pub fn tells_none_of(log: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
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
