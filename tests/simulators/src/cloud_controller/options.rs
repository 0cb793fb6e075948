//! How a simulated Cloud Controller is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::tls::Identity;
use crate::uaa::Verifier;

/// How a simulated Cloud Controller is started. Ports are chosen by the system.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where HTTPS listens (default `127.0.0.1:0`).
    pub addr: SocketAddr,
    /// Where the control API listens, in plain HTTP (default `127.0.0.1:0`).
    pub control_addr: SocketAddr,
    /// Whose tokens are good; `cf` is sent there to log in.
    pub uaa: Verifier,
    /// The version of v3 that it claims (default `3.228.0`).
    pub version: String,
    /// Seconds between two polls of a broker (default 60). All that Cloud Controller counts in minutes is scaled with it: at 6, a `Retry-After: 60` waits
    /// six seconds, and an orphan's second DELETE comes after twelve.
    pub polling_seconds: f64,
    /// How long a broker may take for one call (default 60 s). It isn't scaled.
    pub broker_timeout: Duration,
    /// Minutes that an operation may be polled (default 10,080), scaled.
    pub polling_minutes: f64,
    /// Authorities of brokers with HTTPS, PEM; empty = the certificate isn't looked at.
    pub broker_ca: String,
    /// The runtime CredHub, where references in service keys are looked up; `None` shows the reference.
    pub credhub: Option<CredHubAccess>,
    /// Organizations with their spaces at the start (default `demo` with `dev`).
    pub organizations: Vec<(String, Vec<String>)>,
    /// Whether services may ask for `route_forwarding` (default true).
    pub route_services: bool,
    /// Whether services may ask for `volume_mount` (default true).
    pub volume_services: bool,
    /// Whether calls of brokers carry B3 headers (default true).
    pub tracing: bool,
    /// Certificate and key; `None` makes a new authority.
    pub tls: Option<Identity>,
}

/// How Cloud Controller reads the runtime CredHub.
#[derive(Clone)]
pub struct CredHubAccess {
    /// Its address.
    pub url: String,
    /// Authorities of it and of its UAA, PEM.
    pub ca_pem: String,
    /// Our client at the UAA; service keys are granted to `uaa-client:CLIENT` (default of Cloud Foundry: `cc_service_key_client`).
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

impl std::fmt::Debug for CredHubAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredHubAccess")
            .field("url", &self.url)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The defaults, with tokens of this UAA.
    pub fn new(uaa: Verifier) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            addr: loopback,
            control_addr: loopback,
            uaa,
            version: "3.228.0".to_owned(),
            polling_seconds: 60.0,
            broker_timeout: Duration::from_secs(60),
            polling_minutes: 10_080.0,
            broker_ca: String::new(),
            credhub: None,
            organizations: vec![("demo".to_owned(), vec!["dev".to_owned()])],
            route_services: true,
            volume_services: true,
            tracing: true,
            tls: None,
        }
    }

    /// How long what takes `seconds` at a real one takes here.
    pub(super) fn scaled(&self, seconds: f64) -> Duration {
        let scaled = seconds * self.polling_seconds / 60.0;
        Duration::try_from_secs_f64(scaled.max(0.0)).unwrap_or(Duration::MAX)
    }
}
