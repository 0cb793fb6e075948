//! How a simulated Director is started.

use std::net::{Ipv4Addr, SocketAddr};

use crate::credhub::CredHubWorld;
use crate::tls::Identity;
use crate::uaa::Verifier;

/// The Director that is simulated. The two differ in `/info`, in rows of instances and in a deletion's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum DirectorRelease {
    /// 277.3 of May 2023.
    #[default]
    Old,
    /// 283.1 of 2026.
    Newest,
}

impl DirectorRelease {
    /// As `/info` says it.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Old => "277.3.0 (00000000)",
            Self::Newest => "283.1.6 (00000000)",
        }
    }
}

/// How a simulated Director is started. Everything has a default; ports are chosen by the system.
#[derive(Clone)]
pub struct BoshOptions {
    /// Where HTTPS listens (default `127.0.0.1:0`).
    pub addr: SocketAddr,
    /// Where the control API listens, in plain HTTP (default `127.0.0.1:0`).
    pub control_addr: SocketAddr,
    /// Which Director it is (default [`DirectorRelease::Old`]).
    pub release: DirectorRelease,
    /// What `/info` says as its version instead of the release's own, any text (default `None`). Nothing else changes.
    pub version: Option<String>,
    /// The Director's name in `/info` (default `TestDirector`).
    pub name: String,
    /// The Director's uuid in `/info`, any text (default `deadbeef`).
    pub uuid: String,
    /// Whose tokens are asked for; `None` = the one user's name and password (default `None`).
    pub uaa: Option<Verifier>,
    /// The one user's name (default `admin`).
    pub username: String,
    /// The user's password (default `admin`).
    pub password: String,
    /// Seconds that one deployment takes; 0 = it has finished when somebody next looks (default 0).
    pub task_seconds: f64,
    /// Seconds that a queued task waits for a worker's next look (default 0; a real one up to 1).
    pub queue_seconds: f64,
    /// Seconds that a task waits for a deployment's lock before it fails (default 10).
    pub lock_wait_seconds: f64,
    /// Tasks that run at once (default 1000; a real Director has 3 workers).
    pub workers: usize,
    /// The config server: variables of deployments are versions of its credentials, and a deploy whose reference it
    /// doesn't know fails; `None` = every reference is taken for known (default `None`).
    pub credhub: Option<CredHubWorld>,
    /// Certificate and key; `None` makes a new authority.
    pub tls: Option<Identity>,
}

impl std::fmt::Debug for BoshOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoshOptions")
            .field("addr", &self.addr)
            .field("control_addr", &self.control_addr)
            .field("release", &self.release)
            .field("version", &self.version)
            .field("name", &self.name)
            .field("uuid", &self.uuid)
            .field("uaa", &self.uaa)
            .field("username", &self.username)
            .field("password", &"***")
            .field("task_seconds", &self.task_seconds)
            .field("queue_seconds", &self.queue_seconds)
            .field("lock_wait_seconds", &self.lock_wait_seconds)
            .field("workers", &self.workers)
            .field("credhub", &self.credhub)
            .field("tls", &self.tls)
            .finish()
    }
}

impl Default for BoshOptions {
    fn default() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            addr: loopback,
            control_addr: loopback,
            release: DirectorRelease::default(),
            version: None,
            name: "TestDirector".to_owned(),
            uuid: "deadbeef".to_owned(),
            uaa: None,
            username: "admin".to_owned(),
            password: "admin".to_owned(),
            task_seconds: 0.0,
            queue_seconds: 0.0,
            lock_wait_seconds: 10.0,
            workers: 1000,
            credhub: None,
            tls: None,
        }
    }
}
