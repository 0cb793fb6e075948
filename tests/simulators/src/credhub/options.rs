//! How a simulated CredHub is started.

use std::net::{Ipv4Addr, SocketAddr};

use crate::tls::Identity;
use crate::uaa::Verifier;

/// How a simulated CredHub is started. Ports are chosen by the system unless said otherwise.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where HTTPS listens (default `127.0.0.1:0`).
    pub addr: SocketAddr,
    /// Where the control API listens, in plain HTTP (default `127.0.0.1:0`).
    pub control_addr: SocketAddr,
    /// The UAA whose tokens are good; `/info` names its address.
    pub uaa: Verifier,
    /// Whether permissions are looked at: on at a runtime CredHub, usually off at BOSH's.
    pub acls: bool,
    /// Who may everything where from the start: paths (`/c/*`) and actors (`uaa-client:broker`), as an operator grants
    /// them (default none).
    pub grants: Vec<(String, String)>,
    /// As `/version` says it (default `2.12.95`).
    pub version: String,
    /// Certificate and key; `None` makes a new authority.
    pub tls: Option<Identity>,
}

impl Options {
    /// A runtime CredHub: permissions count, nobody has any.
    pub fn runtime(uaa: Verifier) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            addr: loopback,
            control_addr: loopback,
            uaa,
            acls: true,
            grants: Vec::new(),
            version: "2.12.95".to_owned(),
            tls: None,
        }
    }

    /// A BOSH CredHub: whoever has the scopes may everything.
    pub fn bosh(uaa: Verifier) -> Self {
        Self {
            acls: false,
            ..Self::runtime(uaa)
        }
    }

    /// The same, where a UAA client may everything on a path (`/c/*`).
    #[must_use]
    pub fn granting(mut self, path: &str, client_id: &str) -> Self {
        self.grants.push((path.to_owned(), format!("uaa-client:{client_id}")));
        self
    }
}
