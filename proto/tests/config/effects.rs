//! What takes no effect yet is never silent, and everything is told at once.
use crate::support::{config, edited, file, finding, load, one_finding, properties, set};
use chandler_proto::config::parse;
use serde_json::json;

const UNCHECKED: &str =
    "the certificates of Cloud Controller and its UAA are not checked: whoever is on the way to them can read tokens";

#[test]
fn what_is_not_built_keeps_the_file_from_loading() {
    let path = "bosh.authentication.uaa.user_credentials";
    let found = one_finding(path, json!({"username": "u", "password": "p"}));
    assert_eq!(found.path, path);
    assert!(found.message.starts_with("does not take effect yet: "), "{found}");
}

#[test]
fn quotas_take_effect() {
    let plan = "service_catalog.plans[1]";
    let both = [
        ("service_catalog.global_quotas.service_instance_limit", json!(5)),
        ("service_catalog.global_quotas.resources.memory.limit", json!(50)),
        (&format!("{plan}.quotas.service_instance_limit"), json!(0)),
        (&format!("{plan}.quotas.resources.memory.cost"), json!(5)),
    ];
    let old = [
        ("service_catalog.global_quotas.resource_limits", json!({"ips": 1})),
        (&format!("{plan}.quotas.resource_limits"), json!({"ips": 1})),
        (&format!("{plan}.resource_costs"), json!({"ips": 1})),
    ];
    for (form, others) in [(file(), &old[..0]), (properties(), &old[..])] {
        let mut all = form;
        for (path, value) in both.iter().chain(others) {
            set(&mut all, path, value.clone());
        }
        let loaded = load(&all).expect("loads");
        assert_eq!(loaded.warnings, []);
        let plan = &loaded.config.catalog.offerings[0].plans[1];
        assert_eq!(plan.quotas.service_instance_limit, Some(0));
        let costs: Vec<_> = plan.quotas.costs().into_iter().collect();
        let memory = ("memory".to_owned(), 5);
        match others {
            [] => assert_eq!(costs, [memory]),
            _ => assert_eq!(costs, [("ips".to_owned(), 1), memory]),
        }
    }
}

#[test]
fn what_bindings_need_takes_effect() {
    let mut all = file();
    for (path, value) in [
        ("broker.enable_secure_manifests", json!(true)),
        ("broker.support_backup_agent_binding", json!(true)),
        (
            "bosh.authentication.uaa",
            json!({"client_credentials": {"client_id": "c", "client_secret": "s"}}),
        ),
        ("credhub", json!({"api_url": "u"})),
        ("bosh_credhub", json!({"url": "u"})),
        ("service_catalog.bindable", json!(true)),
        ("service_catalog.plans[1].bindable", json!(true)),
        (
            "service_catalog.plans[1].binding_with_dns",
            json!([{"name": "n", "link_provider": "l", "instance_group": "i"}]),
        ),
        ("chandler.deadlines.binding_seconds", json!(5)),
        ("chandler.plans.small.binding_seconds", json!(6)),
        ("chandler.gateway.bind_wait_seconds", json!(7)),
        ("chandler.gateway.binding_grace_seconds", json!(7)),
    ] {
        set(&mut all, path, value);
    }
    assert_eq!(load(&all).expect("loads").warnings, []);
}

#[test]
fn what_updates_need_takes_effect() {
    let mut all = file();
    for (path, value) in [
        ("broker.skip_check_for_pending_changes", json!(true)),
        ("service_catalog.plan_updatable", json!(true)),
        ("chandler.plans.small.plan_updatable", json!(false)),
        ("chandler.allow_context_updates", json!(true)),
    ] {
        set(&mut all, path, value);
    }
    let loaded = load(&all).expect("loads");
    assert_eq!(loaded.warnings, []);
    assert!(loaded.config.broker.skip_check_for_pending_changes && loaded.config.chandler.allow_context_updates);
    let offering = &loaded.config.catalog.offerings[0];
    let updatable: Vec<_> = offering.plans.iter().map(|plan| offering.is_updatable(plan)).collect();
    assert_eq!(updatable, [false, true]);
}

#[test]
fn what_errands_and_uaa_clients_need_takes_effect() {
    let client = json!({"client_credentials": {"client_id": "c", "client_secret": "s"}});
    let definition = json!({"scopes": "s", "authorities": "a", "authorized_grant_types": "g", "resource_ids": "r", "name": "n", "allowpublic": true});
    for mut all in [file(), properties()] {
        for (path, value) in [
            (
                "service_catalog.plans[1].lifecycle_errands",
                json!({"post_deploy": [{"name": "e"}], "pre_delete": [{"name": "e", "instances": ["kv/0"]}]}),
            ),
            ("chandler.deadlines.errand_seconds", json!(5)),
            ("chandler.plans.small.errand_seconds", json!(6)),
            ("cf.root_ca_cert", json!("CA")),
            ("cf.uaa.url", json!("https://uaa")),
            ("cf.uaa.authentication", client.clone()),
            ("cf.uaa.client_definition", definition.clone()),
        ] {
            set(&mut all, path, value);
        }
        assert_eq!(load(&all).expect("loads").warnings, []);
    }
}

#[test]
fn what_cloud_controller_is_asked_for_takes_effect() {
    let user = json!({"user_credentials": {"username": "u", "password": "p"}});
    for mut all in [file(), properties()] {
        for (path, value) in [
            ("cf.url", json!("https://api")),
            ("cf.uaa.url", json!("https://uaa")),
            ("cf.uaa.authentication", user.clone()),
            ("service_catalog.plans[0].cf_service_access", json!("manual")),
            ("service_catalog.plans[1].cf_service_access", json!("org-restricted")),
            ("service_catalog.plans[1].service_access_org", json!("org")),
        ] {
            set(&mut all, path, value);
        }
        assert_eq!(load(&all).expect("loads").warnings, []);
    }
}

#[test]
fn what_is_off_or_empty_is_fine() {
    let mut all = file();
    for (path, value) in [
        ("broker.enable_plan_schemas", json!(false)),
        ("broker.support_backup_agent_binding", json!(false)),
        (
            "service_instances_api",
            json!({"url": "", "disable_ssl_cert_verification": false, "authentication": {"basic": {}}}),
        ),
        (
            "service_catalog.global_quotas",
            json!({"service_instance_limit": null, "resources": {}}),
        ),
        ("service_catalog.plans[0].quotas", json!({})),
        (
            "service_catalog.plans[0].lifecycle_errands",
            json!({"post_deploy": [], "pre_delete": null}),
        ),
        ("service_catalog.plans[0].binding_with_dns", json!([])),
        ("cf.uaa.client_definition", json!({"scopes": ""})),
        ("cf.disable_ssl_cert_verification", json!(false)),
        ("chandler.offerings", json!([])),
    ] {
        set(&mut all, path, value);
    }
    assert_eq!(load(&all).expect("loads").warnings, []);
}

#[test]
fn what_is_harmless_is_a_warning() {
    for (path, value, text) in [
        ("broker.disable_ssl_cert_verification", json!(true), UNCHECKED),
        ("cf.disable_ssl_cert_verification", json!(true), UNCHECKED),
        (
            "broker.enable_optimised_upgrades",
            json!(true),
            "has no effect; it had none in ODB",
        ),
    ] {
        let loaded = load(&edited(file(), path, value)).unwrap_or_else(|findings| panic!("{path}: {findings}"));
        assert_eq!(loaded.warnings, [finding(path, text)]);
    }
}

#[test]
fn an_unknown_key_is_a_warning_with_the_nearest_name() {
    for (path, near) in [
        ("brokr", Some("broker")),
        ("broker.usernme", Some("username")),
        ("service_deployment.stemcell", Some("stemcells")),
        ("service_catalog.plans[1].update", None),
        ("service_catalog.plans[1].updates", Some("update")),
        ("service_catalog.plans[0].instance_groups[0].vm_typ", Some("vm_type")),
        ("chandler.bus.url", Some("urls")),
        ("chandler.plans.small.instance_second", Some("instance_seconds")),
        ("zzzz", None),
    ] {
        let value = if path.ends_with("update") {
            json!({"max_in_flight": 1, "zzzz": 1})
        } else {
            json!("x")
        };
        let loaded = load(&edited(file(), path, value)).unwrap_or_else(|findings| panic!("{path}: {findings}"));
        let text = match near {
            // That is how the other form has it.
            Some(name @ "stemcells") => {
                format!("is a key of the properties of the job only and is ignored; did you mean `{name}`?")
            }
            Some(name) => format!("is not a known key and is ignored; did you mean `{name}`?"),
            None => "is not a known key and is ignored".to_owned(),
        };
        let path = if path.ends_with("update") {
            format!("{path}.zzzz")
        } else {
            path.to_owned()
        };
        assert_eq!(loaded.warnings, [finding(&path, &text)]);
        assert_eq!(loaded.config.broker, config(&file()).broker);
    }
    let open = edited(file(), "service_catalog.metadata", json!({"anything": {"goes": 1}}));
    assert_eq!(load(&open).expect("loads").warnings, []);
}

#[test]
fn everything_is_told_at_once() {
    let text = "
broker: {port: x, username: broker, tls: {cert_file: /c}}
service_adapter: [a]
service_deployment: {releases: [{name: kv, version: latest}]}
service_catalog:
  id: service-1
  bindable: maybe
  plans:
  - {name: a, plan_id: 1, description: d, instance_groups: [{name: g}], update: {max_in_flight: lots}}
  - {name: a, plan_id: 1, lifecycle_errands: {post_deploy: [{instances: [kv]}]}}
chandler: {bus: {replicas: 4}}
";
    let findings = parse(text).expect_err("much is wrong");
    let paths: Vec<_> = findings.0.iter().map(|finding| finding.path.as_str()).collect();
    for path in [
        "broker.port",
        "broker.password",
        "broker.tls.key_file",
        "service_adapter",
        "service_deployment.releases[0].version",
        "service_deployment.releases[0].jobs",
        "service_deployment.stemcells",
        "service_catalog.service_name",
        "service_catalog.service_description",
        "service_catalog.bindable",
        "service_catalog.plan_updatable",
        "service_catalog.plans[0].instance_groups[0].vm_type",
        "service_catalog.plans[0].update.max_in_flight",
        "service_catalog.plans[1].plan_id",
        "service_catalog.plans[1].name",
        "service_catalog.plans[1].description",
        "service_catalog.plans[1].lifecycle_errands.post_deploy[0].name",
        "chandler.bus.replicas",
    ] {
        assert!(paths.contains(&path), "{path} is not among {paths:#?}");
    }
    assert_eq!(findings.to_string().lines().count(), findings.0.len(), "one line each");
}
