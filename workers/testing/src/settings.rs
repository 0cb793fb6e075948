//! What every worker's configuration has.
use crate::nats::PASSWORD;
use serde_json::{Value, json};

/// The service offering.
pub const SERVICE: &str = "5f1ea7f0-0000-4000-8000-00000000000a";
/// Its one plan.
pub const PLAN: &str = "5f1ea7f0-0000-4000-8000-00000000000b";
/// A key for seals: base64 of 32 bytes.
pub const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// A `broker.yml` as JSON, which is YAML, for the worker that is this user of the bus at `nats`. Neither its Director nor its
/// adapter exists: a worker that needs them says where they are.
pub fn broker_yml(nats: &str, user: &str) -> Value {
    json!({
        "broker": {"port": 8080, "username": "broker", "password": "secret", "disable_cf_startup_checks": true,
                   "shutdown_timeout_in_seconds": 5, "use_stdin": true},
        "bosh": {"url": "https://127.0.0.1:1", "authentication": {"basic": {"username": "admin", "password": "admin"}}},
        "service_adapter": {"path": "/no/such/adapter"},
        "service_deployment": {
            "releases": [{"name": "example-kv", "version": "1.2.0", "jobs": ["kv"]}],
            "stemcells": [{"os": "ubuntu-jammy", "version": "1.406"}]},
        "service_catalog": {
            "id": SERVICE, "service_name": "example-kv", "service_description": "a small key-value store",
            "bindable": true, "plan_updatable": true, "plans": [plan(PLAN, "small")]},
        "chandler": {
            "bus": {"urls": [nats], "user": user, "password": PASSWORD},
            "seal": {"keys": [{"id": "k1", "key": KEY}], "fingerprint_key": KEY}}
    })
}

/// A plan of the catalog; its VMs are of the type that has its name.
pub fn plan(id: &str, name: &str) -> Value {
    let group = json!({"name": "kv", "vm_type": name, "instances": 1, "networks": ["default"], "azs": ["z1"]});
    json!({"plan_id": id, "name": name, "description": name, "free": true, "instance_groups": [group]})
}
