//! The configuration of the broker under test.
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Ids of the sample offering, as in the test configuration.
pub const SERVICE: &str = "5f1ea7f0-0000-4000-8000-00000000000a";
/// The plan `small`.
pub const SMALL: &str = "5f1ea7f0-0000-4000-8000-00000000000b";
/// The plan `large`.
pub const LARGE: &str = "5f1ea7f0-0000-4000-8000-00000000000c";

pub struct Ground<'a> {
    pub nats: &'a str,
    pub director: &'a str,
    pub ca: &'a str,
    pub adapter: &'a str,
    pub last_look_seconds: u64,
}

/// A `broker.yml` as JSON, which is YAML.
pub fn broker_yml(ground: &Ground<'_>) -> Value {
    let plan = |id: &str, name: &str, instances: u32| {
        json!({
            "plan_id": id, "name": name, "description": format!("a {name} store"), "free": true,
            "properties": {"persistence": true},
            "instance_groups": [{"name": "kv", "vm_type": "small", "instances": instances, "networks": ["default"], "azs": ["z1"]}],
            "update": {"canaries": 1, "max_in_flight": 1, "canary_watch_time": "1000-30000", "update_watch_time": "1000-30000"},
            "maintenance_info": {"version": "1.0.0"}
        })
    };
    json!({
        "broker": {"port": 8080, "username": "broker", "password": "secret", "disable_cf_startup_checks": true,
                   "shutdown_timeout_in_seconds": 5, "use_stdin": true},
        "bosh": {"url": ground.director, "root_ca_cert": ground.ca,
                 "authentication": {"basic": {"username": "admin", "password": "admin"}}},
        "service_adapter": {"path": ground.adapter},
        "service_deployment": {
            "releases": [{"name": "example-kv", "version": "1.2.0", "jobs": ["kv"]}],
            "stemcells": [{"os": "ubuntu-jammy", "version": "1.406"}]},
        "service_catalog": {
            "id": SERVICE, "service_name": "example-kv", "service_description": "a small key-value store",
            "bindable": false, "plan_updatable": false,
            "plans": [plan(SMALL, "small", 1), plan(LARGE, "large", 3)]},
        "chandler": {
            "bus": {"urls": [ground.nats]},
            "seal": {"keys": [{"id": "k1", "key": STANDARD.encode([1; 32])}], "fingerprint_key": STANDARD.encode([2; 32])},
            "workers": {"poll_seconds": 1, "note_seconds": 1},
            "last_look_seconds": ground.last_look_seconds}
    })
}
