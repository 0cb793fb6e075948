//! The gateway as a process: arguments, exit codes, signals, traces.
use crate::{
    nats::NO_SERVER,
    world::{World, body, config_text, until},
};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// The program, with a configuration of its own.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) config: PathBuf,
    lines: Arc<Mutex<Vec<String>>>,
    _dir: TempDir,
}

impl Program {
    pub(crate) fn start(config: &str, args: &[&str]) -> Self {
        Program::start_in(config, args, &[])
    }

    /// With these variables besides.
    pub(crate) fn start_in(config: &str, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file: PathBuf = dir.path().join("broker.yml");
        std::fs::write(&file, config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_chandler-gateway"))
            .args(["--log", "json", "--admin-addr", "127.0.0.1:0"])
            .args(args)
            .env("CHANDLER_CONFIG", &file)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (stderr, kept) = (child.stderr.take().unwrap(), lines.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Program {
            child,
            config: file,
            lines,
            _dir: dir,
        }
    }

    pub(crate) fn said(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// A field of the first line that has it.
    pub(crate) async fn field(&self, name: &str) -> String {
        let find = || {
            let lines = self.lines.lock().unwrap();
            let mut lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.find_map(|line| Some(line.get(name)?.as_str()?.to_owned()))
        };
        until(name, || async { find().is_some() }).await;
        find().unwrap()
    }

    /// Where it serves; for a client on this machine.
    pub(crate) async fn addr(&self) -> SocketAddr {
        let port = self.field("addr").await.rsplit_once(':').unwrap().1.parse().unwrap();
        ([127, 0, 0, 1], port).into()
    }

    pub(crate) fn signal(&self, name: &str) {
        let (name, pid) = (format!("-{name}"), self.child.id().to_string());
        assert!(Command::new("kill").args([name, pid]).status().unwrap().success());
    }

    pub(crate) async fn code(&mut self) -> Option<i32> {
        let mut code = None;
        until("it ends", || {
            code = self.child.try_wait().unwrap();
            let ended = code.is_some();
            async move { ended }
        })
        .await;
        code.unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_wrong_configuration_is_64_and_a_taken_port_69() {
    let url = "nats://127.0.0.1:1";
    let without = config_text(url)
        .replace("seal:", "unsealed:")
        .replace("broker, password: \"p:ss\"", "broker, password: \"\"");
    let mut program = Program::start(&without, &["--port", "0"]);
    assert_eq!(program.code().await, Some(64));
    until("it says all of it", || async {
        let said = program.said();
        ["broker.password: ", "chandler.seal: ", "warning: chandler.unsealed: "]
            .iter()
            .all(|line| said.contains(line))
    })
    .await;
    let mut program = Program::start(&config_text(url).replace("seal:", "unsealed:"), &["--port", "0"]);
    assert_eq!(program.code().await, Some(64));
    until("it says why", || async { program.said().contains("chandler.seal") }).await;
    assert!(!program.said().contains("admin_addr"), "no port was bound");

    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut program = Program::start(&config_text(url), &["--port", &port]);
    assert_eq!(program.code().await, Some(69), "{}", program.said());
}

#[tokio::test]
async fn it_serves_traces_and_stops_at_a_signal() {
    let world = World::new(0).await;
    let mut program = Program::start(&config_text(&world.nats.url()), &["--port", "0"]);
    let admin = program.field("admin_addr").await;
    let port = program.field("addr").await.rsplit_once(':').unwrap().1.to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ready = || async {
        http.get(format!("http://{admin}/readyz"))
            .send()
            .await
            .unwrap()
            .status()
            == 200
    };
    until("it is ready", ready).await;

    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let put = http
        .put(format!(
            "http://127.0.0.1:{port}/v2/service_instances/i?accepts_incomplete=true"
        ))
        .basic_auth("broker", Some("p:ss"))
        .header("X-Broker-API-Version", "2.17")
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"))
        .json(&body(json!({ "password": "s3cr3t" })));
    assert_eq!(put.send().await.unwrap().status(), 202);
    let (record, _) = world.record("i").await.unwrap();
    let traceparent = record.job.traceparent.unwrap();
    assert!(
        traceparent.contains(trace) && !traceparent.contains("00f067aa0ba902b7"),
        "a span of our own: {traceparent}"
    );
    until("the request is logged", || async {
        program.said().contains("\"answered\"")
    })
    .await;
    let said = program.said();
    assert!(
        said.contains(trace) && !said.contains("s3cr3t") && !said.contains("p:ss"),
        "{said}"
    );

    program.signal("TERM");
    assert_eq!(program.code().await, Some(0), "{}", program.said());
}

#[tokio::test]
async fn without_a_bus_it_starts_and_says_so() {
    let program = Program::start(&config_text(NO_SERVER), &["--port", "0"]);
    let port = program.field("addr").await.rsplit_once(':').unwrap().1.to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |path: &str| {
        let url = format!("http://127.0.0.1:{port}{path}");
        http.get(url)
            .basic_auth("broker", Some("p:ss"))
            .header("X-Broker-API-Version", "2.17")
            .send()
    };
    assert_eq!(get("/v2/catalog").await.unwrap().status(), 200);
    assert_eq!(get("/v2/service_instances/i").await.unwrap().status(), 503);
    let admin = program.field("admin_addr").await;
    let ready = http.get(format!("http://{admin}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 503, "it never knew anything");
    assert!(ready.text().await.unwrap().contains("the bus is away"));
}

#[tokio::test]
async fn a_banner_is_one_line_and_only_if_wanted() {
    for (wanted, lines) in [("true", 1), ("false", 0)] {
        let banner = format!("broker: {{startup_banner: {wanted}, ");
        let text = config_text("nats://127.0.0.1:1").replace("broker: {", &banner);
        let mut program = Program::start(&text, &["--port", "0"]);
        let addr = program.field("addr").await;
        program.signal("TERM");
        assert_eq!(program.code().await, Some(0), "{}", program.said());
        let mut said = String::new();
        program.child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said.lines().count(), lines, "{said}");
        assert_eq!(
            said.contains(&addr) && said.starts_with("Chandler "),
            lines == 1,
            "{said}"
        );
    }
}

/// It calls nobody there, but it may be the only process whose log is read.
#[tokio::test]
async fn what_is_not_checked_is_told_at_each_start() {
    let text = config_text("nats://127.0.0.1:1").replace("broker: {", "broker: {disable_ssl_cert_verification: true, ");
    let api = "service_instances_api: {url: 'https://si', disable_ssl_cert_verification: true, authentication: {basic: {username: u, password: s3cr3t}}}";
    for _ in 0..2 {
        let program = Program::start(&format!("{text}{api}\n"), &["--port", "0"]);
        until("it warns", || async {
            let said = program.said();
            said.contains("the certificates of Cloud Controller and its UAA are not checked")
                && said.contains("the certificate of the service instances API is not checked")
                && said.contains("\"service_instances_api.disable_ssl_cert_verification\"")
        })
        .await;
        assert!(!program.said().contains("s3cr3t"));
    }
}
