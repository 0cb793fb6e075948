//! What is refused before anything is started.

use crate::world::{command, sample};
use std::net::TcpListener;
use std::path::Path;

/// Exit code 1 and this text, and nothing was started.
fn refused(port: u16, config: &Path, flags: &[&str], told: &str) {
    ended(1, port, config, flags, &[told]);
}

/// This exit code and these texts, and nothing was started.
fn ended(code: i32, port: u16, config: &Path, flags: &[&str], told: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path(), port, config).args(flags).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{err}");
    for told in told {
        assert!(err.contains(told), "{told}: {err}");
    }
    assert_eq!(output.stdout, b"", "something was started");
    assert!(!dir.path().join("target/local/current.json").exists());
    err.into_owned()
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let told = format!("port {port} can't be used; `--port N` takes another one");
    refused(port, &sample(), &[], &told);
}

#[test]
fn a_tour_that_would_see_nothing() {
    let told = "the tour wants deployments of 2 s at least";
    refused(0, &sample(), &["--task-seconds", "1"], told);
}

#[test]
fn a_tour_on_a_real_director() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker.yml");
    let text = std::fs::read_to_string(sample()).unwrap();
    let real = text.replace("\nbosh:\n", "\nbosh:\n  url: https://director.example.com\n");
    assert_ne!(real, text);
    std::fs::write(&file, real).unwrap();
    refused(0, &file, &["--once"], "names a real Director");
}

#[test]
fn a_tour_on_a_real_credhub() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker.yml");
    let text = std::fs::read_to_string(sample()).unwrap();
    let real = "credhub: {api_url: 'https://credhub.example.com', client_id: c, client_secret: s}";
    std::fs::write(&file, format!("{text}\n{real}\n")).unwrap();
    refused(0, &file, &["--once"], "names a real CredHub");
}

#[test]
fn a_tour_on_a_real_cloud_controller() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker.yml");
    let text = std::fs::read_to_string(sample()).unwrap();
    let real = text.replace("\ncf:\n", "\ncf:\n  url: https://api.example.com\n");
    assert_ne!(real, text);
    std::fs::write(&file, real).unwrap();
    refused(0, &file, &["--once"], "names a real Cloud Controller");
}

#[test]
fn a_configuration_that_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker.yml");
    ended(64, 0, &file, &[], &["No such file"]);
    std::fs::write(&file, "a: {password: swordfish\n").unwrap();
    let told = ended(64, 0, &file, &[], &["broker.yml: "]);
    assert!(!told.contains("swordfish"), "{told}");
}

#[test]
fn a_configuration_that_no_process_would_take() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker.yml");
    let text = std::fs::read_to_string(sample()).unwrap();
    let wrong = text
        .replace("  port: 8080", "  port: eighty")
        .replace(
            "  path: /var/vcap/packages/example-kv-adapter/bin/service-adapter",
            "  path: /no/such/adapter",
        )
        .replace("  id: 7f0d3b52-2f51-4bbd-9a0a-6c5c9f6a1e01", "  id:")
        + "\ncredhub: {client_id: swordfish}\ncredhubb: {}\n";
    std::fs::write(&file, &wrong).unwrap();
    let line = |text: &str| 1 + wrong.lines().position(|line| line.contains(text)).unwrap();
    let told = [
        format!(
            "broker.port: must be a whole number, not a text (line {})",
            line("eighty")
        ),
        "service_adapter.path: ".to_owned(),
        format!("(line {})", line("/no/such/adapter")),
        "service_catalog.id: ".to_owned(),
        "credhub.client_secret: ".to_owned(),
        "warning: credhubb: is not a known key".to_owned(),
    ];
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let err = ended(64, 0, &file, &[], &told);
    assert!(!err.contains("swordfish"), "{err}");
}
