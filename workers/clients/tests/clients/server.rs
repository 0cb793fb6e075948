//! A tiny HTTPS server that answers with the bytes it is told to, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chandler_clients::CallContext;
use chandler_clients::bosh::{Auth, Director, DirectorSettings};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How one request is answered.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// These bytes; then the connection is closed.
    Bytes(String),
    /// These bytes; the connection stays open, and is closed at whatever comes next on it.
    Once(String),
    /// Nothing, for ever.
    Hang,
    /// The connection is closed without an answer.
    Close,
}

/// A reply with a status line, headers and a body of the right length.
pub(crate) fn reply(status: &str, headers: &[&str], body: &str) -> Reply {
    let mut text = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    Reply::Bytes(format!("{text}\r\n{body}"))
}

/// JSON under the content type that Directors give it.
pub(crate) fn json(status: &str, body: &str) -> Reply {
    reply(status, &["Content-Type: text/html;charset=utf-8"], body)
}

/// What the server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) ca_pem: String,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Gives the replies one after another, the last one again and again.
    pub(crate) async fn with(replies: impl IntoIterator<Item = Reply>) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            ca_pem: made.cert.pem(),
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            asked: Arc::default(),
        };
        let (replies, asked) = (server.replies.clone(), server.asked.clone());
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), tcp, replies.clone(), asked.clone()));
            }
        });
        server
    }

    /// Gives these replies from now on: for those that have the server's own address in them.
    pub(crate) fn go_on_with(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.replies.lock().unwrap() = replies.into_iter().collect();
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn director(&self) -> Director {
        self.director_with(Duration::from_secs(10))
    }

    pub(crate) fn director_with(&self, timeout: Duration) -> Director {
        director(&format!("https://127.0.0.1:{}", self.port), Some(&self.ca_pem), timeout)
    }
}

pub(crate) fn director(url: &str, ca_pem: Option<&str>, timeout: Duration) -> Director {
    Director::new(DirectorSettings {
        url: url.to_owned(),
        ca_pem: ca_pem.map(str::to_owned),
        auth: Auth::Basic {
            username: "odb".into(),
            password: "director-password".into(),
        },
        timeout,
        user_agent: "chandler-test".into(),
    })
    .unwrap()
}

pub(crate) fn context() -> CallContext {
    CallContext {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        tracestate: Some("a=b".into()),
        request_id: Some("request-1".into()),
    }
}

async fn serve(
    acceptor: TlsAcceptor,
    tcp: TcpStream,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    let Ok(mut tls) = acceptor.accept(tcp).await else {
        return;
    };
    let mut bytes = Vec::new();
    let request = loop {
        if let Some(request) = whole(&bytes) {
            break request;
        }
        match tls.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    };
    asked.lock().unwrap().push(request);
    let reply = {
        let mut replies = replies.lock().unwrap();
        if replies.len() > 1 {
            replies.pop_front().unwrap()
        } else {
            replies[0].clone()
        }
    };
    match reply {
        Reply::Bytes(text) => {
            let _ = tls.write_all(text.as_bytes()).await;
            let _ = tls.shutdown().await;
        }
        Reply::Once(text) => {
            let _ = tls.write_all(text.as_bytes()).await;
            let _ = tls.read_u8().await;
        }
        Reply::Hang => std::future::pending().await,
        Reply::Close => {}
    }
}

/// The request, when all of it is there.
fn whole(bytes: &[u8]) -> Option<Asked> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let line = head.lines().next()?.to_owned();
    let asked = Asked {
        line,
        head: head.to_owned(),
        body: body.to_owned(),
    };
    let wanted = asked.header("content-length").map_or(0, |n| n.parse().unwrap());
    (body.len() >= wanted).then_some(asked)
}
