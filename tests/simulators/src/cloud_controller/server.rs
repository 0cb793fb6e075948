//! A running simulator.

use std::ops::Deref;
use std::sync::Arc;

use super::broker::Brokers;
use super::control;
use super::options::Options;
use super::state::Shared;
use super::v3::Routes;
use super::world::CloudControllerWorld;
use crate::common::Controls;
use crate::common::server::{Bound, Running};
use crate::common::site::Front;

/// A running simulator of a Cloud Controller. Dropping it stops it as well, but doesn't wait. It can do all that [`CloudControllerWorld`] can.
#[derive(Debug)]
pub struct CloudController {
    running: Running,
    world: CloudControllerWorld,
}

impl Deref for CloudController {
    type Target = CloudControllerWorld;

    fn deref(&self) -> &CloudControllerWorld {
        &self.world
    }
}

impl CloudController {
    /// Binds both ports and serves until `stop` (or drop).
    ///
    /// # Errors
    /// When a port can't be bound or a certificate is of no use.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let bound = Bound::bind(options.addr, options.control_addr, options.tls.as_ref()).await?;
        let controls = Controls::new();
        let shared = Shared::new(options.clone(), bound.url(), controls.now());
        let brokers = Brokers::new(shared.clone(), controls.clone(), &options)?;
        let world = CloudControllerWorld {
            shared: shared.clone(),
            brokers: brokers.clone(),
            controls: controls.clone(),
            forgotten: Arc::default(),
        };
        let site = Routes { shared, brokers };
        let front = Front { site, controls };
        let running = bound.serve(Arc::new(front), control::router(world.clone()))?;
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
    pub fn world(&self) -> CloudControllerWorld {
        self.world.clone()
    }

    /// Closes the ports and all connections, ends all work, and waits for it.
    pub async fn stop(self) {
        self.world.brokers.stop().await;
        self.running.stop().await;
    }
}

impl Drop for CloudController {
    fn drop(&mut self) {
        self.world.brokers.end();
    }
}
