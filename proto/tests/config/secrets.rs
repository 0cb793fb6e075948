//! What is secret is never shown.
use crate::support::{draft, edited, file, load, set};
use serde_json::{Value, json};

const MARK: &str = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";

/// Each key whose value is secret, with a value that would be seen.
const SECRET: [&str; 11] = [
    "broker.password",
    "bosh.authentication.basic.password",
    "bosh.authentication.uaa.client_credentials.client_secret",
    "bosh.authentication.uaa.user_credentials.password",
    "cf.uaa.authentication.client_credentials.client_secret",
    "service_instances_api.authentication.basic.password",
    "credhub.client_secret",
    "bosh_credhub.authentication.uaa.client_credentials.client_secret",
    "service_catalog.dashboard_client.secret",
    "chandler.bus.password",
    "chandler.seal.fingerprint_key",
];

fn with_all(value: &Value) -> Value {
    let mut all = SECRET.iter().fold(file(), |all, path| edited(all, path, value.clone()));
    set(&mut all, "chandler.seal.keys", json!([{"id": "k", "key": value}]));
    set(
        &mut all,
        "chandler.credentials",
        json!([{"username": "u", "password": value}]),
    );
    all
}

#[test]
fn secrets_are_neither_in_findings_nor_in_warnings() {
    for value in [json!(MARK), json!(["x", MARK]), json!({ "x": MARK })] {
        let findings = load(&with_all(&value)).expect_err("some are refused").0;
        assert!(findings.len() > 4);
        assert!(!format!("{findings:?}").contains(MARK), "{findings:#?}");
    }
}

#[test]
fn secrets_are_not_in_debug_of_what_could_be_read() {
    let mut all = with_all(&json!(MARK));
    for path in SECRET.iter().filter_map(|path| path.strip_suffix("client_secret")) {
        set(&mut all, &format!("{path}client_id"), json!("c"));
    }
    for path in SECRET.iter().filter_map(|path| path.strip_suffix("password")) {
        if !path.starts_with("chandler") {
            set(&mut all, &format!("{path}username"), json!("u"));
        }
    }
    let config = draft(&all);
    let found = [
        config.credhub.as_ref().and_then(|it| it.client.clone()),
        config.bosh_credhub.as_ref().and_then(|it| it.client.clone()),
    ];
    assert!(
        found
            .iter()
            .flatten()
            .all(|client| client.client_secret.expose() == MARK)
            && found.iter().all(Option::is_some)
    );
    assert!(
        config
            .service_instances_api
            .as_ref()
            .is_some_and(|it| it.authentication.is_some())
    );
    let shown = format!("{config:?}");
    assert!(!shown.contains(MARK), "{shown}");
    let mut uaa = edited(file(), SECRET[2], json!(MARK));
    set(&mut uaa, &SECRET[2].replace("client_secret", "client_id"), json!("c"));
    let shown = format!("{:?}", draft(&uaa).bosh);
    assert!(shown.contains("Uaa") && !shown.contains(MARK), "{shown}");
}

#[test]
fn secrets_are_not_in_debug() {
    let mut all = file();
    for path in SECRET
        .iter()
        .filter(|path| !path.contains("uaa") && !path.starts_with("service_instances"))
    {
        if !path.starts_with("credhub") {
            set(&mut all, path, json!(MARK));
        }
    }
    set(&mut all, "bosh.authentication.basic.username", json!("u"));
    set(&mut all, "chandler.bus.user", json!("u"));
    set(&mut all, "service_catalog.dashboard_client.id", json!("u"));
    set(
        &mut all,
        "service_catalog.dashboard_client.redirect_uri",
        json!("https://kv.example.com"),
    );
    set(&mut all, "chandler.seal.keys", json!([{"id": "k", "key": MARK}]));
    set(
        &mut all,
        "chandler.credentials",
        json!([{"username": "u", "password": MARK}]),
    );
    set(
        &mut all,
        "cf",
        json!({"uaa": {"authentication": {"user_credentials": {"username": "u", "password": MARK}}}}),
    );
    let loaded = load(&all).unwrap_or_else(|findings| panic!("{findings}"));
    let shown = format!("{loaded:?}");
    assert!(!shown.contains(MARK), "{shown}");
    assert_eq!(loaded.config.chandler.credentials[0].password.expose(), MARK);
    assert!(shown.matches("***").count() >= 8, "{shown}");
}
