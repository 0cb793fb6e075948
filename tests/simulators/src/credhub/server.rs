//! A running simulator.

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;

use super::handle::{CredHubWorld, NotAccepted};
use super::options::Options;
use super::routes::Desk;
use crate::common::server::{Bound, Running};
use crate::common::site::Front;
use crate::common::{Controls, control};

/// A running simulator of a CredHub. Dropping it stops it as well, but doesn't wait. What [`CredHubWorld`] can be asked
/// and told, it can too.
#[derive(Debug)]
pub struct CredHub {
    running: Running,
    world: CredHubWorld,
}

impl CredHub {
    /// Binds both ports and serves until `stop` (or drop).
    ///
    /// # Errors
    /// When a port can't be bound, the certificate is of no use, or a path of [`Options::grants`] isn't one.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let bound = Bound::bind(options.addr, options.control_addr, options.tls.as_ref()).await?;
        let controls = Controls::new();
        let site = Desk::new(options).map_err(NotAccepted::from).context("grants")?;
        let front = Arc::new(Front {
            site,
            controls: controls.clone(),
        });
        let world = CredHubWorld::new(front.clone());
        let routes = control::router(controls).merge(super::control::router(world.clone()));
        let running = bound.serve(front, routes)?;
        Ok(Self { running, world })
    }

    /// `https://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// The CA certificate that clients must trust, in PEM.
    pub fn ca_pem(&self) -> &str {
        self.running.ca_pem()
    }

    /// `http://127.0.0.1:PORT` of the control API.
    pub fn control_url(&self) -> String {
        self.running.control_url()
    }

    /// The state and the faults, for tests in the same process.
    pub fn world(&self) -> CredHubWorld {
        self.world.clone()
    }

    /// Closes the ports and all connections, and waits for it.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

impl Deref for CredHub {
    type Target = CredHubWorld;

    fn deref(&self) -> &CredHubWorld {
        &self.world
    }
}
