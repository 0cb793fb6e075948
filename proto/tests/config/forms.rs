//! Both forms give an equal configuration, with the defaults of ODB's release.
use crate::support::{config, edited, file, finding, load, only, properties, remove, set};
use chandler_proto::config::{CfAuthentication, Pem};
use serde_json::json;

#[test]
fn both_forms_of_the_small_file_are_equal() {
    assert_eq!(config(&file()), config(&properties()));
}

#[test]
fn the_defaults_are_those_of_the_release() {
    for root in [file(), properties()] {
        let config = config(&root);
        let broker = &config.broker;
        assert_eq!(
            (broker.port, broker.use_stdin, broker.shutdown_timeout_in_seconds),
            (8080, true, 60)
        );
        assert!(!broker.startup_banner && !broker.expose_operational_errors && !broker.disable_bosh_configs);
        assert_eq!(
            config.catalog.offerings[0].adapter.path,
            "/var/vcap/packages/odb-service-adapter/bin/service-adapter"
        );
        assert_eq!(broker.tls, None);
        assert_eq!(load(&root).expect("loads").warnings, []);
    }
}

#[test]
fn every_key_of_the_broker_moves() {
    let keys = [
        ("port", json!(9000)),
        ("startup_banner", json!(true)),
        ("disable_bosh_configs", json!(true)),
        ("shutdown_timeout_in_seconds", json!(5)),
        ("expose_operational_errors", json!(true)),
        ("use_stdin", json!(false)),
        ("skip_check_for_pending_changes", json!(true)),
        ("disable_ssl_cert_verification", json!(true)),
        ("enable_secure_manifests", json!(true)),
        ("support_backup_agent_binding", json!(true)),
    ];
    for (name, value) in keys {
        let as_file = config(&edited(file(), &format!("broker.{name}"), value.clone()));
        assert_eq!(as_file, config(&edited(properties(), name, value)), "{name}");
        assert_ne!(as_file, config(&file()), "{name}");
    }
}

#[test]
fn certificates_come_as_files_or_as_text() {
    let paths = edited(
        file(),
        "broker.tls",
        json!({"cert_file": "/c.crt", "key_file": "/c.key"}),
    );
    let tls = config(&paths).broker.tls.expect("tls");
    assert_eq!(
        (tls.certificate, tls.private_key),
        (Pem::File("/c.crt".into()), Pem::File("/c.key".into()))
    );
    let texts = edited(
        properties(),
        "tls",
        json!({"certificate": "CERT", "private_key": "KEY"}),
    );
    let tls = config(&texts).broker.tls.expect("tls");
    assert!(
        matches!((&tls.certificate, &tls.private_key), (Pem::Text(c), Pem::Text(k)) if c.expose() == "CERT" && k.expose() == "KEY")
    );
    for (form, at, half, missing) in [
        (properties(), "tls", "certificate", "tls.private_key"),
        (properties(), "tls", "private_key", "tls.certificate"),
        (file(), "broker.tls", "cert_file", "broker.tls.key_file"),
        (file(), "broker.tls", "key_file", "broker.tls.cert_file"),
    ] {
        let found = only(&edited(form, at, json!({ half: "PEM" })));
        let text = format!("Invalid TLS config - missing {missing}");
        assert_eq!(found, finding(missing, &text));
    }
    // A key of the other form is not known here, and has no effect.
    let other = edited(properties(), "tls", json!({"cert_file": "/c", "key_file": "/k"}));
    assert_eq!(config(&other), config(&properties()));
    let hint = |form: serde_json::Value, path: &str, value: serde_json::Value| {
        let loaded = load(&edited(form, path, value)).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
        let warning = loaded.warnings.into_iter().find(|it| it.path == path);
        warning.unwrap_or_else(|| panic!("{path}")).message
    };
    assert_eq!(
        hint(file(), "enable_telemetry", json!(true)),
        "is a key of the properties of the job and is ignored; here it is `broker.enable_telemetry`"
    );
    assert_eq!(
        hint(file(), "service_catalog.plans[0].resource_costs", json!({"memory": 1})),
        "is a key of the properties of the job only and is ignored"
    );
    assert_eq!(
        hint(properties(), "credhub", json!({"api_url": "u"})),
        "is a key of broker.yml only and is ignored"
    );
}

#[test]
fn the_old_single_stemcell_counts() {
    let mut old = properties();
    remove(&mut old, "service_deployment.stemcells");
    set(
        &mut old,
        "service_deployment.stemcell",
        json!({"os": "ubuntu-jammy", "version": "1.651"}),
    );
    assert_eq!(config(&old), config(&file()));
    set(&mut old, "service_deployment.stemcell.version", json!("latest"));
    assert_eq!(only(&old).path, "service_deployment.stemcell.version");
    let both = edited(
        properties(),
        "service_deployment.stemcell",
        json!({"os": "o", "version": "1"}),
    );
    let text = r#"You cannot configure both "stemcell" and "stemcells" in broker.service_deployment."#;
    assert_eq!(only(&both), finding("service_deployment.stemcell", text));
}

#[test]
fn the_old_cf_authentication_counts() {
    let old = json!({"url": "https://cf", "authentication": {"url": "https://uaa", "client_credentials": {"client_id": "c", "secret": "s"}}});
    let new = json!({"url": "https://cf", "uaa": {"url": "https://uaa", "authentication": {"client_credentials": {"client_id": "c", "client_secret": "s"}}}});
    let from_old = config(&edited(properties(), "cf", old));
    assert_eq!(from_old, config(&edited(file(), "cf", new)));
    assert!(
        matches!(from_old.cf.expect("cf").authentication, Some(CfAuthentication::Client(client)) if client.client_id == "c")
    );
}

#[test]
fn empty_plans_are_left_out() {
    let mut all = properties();
    all["service_catalog"]["plans"]
        .as_array_mut()
        .expect("plans")
        .push(json!(null));
    assert_eq!(config(&all), config(&file()));
}

#[test]
fn findings_name_the_keys_of_the_form_that_was_given() {
    assert_eq!(
        only(&edited(properties(), "port", json!("x"))),
        finding("port", "must be a whole number, not a text")
    );
    assert_eq!(only(&edited(file(), "broker.port", json!("x"))).path, "broker.port");
    assert_eq!(
        only(&edited(properties(), "port", json!(0))),
        finding("port", "broker.port can't be empty")
    );
    let mut half = properties();
    remove(&mut half, "password");
    assert_eq!(only(&half), finding("password", "broker.password can't be empty"));
    let uaa = edited(
        properties(),
        "bosh.authentication.uaa",
        json!({"client_id": "c", "client_secret": "s"}),
    );
    assert_eq!(
        only(&edited(
            uaa,
            "bosh.authentication.basic",
            json!({"username": "u", "password": "p"})
        ))
        .path,
        "bosh.authentication"
    );
}

#[test]
fn credentials_are_asked_for_by_who_needs_them() {
    let mut none = file();
    remove(&mut none, "broker.username");
    assert_eq!(
        only(&none),
        finding("broker.username", "broker.username can't be empty")
    );
    remove(&mut none, "broker.password");
    let missing = config(&none).credentials().expect_err("none").to_string();
    assert_eq!(
        missing,
        "broker.username: broker.username can't be empty\nbroker.password: broker.password can't be empty"
    );
    set(
        &mut none,
        "chandler.credentials",
        json!([{"username": "next", "password": "p"}]),
    );
    assert_eq!(config(&none).credentials().expect("one")[0].username, "next");
}
