//! A running simulator.

use std::ops::Deref;
use std::sync::Arc;

use super::options::Options;
use super::site::{Desk, LIST};
use super::world::InstancesApiWorld;
use crate::common::server::{Bound, Running};
use crate::common::site::Front;
use crate::common::{Controls, control};

/// A running simulator of a service instances API. Dropping it stops it as well, but doesn't wait. It can do all that [`InstancesApiWorld`] can.
#[derive(Debug)]
pub struct InstancesApi {
    running: Running,
    world: InstancesApiWorld,
}

impl InstancesApi {
    /// Binds both ports and serves until `stop` (or drop).
    ///
    /// # Errors
    /// When a port can't be bound or the certificate is of no use.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let bound = Bound::bind(options.addr, options.control_addr, options.tls.as_ref()).await?;
        let controls = Controls::new();
        let front = Arc::new(Front {
            site: Desk::new(options),
            controls: controls.clone(),
        });
        let world = InstancesApiWorld::new(front.clone());
        let running = bound.serve(front, control::router(controls))?;
        Ok(Self { running, world })
    }

    /// The address of the list, `https://127.0.0.1:PORT/service_instances`.
    pub fn url(&self) -> String {
        format!("{}{LIST}", self.running.url())
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
    pub fn world(&self) -> InstancesApiWorld {
        self.world.clone()
    }

    /// Closes the ports and all connections, and waits for it.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

impl Deref for InstancesApi {
    type Target = InstancesApiWorld;

    fn deref(&self) -> &InstancesApiWorld {
        &self.world
    }
}
