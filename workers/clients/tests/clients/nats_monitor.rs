//! The monitoring of a nats-server: what it says, and whatever else may come in its place.

use std::time::Duration;

use chandler_clients::FaultKind;
use chandler_clients::http::Trust;
use chandler_clients::nats_monitor::{JetStream, NatsMonitor, NatsMonitorSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::server::{Reply, Server, context, json, reply};

/// As nats-server 2.15.1 says it.
const ALWAYS: &str = r#"{
  "memory": 0, "storage": 0, "accounts": 1, "ha_assets": 0, "api": {"level": 5, "total": 0, "errors": 0},
  "server_id": "NAGLAQ44A27BOHACR4XLLPAQRQQO4R2CCRTDVTLBLXZAF6XI4PBCHE4R", "now": "2026-11-22T12:50:59.653786874Z",
  "config": {"max_memory": 18993951744, "store_dir": "/st/jetstream", "sync_interval": 120000000000, "sync_always": true, "strict": true},
  "streams": 0, "total": 1}"#;
const SOMETIMES: &str =
    r#"{"server_id": "NA5T", "config": {"max_memory": 1, "sync_interval": 120000000000, "strict": true}}"#;
const CLUSTERED: &str = r#"{"server_id": "NDQ7", "config": {"sync_interval": 120000000000, "sync_always": true},
  "meta_cluster": {"name": "local", "leader": "nats-2", "peer": "S1Nunr6R", "cluster_size": 3, "pending": 0}}"#;
const OFF: &str =
    r#"{"server_id": "NC2J", "disabled": true, "config": {"max_memory": 0, "max_storage": 0}, "total": 0}"#;

fn settings(url: &str, trust: Trust) -> NatsMonitorSettings {
    NatsMonitorSettings {
        url: url.to_owned(),
        trust,
        timeout: Duration::from_secs(10),
        user_agent: "chandler-test".into(),
    }
}

fn at(server: &Server) -> NatsMonitor {
    let url = format!("https://127.0.0.1:{}", server.port);
    NatsMonitor::new(settings(&url, Trust::Only(server.ca_pem.clone()))).unwrap()
}

fn said(server_id: &str, enabled: bool, sync_always: bool, seconds: u64) -> JetStream {
    JetStream {
        server_id: server_id.into(),
        enabled,
        sync_always,
        sync_interval: Duration::from_secs(seconds),
        cluster_size: 1,
    }
}

#[tokio::test]
async fn what_a_server_says_of_itself() {
    let long = "NAGLAQ44A27BOHACR4XLLPAQRQQO4R2CCRTDVTLBLXZAF6XI4PBCHE4R";
    for (body, wanted) in [
        (ALWAYS, said(long, true, true, 120)),
        (SOMETIMES, said("NA5T", true, false, 120)),
        (OFF, said("NC2J", false, false, 0)),
        (
            CLUSTERED,
            JetStream {
                cluster_size: 3,
                ..said("NDQ7", true, true, 120)
            },
        ),
    ] {
        let server = Server::with([json("200 OK", body)]).await;
        assert_eq!(at(&server).jetstream(&context()).await.unwrap(), wanted);
        let asked = server.asked();
        assert_eq!((asked.len(), asked[0].line.as_str()), (1, "GET /jsz HTTP/1.1"));
        assert_eq!(asked[0].header("authorization"), None, "nobody is told who we are");
    }
}

#[tokio::test]
async fn in_clear_and_below_a_path() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/nats/", listener.local_addr().unwrap());
    let answers = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let read = tcp.read(&mut head).await.unwrap();
        let body = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{SOMETIMES}",
            SOMETIMES.len()
        );
        tcp.write_all(body.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    // No certificate is shown, so the one that can't be used doesn't matter.
    let monitor = NatsMonitor::new(settings(&url, Trust::Only("nothing".into()))).unwrap();
    assert_eq!(
        monitor.jetstream(&context()).await.unwrap(),
        said("NA5T", true, false, 120)
    );
    assert!(answers.await.unwrap().starts_with("GET /nats/jsz HTTP/1.1\r\n"));
    assert!(NatsMonitor::new(settings(&url.replace("http:", "https:"), Trust::Only("nothing".into()))).is_err());
}

#[tokio::test]
async fn anything_else_is_a_fault_that_names_the_server_and_does_not_quote_it() {
    for (answer, kind, part) in [
        (
            json("200 OK", "<html>top-secret</html>"),
            FaultKind::Garbled,
            "not JSON",
        ),
        (json("200 OK", "{}"), FaultKind::Garbled, "unexpected shape"),
        (
            json("200 OK", r#"{"server_id":"top-secret"}"#),
            FaultKind::Garbled,
            "unexpected shape",
        ),
        (
            json("404 Not Found", "top-secret"),
            FaultKind::Refused {
                status: 404,
                code: None,
            },
            "answered 404",
        ),
        (
            json("401 Unauthorized", "top-secret"),
            FaultKind::Unauthorized,
            "answered 401",
        ),
        (json("500 Oops", "top-secret"), FaultKind::Unknown, "answered 500"),
        (
            reply("302 Found", &["Location: https://elsewhere/top-secret"], ""),
            FaultKind::Garbled,
            "redirects are not followed",
        ),
        (Reply::Close, FaultKind::Unknown, ""),
    ] {
        let server = Server::with([answer]).await;
        let fault = at(&server).jetstream(&context()).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        let told = fault.to_string();
        let whom = format!("GET /jsz of the nats-server at https://127.0.0.1:{}", server.port);
        assert!(told.starts_with(&whom) && told.contains(part), "{told}");
        assert!(!told.contains("top-secret"), "{told}");
    }
    let nobody = NatsMonitor::new(settings("http://127.0.0.1:1", Trust::System)).unwrap();
    assert_eq!(nobody.jetstream(&context()).await.unwrap_err().kind, FaultKind::NotSent);
}
