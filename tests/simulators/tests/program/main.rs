//! The program: a Cloud Controller that knows the UAA of another process.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Certificate, Client};
use serde_json::{Value, json};

/// A program that is killed when the test ends, however it ends.
struct Running {
    child: Child,
    said: Value,
}

impl Running {
    fn start(server: &str, flags: &[&str]) -> Self {
        let mut child = program(server, flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        let read = BufReader::new(out).read_line(&mut line);
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        let running = Self { child, said };
        assert!(
            read.is_ok() && running.said[server].is_string(),
            "{server} said {line:?}"
        );
        running
    }

    fn url(&self, key: &str) -> &str {
        self.said[key].as_str().expect("an address")
    }

    /// Sends SIGTERM; whether it ended well.
    fn stop(mut self) -> bool {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(kill.is_ok_and(|it| it.success()));
        self.child.wait().is_ok_and(|it| it.success())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(server: &str, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chandler-simulators"));
    command.arg(server).args(flags).env_remove("CC_SIM_CREDHUB_SECRET");
    command
}

fn client(authorities: &[&Path]) -> Client {
    _ = rustls::crypto::ring::default_provider().install_default();
    let read = |it: &&Path| Certificate::from_pem(&std::fs::read(it).expect("a CA")).expect("a certificate");
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only(authorities.iter().map(read));
    client.build().expect("a client")
}

async fn json_of(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_cloud_controller_beside_a_uaa() {
    let folder = tempfile::tempdir().expect("a folder");
    let [uaa_ca, cc_ca, clients] = ["uaa.pem", "cc.pem", "clients.json"].map(|name| folder.path().join(name));
    let admin = json!({
        "client_id": "admin", "client_secret": "s", "authorized_grant_types": ["client_credentials"],
        "authorities": ["cloud_controller.admin"],
    });
    std::fs::write(&clients, json!({"clients": [admin], "users": []}).to_string()).expect("a file");
    let text = |path: &Path| path.to_str().expect("a path").to_owned();
    let uaa = Running::start("uaa", &["--ca-out", &text(&uaa_ca), "--clients", &text(&clients)]);
    let flags = [
        "--uaa-url",
        uaa.url("uaa"),
        "--ca-out",
        &text(&cc_ca),
        "--organization",
        "acme=one,two",
    ];
    let cc = Running::start("cloud-controller", &flags);
    let http = client(&[&uaa_ca, &cc_ca]);

    let (status, root) = json_of(http.get(cc.url("cloud-controller"))).await;
    assert_eq!(status, 200, "{root}");
    assert_eq!(root["links"]["uaa"]["href"], uaa.url("uaa"));
    let form = "grant_type=client_credentials&client_id=admin&client_secret=s";
    let login = http.post(format!("{}/oauth/token", uaa.url("uaa"))).body(form);
    let (_, login) = json_of(login.header("content-type", "application/x-www-form-urlencoded")).await;
    let token = login["access_token"].as_str().expect("a token");
    let spaces = http.get(format!("{}/v3/spaces?order_by=name", cc.url("cloud-controller")));
    let (status, spaces) = json_of(spaces.bearer_auth(token)).await;
    assert_eq!(status, 200, "{spaces}");
    assert_eq!(
        (&spaces["resources"][0]["name"], &spaces["resources"][1]["name"]),
        (&json!("one"), &json!("two"))
    );
    let (_, state) = json_of(http.get(format!("{}/control/state", cc.url("control")))).await;
    assert_eq!(state["organizations"][0]["name"], "acme");
    assert!(cc.stop(), "SIGTERM ends it well");
}

/// The secret has no flag; without it there is no use in beginning.
#[test]
fn a_runtime_credhub_wants_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, "PEM").expect("a file");
    let flags = [
        "--uaa-url",
        "https://u.test",
        "--credhub-url",
        "https://c.test",
        "--credhub-ca",
        ca.to_str().expect("a path"),
    ];
    let output = program("cloud-controller", &flags).output().expect("it runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--credhub-url wants CC_SIM_CREDHUB_SECRET"), "{said}");
}
