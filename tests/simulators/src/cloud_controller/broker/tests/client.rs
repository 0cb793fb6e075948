//! How a call can end without an answer, CCR-6 to CCR-8, and which certificates are taken.

use std::time::Duration;

use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::cloud_controller::broker::client::{NoReply, Reply, make, send};
use crate::cloud_controller::broker::request::{Ask, Purpose, Target};
use crate::tls::Identity;

const PATIENCE: Duration = Duration::from_secs(20);

async fn ask(url: String, authorities: &str, timeout: Duration) -> Result<Reply, NoReply> {
    let client = make(authorities, timeout).expect("a client");
    let target = Target {
        url,
        username: String::new(),
        password: String::new(),
    };
    let ask = Ask::new(Purpose::Catalog, Method::GET, "/v2/catalog").with("a b", "c&d");
    send(&client, &target, &ask, HeaderMap::new()).await
}

/// Sends these bytes to whoever asks, then closes; without bytes it keeps the connection and says nothing.
async fn saying(bytes: Option<&'static str>, tls: Option<TlsAcceptor>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut plain, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let mut heard = [0; 4096];
                match tls {
                    Some(tls) => {
                        let Ok(mut stream) = tls.accept(plain).await else {
                            return;
                        };
                        let _ = stream.read(&mut heard).await;
                        let _ = stream.write_all(bytes.unwrap_or_default().as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                    None => {
                        let _ = plain.read(&mut heard).await;
                        match bytes {
                            Some(bytes) => _ = plain.write_all(bytes.as_bytes()).await,
                            None => std::future::pending().await,
                        }
                    }
                }
            });
        }
    });
    port
}

const ANSWER: &str = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}";

#[tokio::test]
async fn an_answer_is_read_and_not_followed() {
    let port = saying(Some(ANSWER), None).await;
    let reply = ask(format!("http://127.0.0.1:{port}"), "", PATIENCE)
        .await
        .expect("an answer");
    let wanted = Reply {
        status: 302,
        retry_after: Some("7".to_owned()),
        body: "{}".to_owned(),
    };
    assert_eq!(reply, wanted);
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    assert_eq!(
        ask(format!("http://127.0.0.1:{port}"), "", PATIENCE).await,
        Err(NoReply::Unreachable)
    );
    assert_eq!(
        ask("http://broker.invalid".to_owned(), "", PATIENCE).await,
        Err(NoReply::Unreachable)
    );
}

#[tokio::test]
async fn no_answer_in_time() {
    let port = saying(None, None).await;
    let soon = Duration::from_millis(50);
    assert_eq!(
        ask(format!("http://127.0.0.1:{port}"), "", soon).await,
        Err(NoReply::TimedOut)
    );
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{}", "what?\r\n\r\n"] {
        let port = saying(Some(said), None).await;
        let answer = ask(format!("http://127.0.0.1:{port}"), "", PATIENCE).await;
        assert!(matches!(answer, Err(NoReply::Broken(_))), "{said:?}: {answer:?}");
    }
}

#[tokio::test]
async fn certificates_are_looked_at_only_with_authorities() {
    let identity = Identity::generate().expect("an identity");
    let tls = TlsAcceptor::from(identity.server_config().expect("a configuration"));
    let port = saying(Some(ANSWER), Some(tls)).await;
    let url = format!("https://127.0.0.1:{port}");
    let stranger = Identity::generate().expect("an identity");
    let (status, broken) = (302, "another authority is no good");
    assert_eq!(ask(url.clone(), "", PATIENCE).await.expect("unchecked").status, status);
    assert_eq!(
        ask(url.clone(), &identity.ca_pem, PATIENCE)
            .await
            .expect("checked")
            .status,
        status
    );
    assert!(
        matches!(ask(url, &stranger.ca_pem, PATIENCE).await, Err(NoReply::Broken(_))),
        "{broken}"
    );
    assert!(make("no certificate", PATIENCE).is_err());
}
