//! HTTP/1.1 as bytes: nothing is put right, left out or sent again on the way.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// No answer may take longer.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as they go over the wire.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) bytes: Vec<u8>,
    /// `null` if the body isn't JSON.
    pub(crate) body: Value,
}

/// `Authorization` of a user.
pub(crate) fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

impl Request {
    /// As a platform sends it; the connection ends with the answer.
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let request = Request {
            method: method.into(),
            target: target.into(),
            headers: vec![],
            body: vec![],
        };
        let request = request
            .with("Host", "127.0.0.1")
            .with("Connection", "close")
            .with("Authorization", &basic("broker:secret"));
        let request = request
            .with("X-Broker-API-Version", "2.17")
            .with("Accept", "application/json");
        request.with("X-Broker-API-Request-Identity", &uuid::Uuid::new_v4().to_string())
    }
    /// One more header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }
    /// This value and no other.
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }
    pub(crate) fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.set("Content-Length", &length)
            .set("Content-Type", "application/json")
    }
    pub(crate) fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string())
    }
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
    pub(crate) fn wire(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
    /// The member `error`.
    pub(crate) fn error(&self) -> Option<&str> {
        self.body["error"].as_str()
    }
    pub(crate) fn description(&self) -> &str {
        self.body["description"].as_str().unwrap_or_default()
    }
    fn parse(bytes: &[u8]) -> Option<Reply> {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        let bytes = bytes[end + 4..].to_vec();
        if status == 100 {
            return Reply::parse(&bytes);
        }
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Some(Reply {
            status,
            headers,
            bytes,
            body,
        })
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// Sends these bytes and reads until the other side closes. `hang_up` says "no more" after the last byte.
/// `None`: the connection ended without an answer.
pub(crate) async fn talk(address: &str, bytes: &[u8], hang_up: bool) -> Option<Reply> {
    let talking = async {
        let mut stream = TcpStream::connect(address).await?;
        // It may answer and close while we are still writing; what it said counts.
        let _ = stream.write_all(bytes).await;
        if hang_up {
            let _ = stream.shutdown().await;
        }
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
        Ok::<_, io::Error>(all)
    };
    let all = timeout(LIMIT, talking)
        .await
        .unwrap_or_else(|_| panic!("no end of an answer in {LIMIT:?}"));
    Reply::parse(&all.unwrap())
}
