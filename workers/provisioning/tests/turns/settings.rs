//! What this worker takes from the configuration, and what it says of a bad one.
use crate::{servers::Outside, site::broker_yml};
use chandler_common::program::Settings as _;
use chandler_proto::config;
use chandler_provisioning::settings::Settings;
use serde_json::{Value, json};

fn of(file: &Value) -> Result<Settings, Vec<String>> {
    let config = config::parse(&file.to_string()).unwrap().config;
    Settings::of(&config).map_err(|wrong| wrong.0.into_iter().map(|finding| finding.path).collect())
}

#[tokio::test]
async fn credhubs_are_made_when_they_are_wanted_and_all_findings_are_told_at_once() {
    let (servers, dir) = (Outside::start().await, tempfile::tempdir().unwrap());
    let file = || broker_yml("nats://127.0.0.1:1", &servers, dir.path());
    let both = of(&file()).unwrap();
    assert!(both.credhub.is_some() && both.bosh_credhub.is_some());

    let mut none = file();
    none["broker"]["enable_secure_manifests"] = json!(false);
    none.as_object_mut().unwrap().remove("credhub");
    let earlier = of(&none).unwrap();
    assert!(
        earlier.credhub.is_none() && earlier.bosh_credhub.is_some(),
        "instances may have secrets of before"
    );
    none.as_object_mut().unwrap().remove("bosh_credhub");
    let none = of(&none).unwrap();
    assert!(none.credhub.is_none() && none.bosh_credhub.is_none());

    let mut bad = file();
    bad["credhub"]["ca_cert"] = json!("not a certificate");
    bad["credhub"].as_object_mut().unwrap().remove("internal_uaa_ca_cert");
    bad["bosh_credhub"].as_object_mut().unwrap().remove("url");
    bad["chandler"].as_object_mut().unwrap().remove("seal");
    let paths = of(&bad).err().unwrap();
    assert_eq!(paths, ["chandler.seal", "credhub", "bosh_credhub.url"]);
}

#[tokio::test]
async fn clients_of_instances_are_looked_at_when_there_are_credentials() {
    let (servers, dir) = (Outside::start().await, tempfile::tempdir().unwrap());
    let file = || broker_yml("nats://127.0.0.1:1", &servers, dir.path());
    assert!(of(&file()).unwrap().uaa_clients.is_some());
    let mut none = file();
    none.as_object_mut().unwrap().remove("cf");
    assert!(of(&none).unwrap().uaa_clients.is_none());
    // Provisions would wait for their clients for ever.
    none["cf"] = json!({"uaa": {"client_definition": {"scopes": "openid"}}});
    let missing = of(&none).err().unwrap();
    assert_eq!(missing, ["cf.uaa.client_definition", "cf.uaa.url"]);
    let mut bad = file();
    bad["cf"]["root_ca_cert"] = json!("not a certificate");
    assert_eq!(of(&bad).err().unwrap(), ["cf.uaa"]);
}

#[tokio::test]
async fn the_bus_s_servers_are_looked_at_when_it_is_said_where() {
    let (servers, dir) = (Outside::start().await, tempfile::tempdir().unwrap());
    let mut file = broker_yml("nats://127.0.0.1:1", &servers, dir.path());
    assert!(!of(&file).unwrap().outside().is_monitored());
    file["chandler"]["bus"]["monitor_urls"] = json!(["http://127.0.0.1:1"]);
    assert!(of(&file).unwrap().outside().is_monitored());
}
