//! A running simulator.

use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::control;
use super::handle::BoshWorld;
use super::listen::{self, Shared};
use super::options::BoshOptions;
use super::world::World;
use crate::tls::Identity;

/// A running simulator of a BOSH Director. Dropping it stops it as well, but doesn't wait.
#[derive(Debug)]
pub struct BoshSimulator {
    addr: SocketAddr,
    control: SocketAddr,
    ca_pem: String,
    world: BoshWorld,
    stop: CancellationToken,
    tracker: TaskTracker,
}

impl BoshSimulator {
    /// Binds both ports and serves until `stop` (or drop).
    ///
    /// # Errors
    /// When a port can't be bound or the certificate is of no use.
    pub async fn start(options: BoshOptions) -> anyhow::Result<Self> {
        let identity = match &options.tls {
            Some(identity) => identity.clone(),
            None => Identity::generate()?,
        };
        let tls = TlsAcceptor::from(identity.server_config()?);
        let listener = TcpListener::bind(options.addr)
            .await
            .with_context(|| format!("can't listen on {}", options.addr))?;
        let controls = TcpListener::bind(options.control_addr)
            .await
            .with_context(|| format!("can't listen on {}", options.control_addr))?;
        let (addr, control) = (listener.local_addr()?, controls.local_addr()?);
        let shared = Shared::new(World::new(options));
        let world = BoshWorld::new(shared.clone());
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let serving = listen::serve(listener, tls, shared, stop.clone(), tracker.clone());
        tracker.spawn(serving);
        let routes = control::router(world.clone());
        let stopped = stop.clone().cancelled_owned();
        tracker.spawn(async move {
            tokio::select! {
                () = stopped => {}
                served = axum::serve(controls, routes) => {
                    if let Err(error) = served {
                        tracing::warn!(%error, "the control API has stopped");
                    }
                }
            }
        });
        Ok(Self {
            addr,
            control,
            ca_pem: identity.ca_pem,
            world,
            stop,
            tracker,
        })
    }

    /// `https://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("https://{}", self.addr)
    }

    /// The CA certificate that clients must trust, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// `http://127.0.0.1:PORT` of the control API.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The state and the faults, for tests in the same process.
    pub fn world(&self) -> BoshWorld {
        self.world.clone()
    }

    /// Closes the ports and all connections, and waits for it.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

impl Drop for BoshSimulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
