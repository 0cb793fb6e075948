//! What this worker takes from the configuration, and what it says of a bad one.
use crate::site::broker_yml;
use chandler_common::program::Settings as _;
use chandler_errands::settings::Settings;
use chandler_proto::config;
use chandler_simulators::bosh::{BoshOptions, BoshSimulator};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn it_needs_the_bus_and_the_director_and_tells_at_once_what_is_wrong() {
    let bosh = BoshSimulator::start(BoshOptions::default()).await.unwrap();
    let mut yml = broker_yml("nats://127.0.0.1:1", &bosh);
    // No adapter, no key, no CredHub.
    let (_, settings) = config::load(&yml.to_string(), Settings::of).unwrap();
    assert!(settings.turn_limit() >= Duration::from_secs(60));
    assert!(!settings.outside().is_monitored());
    yml["chandler"]["bus"]["monitor_urls"] = json!(["http://127.0.0.1:1"]);
    let (_, monitored) = config::load(&yml.to_string(), Settings::of).unwrap();
    assert!(monitored.outside().is_monitored());
    yml["bosh"]["root_ca_cert"] = json!("not a certificate");
    yml["chandler"]["bus"]["urls"] = json!(["http://127.0.0.1:1"]);
    let Err(refused) = config::load(&yml.to_string(), Settings::of) else {
        panic!("it starts")
    };
    let said = refused.to_string();
    assert!(said.contains("bosh") && said.contains("bus"), "{said}");
}
