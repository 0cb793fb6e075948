//! What keeps the worker from starting is told at once.
use crate::ground::{Places, adapter, broker_yml};
use chandler_binding::settings::Settings;
use chandler_common::program::Settings as _;
use chandler_proto::config;
use chandler_simulators::tls::Identity;
use serde_json::Value;
use std::time::Duration;

fn yml(dir: &std::path::Path, ca: &str) -> Value {
    broker_yml(&Places {
        nats: "nats://127.0.0.1:4222",
        director: "https://127.0.0.1:25555",
        credhub: "https://127.0.0.1:8844",
        bosh_credhub: "https://127.0.0.1:8845",
        ca,
        adapter: &adapter(dir),
    })
}

#[test]
fn clients_are_made_of_what_is_configured() {
    let dir = tempfile::tempdir().unwrap();
    let ca = Identity::generate().unwrap().ca_pem;
    let mut yml = yml(dir.path(), &ca);
    let (_, settings) = config::load(&yml.to_string(), Settings::of).unwrap();
    assert!(settings.credhub.is_some() && settings.bosh_credhub.is_some());
    let one_run = Duration::from_secs(settings.config.chandler.workers.adapter_seconds);
    assert!(settings.turn_limit() > one_run * 4, "{:?}", settings.turn_limit());
    assert!(!settings.outside().is_monitored());
    yml["chandler"]["bus"]["monitor_urls"] = serde_json::json!(["http://127.0.0.1:1"]);
    let (_, monitored) = config::load(&yml.to_string(), Settings::of).unwrap();
    assert!(monitored.outside().is_monitored());
    yml.as_object_mut().unwrap().remove("credhub");
    yml["broker"]["enable_secure_manifests"] = false.into();
    let (_, settings) = config::load(&yml.to_string(), Settings::of).unwrap();
    assert!(settings.credhub.is_none() && settings.bosh_credhub.is_none());
}

#[test]
fn all_that_is_missing_is_told_in_one_round() {
    let dir = tempfile::tempdir().unwrap();
    let mut yml = yml(dir.path(), "not a certificate");
    yml["chandler"].as_object_mut().unwrap().remove("seal");
    yml["service_adapter"]["path"] = "/no/such/adapter".into();
    let Err(refused) = config::load(&yml.to_string(), Settings::of) else {
        panic!("it starts")
    };
    let said = refused.to_string();
    for wanted in ["bosh", "credhub", "bosh_credhub", "chandler.seal", "/no/such/adapter"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("hush"), "{said}");
}
