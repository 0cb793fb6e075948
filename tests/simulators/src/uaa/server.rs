//! A running simulator.

use std::ops::Deref;
use std::sync::Arc;

use super::control;
use super::handle::UaaWorld;
use super::options::Options;
use super::routes::Routes;
use super::state::Shared;
use crate::common::Controls;
use crate::common::server::{Bound, Running};
use crate::common::site::Front;

/// A running simulator of a UAA. Dropping it stops it as well, but doesn't wait. It can do all that [`UaaWorld`] can.
#[derive(Debug)]
pub struct Uaa {
    running: Running,
    world: UaaWorld,
}

impl Deref for Uaa {
    type Target = UaaWorld;

    fn deref(&self) -> &UaaWorld {
        &self.world
    }
}

impl Uaa {
    /// Binds both ports and serves until `stop` (or drop).
    ///
    /// # Errors
    /// When a port can't be bound or the certificate is of no use.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let bound = Bound::bind(options.addr, options.control_addr, options.tls.as_ref()).await?;
        let url = options.url.clone().unwrap_or_else(|| bound.url());
        let world = UaaWorld {
            shared: Shared::new(options, url),
            controls: Controls::new(),
        };
        let front = Front {
            site: Routes {
                shared: world.shared.clone(),
            },
            controls: world.controls.clone(),
        };
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
    pub fn world(&self) -> UaaWorld {
        self.world.clone()
    }

    /// Closes the ports and all connections, and waits for it.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}
