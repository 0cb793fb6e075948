//! A real nats-server, killed at the end of the test.
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A nats-server with JetStream on a directory of its own.
pub(crate) struct Nats {
    dir: TempDir,
    child: Child,
}

impl Nats {
    pub(crate) fn start() -> Self {
        Nats::of("jetstream { store_dir: STORE }")
    }

    /// With these lines of configuration; `STORE` is its directory.
    pub(crate) fn of(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (at, program) = (dir.path(), program());
        let conf = at.join("nats.conf");
        let more = more.replace("STORE", &format!("{at:?}"));
        let text = format!("listen: \"127.0.0.1:-1\"\nhttp: \"127.0.0.1:-1\"\nports_file_dir: {at:?}\n{more}\n");
        std::fs::write(&conf, text).unwrap();
        let child = Command::new(&program)
            .arg("-c")
            .arg(&conf)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|why| panic!("{program}: {why}; name a nats-server in CHANDLER_NATS_SERVER"));
        Nats { dir, child }
    }

    /// Its address, once it has one.
    pub(crate) async fn url(&self) -> String {
        self.port("nats").await
    }

    /// The address of its monitoring.
    pub(crate) async fn monitor(&self) -> String {
        self.port("monitoring").await
    }

    async fn port(&self, of: &str) -> String {
        let file = self.dir.path().join(format!("nats-server_{}.ports", self.child.id()));
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if let Ok(ports) = serde_json::from_str::<serde_json::Value>(&text)
                && let Some(url) = ports[of][0].as_str()
            {
                return url.to_owned();
            }
            assert!(Instant::now() < end, "the nats-server has no port");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests/run names the server by the environment")]
fn program() -> String {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/nats-server");
    let tools = tools.is_file().then(|| tools.to_str().unwrap().to_owned());
    std::env::var("CHANDLER_NATS_SERVER")
        .ok()
        .or(tools)
        .unwrap_or_else(|| "nats-server".into())
}
