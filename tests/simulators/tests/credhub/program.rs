//! The program, beside a UAA of another process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::bench::{http, send, set_body};

/// A program that is killed when the test ends, however it ends.
struct Running {
    child: Child,
    said: Value,
}

impl Running {
    fn start(server: &str, ca: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chandler-simulators"))
            .args([server, "--ca-out"])
            .arg(ca)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        let read = BufReader::new(out).read_line(&mut line);
        let running = Self {
            child,
            said: serde_json::from_str(&line).unwrap_or_default(),
        };
        assert!(
            read.is_ok() && running.said[server].is_string(),
            "{server} said {line:?}"
        );
        running
    }

    fn url(&self, key: &str) -> &str {
        self.said[key].as_str().expect("an address")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_runtime_and_a_bosh_credhub_at_one_uaa() {
    let folder = tempfile::tempdir().expect("a folder");
    let [uaa_ca, runtime_ca, bosh_ca] = ["uaa", "runtime", "bosh"].map(|name| folder.path().join(name));
    let clients = folder.path().join("clients.json");
    let broker = json!({
        "client_id": "broker", "client_secret": "s", "authorized_grant_types": ["client_credentials"],
        "authorities": ["credhub.read", "credhub.write"],
    });
    let text = json!({"clients": [broker], "users": []}).to_string();
    std::fs::write(&clients, text).expect("a file");
    let uaa = Running::start("uaa", &uaa_ca, &["--clients", clients.to_str().expect("a path")]);
    let known = ["--uaa-url", uaa.url("uaa")];
    let runtime = Running::start(
        "credhub",
        &runtime_ca,
        &[&known[..], &["--grant", "/c/*=broker"]].concat(),
    );
    let bosh = Running::start("credhub", &bosh_ca, &[&known[..], &["--no-acls"]].concat());

    let authorities = [uaa_ca, runtime_ca, bosh_ca].map(|file| std::fs::read_to_string(file).expect("a CA"));
    let http = http(&authorities.each_ref().map(String::as_str));
    let form = "grant_type=client_credentials&client_id=broker&client_secret=s";
    let login = http
        .post(format!("{}/oauth/token", uaa.url("uaa")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let (_, login) = send(login).await.expect("an answer of the UAA");
    let token = login["access_token"].as_str().expect("a token");
    for (server, name, status) in [(&runtime, "/c/x", 200), (&runtime, "/d/x", 403), (&bosh, "/d/x", 200)] {
        let put = http
            .put(format!("{}/api/v1/data", server.url("credhub")))
            .bearer_auth(token)
            .json(&set_body(name, json!({"a": 1})));
        assert_eq!(send(put).await.expect("an answer").0, status, "{name}");
    }
    let rows = http.get(format!("{}/control/credentials", bosh.url("control")));
    let (_, rows) = send(rows).await.expect("an answer of the control API");
    assert_eq!(rows[0]["name"], "/d/x");
}
