//! What the gateways are configured with.
use chandler_proto::{config::Config, seal::Sealer, secret::Secret};

pub(crate) const SERVICE: &str = "service-1";
pub(crate) const PLAN: &str = "plan-1";
const ACCEPT_SECONDS: u64 = 3;

/// A configuration that names the bus at `url`.
pub(crate) fn config(url: &str) -> Config {
    config_of(&config_text(url))
}

pub(crate) fn config_of(text: &str) -> Config {
    chandler_proto::config::parse(text)
        .unwrap_or_else(|findings| panic!("{findings}"))
        .config
}

pub(crate) fn config_text(url: &str) -> String {
    let key = |fill: &str| fill.repeat(43) + "=";
    format!(
        r#"
broker: {{port: 8080, username: broker, password: "p:ss", disable_cf_startup_checks: true}}
service_adapter: {{path: /bin/true}}
service_deployment: {{releases: [{{name: r, version: "1", jobs: [j]}}], stemcells: [{{os: o, version: "1"}}]}}
service_catalog:
  id: {SERVICE}
  service_name: kv
  service_description: keys and values
  bindable: true
  plan_updatable: true
  plans:
  - {{plan_id: {PLAN}, name: small, description: one VM, maintenance_info: {{version: 1.2.3}}, instance_groups: [{{name: g, vm_type: t, instances: 1, networks: [n], azs: [z]}}]}}
  - {{plan_id: plan-2, name: large, description: three VMs, bindable: false, instance_groups: [{{name: g, vm_type: t, instances: 3, networks: [n], azs: [z]}}]}}
chandler:
  bus: {{urls: ["{url}"]}}
  seal: {{keys: [{{id: k1, key: {}}}], fingerprint_key: {}}}
  plans: {{large: {{plan_updatable: false}}}}
  credentials: [{{username: second, password: other}}]
  gateway: {{binding_grace_seconds: 0, accept_timeout_seconds: {ACCEPT_SECONDS}, request_timeout_seconds: 20}}
"#,
        key("A"),
        key("B").replace("BB=", "BA="),
    )
}

/// As the gateways of [`config`] seal.
pub(crate) fn sealer() -> Sealer {
    let keys = [Secret::new("A".repeat(43) + "="), Secret::new("B".repeat(42) + "A=")];
    Sealer::new([("k1", &keys[0])], &keys[1]).unwrap()
}
