//! The broker itself, its adapter and what it deploys.
use super::{Key, Shape::*, When::*};

pub(super) const UNCHECKED: &str =
    "the certificates of Cloud Controller and its UAA are not checked: whoever is on the way to them can read tokens";

pub(super) const KEYS: &[Key] = &[
    Key::file("broker", Section),
    Key::moved("broker.port", "port", Int(0, 65_535)),
    Key::moved("broker.username", "username", Text),
    Key::moved("broker.password", "password", Secret),
    Key::moved(
        "broker.disable_ssl_cert_verification",
        "disable_ssl_cert_verification",
        Bool,
    )
    .warns(True, UNCHECKED),
    Key::moved("broker.disable_bosh_configs", "disable_bosh_configs", Bool),
    Key::moved("broker.startup_banner", "startup_banner", Bool),
    Key::moved(
        "broker.shutdown_timeout_in_seconds",
        "shutdown_timeout_in_seconds",
        Int(0, 86_400),
    ),
    Key::moved("broker.disable_cf_startup_checks", "disable_cf_startup_checks", Bool),
    Key::moved("broker.expose_operational_errors", "expose_operational_errors", Bool),
    Key::moved("broker.enable_plan_schemas", "enable_plan_schemas", Bool),
    Key::moved("broker.use_stdin", "use_stdin", Bool),
    Key::moved("broker.enable_secure_manifests", "enable_secure_manifests", Bool),
    Key::moved("broker.enable_telemetry", "enable_telemetry", Bool),
    Key::file("broker.enable_optimised_upgrades", Bool).warns(True, "has no effect; it had none in ODB"),
    Key::moved(
        "broker.support_backup_agent_binding",
        "support_backup_agent_binding",
        Bool,
    ),
    Key::moved(
        "broker.skip_check_for_pending_changes",
        "skip_check_for_pending_changes",
        Bool,
    ),
    Key::moved("broker.tls", "tls", Section),
    Key::file("broker.tls.cert_file", Text),
    Key::file("broker.tls.key_file", Text),
    Key::property("tls.certificate", Text),
    Key::property("tls.private_key", Secret),
    Key::both("service_adapter", Section),
    Key::both("service_adapter.path", Text),
    Key::property("service_adapter.mount_paths", Any)
        .warns(Filled, "has no effect: it only tells a BOSH job what to mount"),
    Key::both("service_deployment", Section),
    Key::both("service_deployment.releases", List),
    Key::both("service_deployment.releases[].name", Text),
    Key::both("service_deployment.releases[].version", Text),
    Key::both("service_deployment.releases[].jobs", Texts),
    Key::both("service_deployment.stemcells", List),
    Key::both("service_deployment.stemcells[].os", Text),
    Key::both("service_deployment.stemcells[].version", Text),
    Key::both("service_deployment.stemcells[].name", Text),
    Key::property("service_deployment.stemcell", Section),
    Key::property("service_deployment.stemcell.os", Text),
    Key::property("service_deployment.stemcell.version", Text),
    Key::property("service_deployment.stemcell.name", Text),
];
