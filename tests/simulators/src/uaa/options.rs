//! How a simulated UAA is started.

use std::net::{Ipv4Addr, SocketAddr};

use super::client::Client;
use crate::tls::Identity;

/// How a simulated UAA is started. Everything has a default; ports are chosen by the system.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where HTTPS listens (default `127.0.0.1:0`).
    pub addr: SocketAddr,
    /// Where the control API listens, in plain HTTP (default `127.0.0.1:0`).
    pub control_addr: SocketAddr,
    /// The clients at the start, beside `cf`, `bosh_cli` and `credhub_cli`, which are always there (default none).
    pub clients: Vec<Client>,
    /// The users (default none).
    pub users: Vec<User>,
    /// Seconds that an access token is good for, unless its client says otherwise (default 43,200).
    pub token_seconds: i64,
    /// Seconds that a refresh token is good for, unless its client says otherwise (default 2,592,000).
    pub refresh_seconds: i64,
    /// Seconds that the UAA's clock is ahead of all others (default 0; may be negative).
    pub skew_seconds: f64,
    /// What the UAA calls itself in `/info` and in tokens, without a slash at the end; `None` = its address.
    pub url: Option<String>,
    /// The `error` of wrong credentials: `invalid_client` (default, newer UAAs) or `unauthorized` (older ones).
    pub bad_credentials: &'static str,
    /// Certificate and key; `None` makes a new authority.
    pub tls: Option<Identity>,
}

/// A user who can get tokens by password.
#[derive(Clone)]
pub struct User {
    /// The id, which tokens have as `user_id`.
    pub id: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The scopes that the user has.
    pub groups: Vec<String>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

impl User {
    /// A user with a new id.
    pub fn new(name: &str, password: &str, groups: &[&str]) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            name: name.to_owned(),
            password: password.to_owned(),
            groups: groups.iter().map(|&g| g.to_owned()).collect(),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            addr: loopback,
            control_addr: loopback,
            clients: Vec::new(),
            users: Vec::new(),
            token_seconds: 43_200,
            refresh_seconds: 2_592_000,
            skew_seconds: 0.0,
            url: None,
            bad_credentials: "invalid_client",
            tls: None,
        }
    }
}
