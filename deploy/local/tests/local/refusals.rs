//! What is refused before anything is started.

use crate::world::{command, sample};
use std::net::TcpListener;
use std::path::Path;

/// Exit code 1 and this text, and nothing was started.
fn refused(port: u16, config: &Path, flags: &[&str], told: &str) {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path(), port, config).args(flags).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains(told), "{told}: {err}");
    assert_eq!(output.stdout, b"", "something was started");
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
fn a_configuration_that_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broker.yml");
    refused(0, &file, &[], "No such file");
    std::fs::write(&file, "a: {password: swordfish\n").unwrap();
    refused(0, &file, &[], "the configuration is not YAML");
}
