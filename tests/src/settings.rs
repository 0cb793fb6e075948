//! The configuration of the broker under test.
use crate::systems::{Systems, UaaClientOf};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Ids of the sample offering, as in the test configuration.
pub const SERVICE: &str = "5f1ea7f0-0000-4000-8000-00000000000a";
/// The plan `small`.
pub const SMALL: &str = "5f1ea7f0-0000-4000-8000-00000000000b";
/// The plan `large`.
pub const LARGE: &str = "5f1ea7f0-0000-4000-8000-00000000000c";

/// What the world consists of.
pub struct Ground<'a> {
    pub nats: &'a str,
    pub systems: &'a Systems,
    pub adapter: &'a str,
    pub last_look_seconds: u64,
    /// How many addresses by BOSH DNS every binding gets: none, `all`, `all` and `healthy`.
    pub dns: usize,
    /// Every plan has the errands of `lifecycle_errands` in this file.
    pub errands: bool,
}

/// The post-deploy errand with a VM of its own.
pub const SMOKE_TESTS: &str = "smoke-tests";
/// The post-deploy errand that runs beside the service, on the first two of its VMs.
pub const HEALTH_CHECK: &str = "health-check";
/// The pre-delete errand, which runs on all VMs of the service.
pub const CLEANUP_DATA: &str = "cleanup-data";
/// How many VMs the service has in the plan `small` when it has errands: enough for [`HEALTH_CHECK`].
pub const SMALL_WITH_ERRANDS: u32 = 2;

/// The errands of a plan.
fn lifecycle_errands() -> Value {
    json!({"post_deploy": [{"name": SMOKE_TESTS}, {"name": HEALTH_CHECK, "instances": ["kv/0", "kv/1"]}],
           "pre_delete": [{"name": CLEANUP_DATA, "instances": ["kv"]}]})
}

/// A `broker.yml` as JSON, which is YAML.
pub fn broker_yml(ground: &Ground<'_>) -> Value {
    let secure_manifests = ground.systems.bosh_credhub.is_some();
    let addresses = [
        json!({"name": "all", "link_provider": "kv", "instance_group": "kv"}),
        json!({"name": "healthy", "link_provider": "kv", "instance_group": "kv",
               "properties": {"azs": ["z1"], "status": "healthy"}}),
    ];
    let addresses = &addresses[..ground.dns];
    let plan = |id: &str, name: &str, instances: u32| {
        let mut properties = json!({"persistence": true});
        if secure_manifests {
            properties["secure"] = json!(true);
        }
        let mut plan = json!({
            "plan_id": id, "name": name, "description": format!("a {name} store"), "free": true,
            "properties": properties,
            "instance_groups": [{"name": "kv", "vm_type": "small", "instances": instances, "networks": ["default"], "azs": ["z1"]}],
            "update": {"canaries": 1, "max_in_flight": 1, "canary_watch_time": "1000-30000", "update_watch_time": "1000-30000"},
            "maintenance_info": {"version": "1.0.0"}
        });
        if !addresses.is_empty() {
            plan["binding_with_dns"] = json!(addresses);
        }
        if ground.errands {
            plan["lifecycle_errands"] = lifecycle_errands();
            let own = json!({"name": SMOKE_TESTS, "vm_type": "small", "instances": 1, "networks": ["default"],
                             "azs": ["z1"], "lifecycle": "errand"});
            plan["instance_groups"] = json!([plan["instance_groups"][0], own]);
        }
        plan
    };
    let small = if ground.errands { SMALL_WITH_ERRANDS } else { 1 };
    let mut json = json!({
        "broker": {"port": 8080, "username": "broker", "password": "secret", "disable_cf_startup_checks": true,
                   "shutdown_timeout_in_seconds": 5, "use_stdin": true},
        "bosh": {"url": ground.systems.bosh.url(), "root_ca_cert": ground.systems.director_cas(),
                 "authentication": {"basic": {"username": "admin", "password": "admin"}}},
        "service_adapter": {"path": ground.adapter},
        "service_deployment": {
            "releases": [{"name": "example-kv", "version": "1.2.0", "jobs": ["kv-server"]}],
            "stemcells": [{"os": "ubuntu-jammy", "version": "1.406"}]},
        "service_catalog": {
            "id": SERVICE, "service_name": "example-kv", "service_description": "a small key-value store",
            "bindable": true, "plan_updatable": false,
            "plans": [plan(SMALL, "small", small), plan(LARGE, "large", 3)]},
        "chandler": {
            "bus": {"urls": [ground.nats]},
            "seal": {"keys": [{"id": "k1", "key": STANDARD.encode([1; 32])}], "fingerprint_key": STANDARD.encode([2; 32])},
            "workers": {"poll_seconds": 1, "note_seconds": 1},
            // A 202 at once, so that flows see what goes on meanwhile.
            "gateway": {"binding_grace_seconds": 0},
            "last_look_seconds": ground.last_look_seconds}
    });
    authenticate(&mut json, ground.systems);
    json
}

/// Who the broker is at the UAA, and which CredHubs there are.
fn authenticate(json: &mut Value, systems: &Systems) {
    let client = |of: UaaClientOf| json!({"client_id": of.id(), "client_secret": of.secret()});
    if systems.director_by_uaa {
        json["bosh"]["authentication"] = json!({"uaa": {"client_credentials": client(UaaClientOf::Director)}});
    }
    if let (Some(credhub), Some(uaa)) = (&systems.credhub, &systems.uaa) {
        json["credhub"] = client(UaaClientOf::CredHub);
        json["credhub"]["api_url"] = json!(credhub.url());
        json["credhub"]["ca_cert"] = json!(credhub.ca_pem());
        json["credhub"]["internal_uaa_ca_cert"] = json!(uaa.ca_pem());
    }
    if let Some(credhub) = &systems.bosh_credhub {
        let client = client(UaaClientOf::BoshCredHub);
        json["broker"]["enable_secure_manifests"] = json!(true);
        json["bosh_credhub"] = json!({"url": credhub.url(), "root_ca_cert": credhub.ca_pem(),
            "authentication": {"uaa": {"client_credentials": client}}});
    }
    if let (true, Some(uaa)) = (systems.uaa_clients, &systems.uaa) {
        let client = client(UaaClientOf::Instances);
        json["cf"] = json!({"root_ca_cert": uaa.ca_pem(), "uaa": {"url": uaa.url(),
            "authentication": {"client_credentials": client}, "client_definition": client_definition()}});
    }
}

/// After which pattern each instance gets a UAA client. The space of all instances is `space`.
pub fn client_definition() -> Value {
    json!({"scopes": "openid,example-kv.ODB_SPACE_GUID.user", "authorities": "example-kv.ODB_SPACE_GUID.read",
           "resource_ids": "example-kv.ODB_SPACE_GUID", "authorized_grant_types": "authorization_code,refresh_token"})
}
