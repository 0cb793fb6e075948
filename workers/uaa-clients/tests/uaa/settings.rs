//! What this worker takes from the configuration, and what it says of a bad one.
use crate::ground::broker_yml;
use chandler_common::program::Settings as _;
use chandler_proto::config;
use chandler_simulators::tls::Identity;
use chandler_uaa_clients::settings::Settings;
use serde_json::{Value, json};

fn of(file: &Value) -> Result<Settings, Vec<String>> {
    let config = config::parse(&file.to_string()).unwrap().config;
    Settings::of(&config).map_err(|wrong| wrong.0.into_iter().map(|finding| finding.path).collect())
}

fn yml(ca: &str) -> Value {
    broker_yml("nats://127.0.0.1:1", "https://127.0.0.1:2", ca)
}

#[test]
fn the_bus_s_servers_are_looked_at_when_it_is_said_where() {
    let ca = Identity::generate().unwrap().ca_pem;
    let mut file = yml(&ca);
    assert!(!of(&file).unwrap().outside().is_monitored());
    file["chandler"]["bus"]["monitor_urls"] = json!(["http://127.0.0.1:1"]);
    assert!(of(&file).unwrap().outside().is_monitored());
}

#[test]
fn cloud_controller_is_looked_at_as_a_client_or_as_a_user_unless_its_checks_are_off() {
    let ca = Identity::generate().unwrap().ca_pem;
    let mut file = yml(&ca);
    // With its checks off the address may be missing, and nobody asks at one that is there.
    assert!(of(&file).unwrap().cloud_controller.is_none());
    file["cf"]["url"] = json!("https://127.0.0.1:3");
    assert!(of(&file).unwrap().cloud_controller.is_none());
    file["broker"]["disable_cf_startup_checks"] = json!(false);
    let settings = of(&file).unwrap();
    assert!(settings.cloud_controller.is_some() && settings.clients.is_some());
    let uaa = file["cf"]["uaa"].as_object_mut().unwrap();
    uaa.remove("client_definition");
    uaa["authentication"] = json!({"user_credentials": {"username": "admin", "password": "p"}});
    let settings = of(&file).unwrap();
    assert!(
        settings.cloud_controller.is_some() && settings.clients.is_none(),
        "a user keeps no clients"
    );
    file["cf"]["url"] = json!("http://127.0.0.1:3");
    assert_eq!(of(&file).err().unwrap(), ["cf"], "tokens don't go in clear");
    file.as_object_mut().unwrap().remove("cf");
    assert!(of(&file).unwrap().cloud_controller.is_none());
}
