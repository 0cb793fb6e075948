//! A running simulator.

use std::sync::Arc;

use super::control;
use super::handle::BoshWorld;
use super::listen::Shared;
use super::options::BoshOptions;
use super::world::World;
use crate::common::server::{Bound, Running};

/// A running simulator of a BOSH Director. Dropping it stops it as well, but doesn't wait.
#[derive(Debug)]
pub struct BoshSimulator {
    running: Running,
    world: BoshWorld,
}

impl BoshSimulator {
    /// Binds both ports and serves until `stop` (or drop).
    ///
    /// # Errors
    /// When a port can't be bound or the certificate is of no use.
    pub async fn start(options: BoshOptions) -> anyhow::Result<Self> {
        let bound = Bound::bind(options.addr, options.control_addr, options.tls.as_ref()).await?;
        let shared = Shared::new(World::new(options));
        let world = BoshWorld::new(shared.clone());
        let running = bound.serve(Arc::new(shared), control::router(world.clone()))?;
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
    pub fn world(&self) -> BoshWorld {
        self.world.clone()
    }

    /// Closes the ports and all connections, and waits for it.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}
