//! HTTPS, as `broker.tls` has it.
use crate::{
    nats::Nats,
    world::{config_text, send, until},
};
use chandler_gateway::{Checked, Process};
use chandler_process::{Health, Registry, Shutdown, SystemClock};
use rcgen::generate_simple_self_signed;
use std::sync::Arc;

#[tokio::test]
async fn a_certificate_is_shown_and_http_1_and_2_are_spoken() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (cert, key) = (dir.path().join("broker.crt"), dir.path().join("broker.key"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let nats = Nats::start();
    let tls = format!(
        "broker: {{tls: {{cert_file: {}, key_file: {}}}, ",
        cert.display(),
        key.display()
    );
    let text = config_text(&nats.url()).replace("broker: {", &tls);
    let config = chandler_proto::config::parse(&text).unwrap().config;

    let clock = Arc::new(SystemClock::new());
    let shutdown = Shutdown::manual();
    let registry = Registry::new("test", clock.as_ref());
    let process = Process {
        clock,
        registry,
        health: Health::new(),
        shutdown: shutdown.clone(),
    };
    let gateway = Checked::new(&config)
        .unwrap()
        .listen("127.0.0.1:0".parse().unwrap(), process)
        .await
        .unwrap();
    let addr = gateway.addr();
    let task = tokio::spawn(gateway.run());

    let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = || {
        reqwest::Client::builder()
            .no_proxy()
            .resolve("localhost", addr)
            .add_root_certificate(trusted.clone())
    };
    for (client, version) in [
        (client().http1_only().build().unwrap(), reqwest::Version::HTTP_11),
        (client().build().unwrap(), reqwest::Version::HTTP_2),
    ] {
        let url = format!("https://localhost:{}/v2/catalog", addr.port());
        let request = client
            .get(url)
            .basic_auth("broker", Some("p:ss"))
            .header("X-Broker-API-Version", "2.17");
        assert_eq!(request.try_clone().unwrap().send().await.unwrap().version(), version);
        send(request).await.is(200);
    }
    shutdown.cancel();
    until("it stops", || async { task.is_finished() }).await;

    std::fs::write(&key, "no key").unwrap();
    let findings = Checked::new(&config).unwrap_err().to_string();
    assert!(findings.starts_with("broker.tls.key_file: "), "{findings}");
}
