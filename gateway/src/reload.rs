//! What is in force, and how it changes without a restart: by another configuration, or by another certificate in the
//! same files. What can't be used leaves what there is in force, and is told in the log, by a notice and by a metric.
//!
//! | file | what |
//! |---|---|
//! | `configuration` | another configuration |
//! | `certificate` | another certificate; when it ends |
//! | `looks` | what looks at its files have found; pure |
//! | `restart` | what another configuration can't change |
//! | `counts` | metrics |
mod certificate;
mod configuration;
mod counts;
mod looks;
mod restart;

pub(crate) use certificate::watch;
pub use configuration::Reloader;
pub(crate) use restart::Restart;

use crate::{desk::Desk, tls::Https};
use chandler_bus::BootstrapSettings;
use chandler_process::{Health, Registry};
use chandler_proto::ids::Millis;
use counts::Counts;
use looks::Looks;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;

/// What is in force. Whoever takes something of it keeps that to the end of what it does.
pub(crate) struct InForce {
    now: RwLock<Now>,
    /// Held while something changes: one at a time.
    change: Mutex<Change>,
    restart: Restart,
    health: Health,
    counts: Counts,
}

struct Now {
    desk: Arc<Desk>,
    wanted: Arc<BootstrapSettings>,
    acceptor: Option<TlsAcceptor>,
}

struct Change {
    https: Option<(Https, Looks)>,
    /// The end of the certificate of which a warning was given.
    warned: Option<Millis>,
}

impl InForce {
    /// As the process starts.
    pub(crate) fn new(
        desk: Desk,
        wanted: BootstrapSettings,
        https: Option<Https>,
        restart: Restart,
        health: Health,
        registry: &Registry,
    ) -> Self {
        let counts = Counts::new(registry, https.is_some());
        let now = Now {
            desk: Arc::new(desk),
            wanted: Arc::new(wanted),
            acceptor: https.as_ref().map(|https| https.acceptor.clone()),
        };
        let change = Change {
            https: https.map(|https| (https.clone(), Looks::taken(https.digest))),
            warned: None,
        };
        InForce {
            now: RwLock::new(now),
            change: Mutex::new(change),
            restart,
            health,
            counts,
        }
    }

    /// For a request that begins.
    pub(crate) fn desk(&self) -> Arc<Desk> {
        self.read(|now| now.desk.clone())
    }

    /// What the bus should be like.
    pub(crate) fn wanted(&self) -> Arc<BootstrapSettings> {
        self.read(|now| now.wanted.clone())
    }

    /// For a connection that begins.
    pub(crate) fn acceptor(&self) -> Option<TlsAcceptor> {
        self.read(|now| now.acceptor.clone())
    }

    // Nothing in these locks can panic half-way.
    fn read<T>(&self, take: impl FnOnce(&Now) -> T) -> T {
        take(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, put: impl FnOnce(&mut Now)) {
        put(&mut self.now.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn changing<T>(&self, change: impl FnOnce(&mut Change) -> T) -> T {
        change(&mut self.change.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
