//! The section `chandler.bus`.
use super::finding::Collector;
use super::tree::Node;
use crate::secret::Secret;

/// `chandler.bus`: the NATS JetStream cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bus {
    /// Its servers. Default `nats://127.0.0.1:4222`.
    pub urls: Vec<String>,
    /// Our NATS user.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// The CA of the servers, PEM, instead of the system's.
    pub ca_cert: Option<String>,
    /// Begins the name of every stream, bucket and subject. Default `chandler`.
    pub prefix: String,
    /// Copies of streams and bucket that bootstrap asks for. Default 1.
    pub replicas: u8,
    /// Where its servers tell over HTTP how they keep what they are given, `http://` or `https://`, one for each of them. Nobody is asked
    /// without.
    pub monitor_urls: Vec<String>,
}

const PREFIX: &str = "chandler";

pub(super) fn read(node: &Node, collector: &mut Collector) -> Bus {
    let mut urls = Vec::new();
    for (index, url) in node.texts("urls").into_iter().enumerate() {
        match wrong_address(&url) {
            Some(text) => collector.error(format!("{}[{index}]", node.path_of("urls")), text),
            None => urls.push(url),
        }
    }
    if urls.is_empty() {
        urls.push("nats://127.0.0.1:4222".to_owned());
    }
    let mut prefix = node.text("prefix").unwrap_or_else(|| PREFIX.to_owned());
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if prefix.len() > 64 || !prefix.bytes().all(fits) {
        collector.error(node.path_of("prefix"), "must be 1 to 64 letters, digits, `-` or `_`");
        PREFIX.clone_into(&mut prefix);
    }
    let (user, password) = (node.text("user"), node.secret("password"));
    if user.is_some() != password.is_some() {
        collector.error(&node.path, "user and password go together");
    }
    // Checks that follow find nothing new in a half.
    let (user, password) = user.zip(password).unzip();
    let replicas = node.int("replicas").and_then(|n| u8::try_from(n).ok()).unwrap_or(1);
    if replicas.is_multiple_of(2) {
        collector.error(node.path_of("replicas"), "must be 1, 3 or 5");
    }
    Bus {
        urls,
        user,
        password,
        ca_cert: node.text("ca_cert"),
        prefix,
        replicas,
        monitor_urls: monitors(node, replicas, collector),
    }
}

fn monitors(node: &Node, replicas: u8, collector: &mut Collector) -> Vec<String> {
    let path = node.path_of("monitor_urls");
    let mut urls: Vec<String> = Vec::new();
    for (index, url) in node.texts("monitor_urls").into_iter().enumerate() {
        let twice = || urls.contains(&url).then_some("is there twice");
        match wrong_monitor(&url).or_else(twice) {
            Some(text) => collector.error(format!("{path}[{index}]"), text),
            None => urls.push(url),
        }
    }
    if !urls.is_empty() && urls.len() < usize::from(replicas) && !collector.is_touched(&path) {
        let text = format!("names {} of at least {replicas} servers that keep copies", urls.len());
        collector.warning(path, text);
    }
    urls
}

/// Of a path only the server's `http_base_path` can be meant; what is read below it is known.
fn wrong_monitor(url: &str) -> Option<&'static str> {
    let rest = ["http://", "https://"].iter().find_map(|it| url.strip_prefix(it));
    let Some(rest) = rest.filter(|rest| !rest.is_empty() && !rest.starts_with('/')) else {
        return Some("must begin with http:// or https://, and name a host");
    };
    let (_, path) = rest.split_once('/').unwrap_or((rest, ""));
    if rest.contains('@') {
        Some("must not hold a user or password; a nats-server asks nobody for them there")
    } else if rest.contains(['?', '#']) || path.trim_end_matches('/').contains('/') {
        Some("must be host and port, and the server's http_base_path if it has one, without anything after it")
    } else if ["jsz", "varz", "healthz"].contains(&path.trim_end_matches('/')) {
        Some("must end before the name of a page: http://host:8222")
    } else {
        None
    }
}

fn wrong_address(url: &str) -> Option<&'static str> {
    let has_host = |scheme: &str| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    if !has_host("nats://") && !has_host("tls://") {
        Some("must begin with nats:// or tls://")
    } else if url.contains('@') {
        Some("must not hold a user or password; they have keys of their own")
    } else {
        None
    }
}
