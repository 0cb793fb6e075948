//! The control API, and the program.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use chandler_simulators::uaa::Verifier;
use serde_json::{Value, json};

use crate::bench::{Answer, Bench, client};

#[tokio::test]
async fn every_knob_is_there_over_http() {
    let bench = Bench::new().await;
    let token = bench.token("bosh").await;
    for (method, path, body, status) in [
        (
            "POST",
            "faults",
            json!({"path": "/info", "count": 1, "call": {"do": "lose_request"}}),
            201,
        ),
        (
            "POST",
            "faults",
            json!({"path": "/info", "call": {"do": "explode"}}),
            422,
        ),
        ("DELETE", "faults/1", Value::Null, 204),
        ("DELETE", "faults", Value::Null, 204),
        ("PUT", "outage", json!({"outage": "api"}), 204),
        ("PUT", "outage", json!({"outage": "connections", "seconds": 0}), 204),
        ("PUT", "outage", json!({"outage": null}), 204),
        ("PUT", "settings", json!({"latency_ms": 1}), 204),
        ("PUT", "clock", json!({"frozen": true, "skip_seconds": 5}), 204),
        ("PUT", "clock", json!({"skip_seconds": -5}), 400),
        (
            "PUT",
            "tokens",
            json!({"token_seconds": 10, "skew_seconds": -2.5, "expires_in": 3}),
            204,
        ),
        ("PUT", "tokens", json!({"seconds": 10}), 422),
        ("PUT", "clients/bosh/secret", json!({"secret": "t"}), 204),
        ("PUT", "clients/nobody/secret", json!({"secret": "t"}), 404),
        ("DELETE", "clients/app", Value::Null, 204),
        ("DELETE", "clients/app", Value::Null, 404),
        ("POST", "keys/rotate", Value::Null, 204),
        ("DELETE", "keys/old", Value::Null, 204),
        ("DELETE", "tokens", Value::Null, 204),
    ] {
        let answer = bench.control(method, path, body.clone()).await;
        assert_eq!(answer.status, status, "{method} {path} {body}");
    }
    assert!(bench.uaa.verifier().verify(&token, bench.uaa.now()).is_err());
    let answer = bench
        .send(bench.grant("bosh", "t", "grant_type=client_credentials"))
        .await;
    assert_eq!(answer.json["expires_in"], 3);
    let (header, claims) = crate::bench::opened(answer.json["access_token"].as_str().expect("a token"));
    assert_eq!(header["kid"], "key-2");
    let times = ["iat", "exp"].map(|key| claims[key].as_i64().expect("seconds"));
    assert_eq!(times[1] - times[0], 10);
    let issued = bench.control("GET", "tokens", Value::Null).await.json;
    assert_eq!(issued, json!([{"client_id": "bosh", "issued": 2}]));
    let clients = bench.control("GET", "clients", Value::Null).await;
    assert!(clients.text.contains("\"bosh\"") && !clients.text.contains("secret"));
    let calls = bench.control("GET", "calls", Value::Null).await.json;
    assert_eq!(calls["calls"][1]["fate"], "done");
    assert_eq!(calls["counts"], json!([{"call": "POST /oauth/token", "count": 2}]));
}

/// Kills the program if a test fails before it ends.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(arguments: &[&str]) -> (Running, Value) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_chandler-simulators"))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let out = program.stdout.take().expect("its output");
    let program = Running(program);
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).expect("a line");
    (program, serde_json::from_str(&line).expect("JSON"))
}

#[tokio::test]
async fn two_programs_are_a_director_and_its_uaa() {
    let folder = std::env::temp_dir().join(format!("chandler-sim-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).expect("a folder");
    let file = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let seed = json!({
        "clients": [{
            "client_id": "odb", "client_secret": "s", "authorities": ["bosh.admin"],
            "authorized_grant_types": ["client_credentials"],
        }],
        "users": [{"name": "jo", "password": "pw", "groups": ["bosh.admin"]}],
    });
    std::fs::write(file("clients.json"), seed.to_string()).expect("the clients");
    let (clients, uaa_ca, ca) = (file("clients.json"), file("uaa.pem"), file("ca.pem"));
    let (_uaa, said) = start(&[
        "uaa",
        "--clients",
        &clients,
        "--ca-out",
        &uaa_ca,
        "--token-seconds",
        "60",
    ]);
    let url = said["uaa"].as_str().expect("an address");
    assert_eq!(said["ca"], uaa_ca.as_str());
    let (_director, director) = start(&["bosh", "--uaa-url", url, "--ca-out", &ca]);

    let read = |path: &str| std::fs::read_to_string(path).expect("the CA");
    let grant = client(&read(&uaa_ca))
        .post(format!("{url}/oauth/token"))
        .basic_auth("odb", Some("s"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let grant = Answer::of(grant.send().await.expect("an answer")).await;
    assert_eq!(grant.json["expires_in"], 59);
    let token = grant.json["access_token"].as_str().expect("a token");
    assert!(Verifier::offline(url).verify(token, 0.0).is_ok());
    let info = client(&read(&ca)).get(format!("{}/info", director["bosh"].as_str().expect("an address")));
    let info = Answer::of(info.bearer_auth(token).send().await.expect("an answer")).await;
    assert_eq!(info.json["user"], "odb");
    assert_eq!(info.json["user_authentication"]["options"]["url"], url);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn a_seed_that_breaks_a_rule_is_refused_without_its_secret() {
    let mut options = chandler_simulators::uaa::Options::default();
    for (seed, named) in [
        (
            json!({"clients": [{"client_id": "x", "client_secret": "hidden"}]}),
            "\"x\"",
        ),
        (
            json!({"clients": [{"client_secret": "hidden", "authorized_grant_types": ["password"]}]}),
            "client_id is missing",
        ),
        (
            json!({"users": [{"name": "jo", "passwort": "hidden"}]}),
            "no list of clients and users",
        ),
    ] {
        let error = options.seed(&seed.to_string()).expect_err("a broken rule");
        let text = format!("{error:#}");
        assert!(text.contains(named) && !text.contains("hidden"), "{text}");
    }
    assert!(options.clients.is_empty() && options.users.is_empty());
}
