//! Another configuration, while the gateway serves.
use crate::https::{Files, Https, Pair};
use reqwest::Client;
use serde_json::json;

const TAKEN: &str = r#"chandler_gateway_reloads_total{what="configuration",outcome="taken"}"#;
const REFUSED: &str = r#"chandler_gateway_reloads_total{what="configuration",outcome="refused"}"#;

async fn catalog(gateway: &Https, client: &Client) -> String {
    gateway.answers(client).await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn catalog_and_credentials_change_and_a_broken_file_changes_nothing() {
    let pair = Pair::new();
    let files = Files::of(&pair);
    let text = files.text();
    let gateway = Https::start(&text).await;
    let client = pair.trusted_by(gateway.addr).build().unwrap();
    assert!(catalog(&gateway, &client).await.contains("keys and values"));

    let other = text
        .replace("keys and values", "values and keys")
        .replace("username: second", "username: third");
    gateway.reloader.reload(&other).unwrap();
    assert!(catalog(&gateway, &client).await.contains("values and keys"));
    let status = async |user: &str| {
        let request = gateway.catalog(&client).basic_auth(user, Some("other"));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((status("second").await, status("third").await), (401, 200));
    assert!(gateway.shows(&format!("{TAKEN} 1")) && gateway.reason("configuration").is_none());

    let broken = text
        .replace("plan_id: plan-1", "plan_id: plan-2")
        .replace("seal:", "unsealed:");
    let refused = gateway.reloader.reload(&broken).unwrap_err().to_string();
    let reason = gateway.reason("configuration").unwrap();
    assert!(
        reason.starts_with("the file was refused, the one before stays in force: "),
        "{reason}"
    );
    for path in ["service_catalog.plans[1]", "chandler.seal"] {
        assert!(refused.contains(path) && reason.contains(path), "{refused}\n{reason}");
    }
    assert!(gateway.shows(&format!("{REFUSED} 1")));
    assert!(catalog(&gateway, &client).await.contains("values and keys"));
    gateway.reloader.reload_file(&files.dir().join("nowhere.yml"));
    assert!(gateway.shows(&format!("{REFUSED} 2")));
    assert!(
        gateway
            .reason("configuration")
            .unwrap()
            .contains("nowhere.yml: No such file")
    );

    gateway.reloader.reload(&text).unwrap();
    assert!(catalog(&gateway, &client).await.contains("keys and values"));
    assert_eq!(gateway.reason("configuration"), None);
    gateway.stop().await;
}

#[tokio::test]
async fn what_needs_a_restart_is_named_and_the_rest_taken() {
    let pair = Pair::new();
    let files = Files::of(&pair);
    let text = files.text();
    let gateway = Https::start(&text).await;
    let client = pair.trusted_by(gateway.addr).build().unwrap();
    for (from, to, keys) in [
        ("port: 8080", "port: 8081", "broker.port"),
        ("nats://127.0.0.1:1", "nats://127.0.0.1:2", "chandler.bus"),
        ("id: k1", "id: k2", "chandler.seal"),
        ("tls: {", "tsl: {", "broker.tls"),
        (
            "port: 8080",
            "shutdown_timeout_in_seconds: 7",
            "broker.shutdown_timeout_in_seconds",
        ),
    ] {
        let other = text.replace(from, to).replace("keys and values", keys);
        assert_ne!(text, other);
        gateway.reloader.reload(&other).unwrap();
        let reason = gateway.reason("configuration").unwrap();
        assert_eq!(reason, format!("takes effect after a restart: {keys}"));
        assert!(
            catalog(&gateway, &client).await.contains(keys),
            "the rest is taken, by HTTPS as before"
        );
    }
    // How many copies of the streams there should be is no matter of the connection.
    let replicas = text.replace("bus: {", "bus: {replicas: 3, ");
    gateway.reloader.reload(&replicas).unwrap();
    assert_eq!(gateway.reason("configuration"), None);
    gateway.stop().await;
}

#[tokio::test]
async fn the_certificate_of_the_files_comes_with_it_at_once_or_refuses_it() {
    let (one, two) = (Pair::new(), Pair::new());
    let files = Files::of(&one);
    let gateway = Https::start(&files.text()).await;
    let new = two.trusted_by(gateway.addr).build().unwrap();
    let elsewhere = Files::of(&two);
    gateway.reloader.reload(&elsewhere.text()).unwrap();
    assert!(catalog(&gateway, &new).await.contains("keys and values"));
    std::fs::write(elsewhere.key(), &one.key).unwrap();
    let refused = gateway.reloader.reload(&elsewhere.text()).unwrap_err().to_string();
    assert!(
        refused.contains("tls: private key does not match public key"),
        "{refused}"
    );
    assert!(!refused.contains("PRIVATE KEY"));
    assert!(gateway.answers(&new).await.is_ok());
    gateway.stop().await;
}

/// The properties have certificate and key in them: they change with the file.
#[tokio::test]
async fn a_certificate_in_the_file_itself_comes_with_it() {
    let (one, two) = (Pair::new(), Pair::new());
    let files = Files::of(&one);
    let start = "broker: {tls: {";
    let text = |pair: &Pair| {
        let (text, certificate, key) = (files.text(), json!(pair.certificate), json!(pair.key));
        let tls = text.find(start).unwrap()..text.find("port: 8080").unwrap();
        let text = text.replace(&text[tls], "{").replace(
            "{port: 8080, username: broker, password: \"p:ss\", disable_cf_startup_checks: true}",
            "port: 8080\nusername: broker\npassword: \"p:ss\"\ndisable_cf_startup_checks: true",
        );
        format!("tls: {{certificate: {certificate}, private_key: {key}}}\n{text}")
    };
    let gateway = Https::start(&text(&one)).await;
    gateway.reloader.reload(&text(&two)).unwrap();
    let new = two.trusted_by(gateway.addr).build().unwrap();
    assert_eq!(gateway.answers(&new).await.unwrap().status(), 200);
    let half = Pair {
        certificate: one.certificate,
        key: two.key,
    };
    let refused = gateway.reloader.reload(&text(&half)).unwrap_err().to_string();
    assert!(
        refused.starts_with("tls.private_key: tls: private key does not match"),
        "{refused}"
    );
    assert!(!refused.contains("BEGIN"), "{refused}");
    gateway.stop().await;
}
