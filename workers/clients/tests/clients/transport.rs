//! Repeats, limits and trust.

use std::time::{Duration, Instant};

use chandler_clients::FaultKind;
use chandler_clients::bosh::{Auth, Director, DirectorSettings};
use tokio::net::TcpListener;

use crate::server::{Reply, Server, context, director, json, reply};

#[tokio::test]
async fn a_read_is_repeated_twice() {
    let bad = reply("502 Bad Gateway", &["Content-Type: text/html"], "<html>502</html>");
    let server = Server::with([bad.clone(), Reply::Close, json("200 OK", "[]")]).await;
    assert!(server.director().deployments(&context()).await.unwrap().is_empty());
    assert_eq!(server.asked().len(), 3);

    let server = Server::with([bad]).await;
    let fault = server.director().deployments(&context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown);
    assert!(fault.detail.contains("502"), "{fault}");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_definite_answer_is_not_repeated() {
    for status in [
        "500 Internal Server Error",
        "401 Unauthorized",
        "404 Not Found",
        "200 OK",
    ] {
        let server = Server::with([json(status, "")]).await;
        server.director().deployments(&context()).await.unwrap_err();
        assert_eq!(server.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn repeats_stay_within_the_limit() {
    let server = Server::with([Reply::Close, Reply::Hang]).await;
    let begun = Instant::now();
    let director = server.director_with(Duration::from_millis(700));
    let fault = director.deployments(&context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn garbled_answers_do_not_quote_themselves() {
    let bodies = [
        "<html>top-secret</html>",
        r#"[{"name":"top-secret"#,
        r#"{"name":"top-secret"}"#,
        "5",
    ];
    for body in bodies {
        let server = Server::with([json("200 OK", body)]).await;
        let fault = server.director().deployments(&context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Garbled, "{body}");
        assert!(!fault.to_string().contains("top-secret"), "{fault}");
        assert!(!fault.is_permanent());
    }
}

#[tokio::test]
async fn nobody_there_means_not_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    for host in [format!("127.0.0.1:{port}"), "no-such-host.invalid".to_owned()] {
        let director = director(&host, None, Duration::from_secs(10));
        let fault = director
            .deploy("name: x", "c", &context(), Duration::from_secs(10))
            .await
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
        assert!(fault.nothing_happened() && !fault.is_permanent());
        assert!(!fault.detail.is_empty());
    }
}

#[tokio::test]
async fn only_the_given_authority_is_trusted() {
    let server = Server::with([json("200 OK", "[]")]).await;
    let other = Server::with([json("200 OK", "[]")]).await;
    let url = format!("127.0.0.1:{}", server.port);
    for ca in [None, Some(other.ca_pem.as_str())] {
        let director = director(&url, ca, Duration::from_secs(10));
        let fault = director
            .deploy("name: x", "c", &context(), Duration::from_secs(10))
            .await
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
        assert!(fault.detail.to_lowercase().contains("certificate"), "{fault}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn settings_that_cannot_work_are_refused_without_secrets() {
    let settings = DirectorSettings {
        url: "https://bosh".into(),
        ca_pem: None,
        auth: Auth::Basic {
            username: "odb".into(),
            password: "director-password".into(),
        },
        timeout: Duration::from_secs(1),
        user_agent: "x".into(),
    };
    assert!(!format!("{settings:?}").contains("director-password"));
    let director = Director::new(settings.clone()).unwrap();
    assert!(!format!("{director:?}").contains("director-password"));
    for ca in [
        "",
        "no pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let broken = DirectorSettings {
            ca_pem: Some(ca.into()),
            ..settings.clone()
        };
        assert!(Director::new(broken).unwrap_err().contains("CA certificate"), "{ca}");
    }
}
