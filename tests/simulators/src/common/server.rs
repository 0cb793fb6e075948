//! Both ports of a running simulator: HTTPS, and the control API.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::listen::{self, Service};
use crate::tls::Identity;

/// The bound ports of a simulator that doesn't serve yet: what it serves may have to say its own address.
#[derive(Debug)]
pub(crate) struct Bound {
    identity: Identity,
    listener: TcpListener,
    controls: TcpListener,
    addr: SocketAddr,
    control: SocketAddr,
}

/// A running server. Dropping it stops it as well, but doesn't wait.
#[derive(Debug)]
pub(crate) struct Running {
    addr: SocketAddr,
    control: SocketAddr,
    ca_pem: String,
    stop: CancellationToken,
    tracker: TaskTracker,
}

impl Bound {
    /// Binds both ports; without an identity a new authority is made.
    pub(crate) async fn bind(addr: SocketAddr, control: SocketAddr, tls: Option<&Identity>) -> anyhow::Result<Self> {
        let identity = match tls {
            Some(identity) => identity.clone(),
            None => Identity::generate()?,
        };
        let listen = async |at| {
            let bound = TcpListener::bind(at).await;
            bound.with_context(|| format!("can't listen on {at}"))
        };
        let (listener, controls) = (listen(addr).await?, listen(control).await?);
        Ok(Self {
            addr: listener.local_addr()?,
            control: controls.local_addr()?,
            identity,
            listener,
            controls,
        })
    }

    /// `https://127.0.0.1:PORT`, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.addr)
    }

    /// Serves until `stop` (or drop).
    pub(crate) fn serve<S: Service>(self, service: Arc<S>, control: Router) -> anyhow::Result<Running> {
        let tls = TlsAcceptor::from(self.identity.server_config()?);
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let serving = listen::serve(self.listener, tls, service, stop.clone(), tracker.clone());
        tracker.spawn(serving);
        let stopped = stop.clone().cancelled_owned();
        tracker.spawn(async move {
            tokio::select! {
                () = stopped => {}
                served = axum::serve(self.controls, control) => {
                    if let Err(error) = served {
                        tracing::warn!(%error, "the control API has stopped");
                    }
                }
            }
        });
        Ok(Running {
            addr: self.addr,
            control: self.control,
            ca_pem: self.identity.ca_pem,
            stop,
            tracker,
        })
    }
}

impl Running {
    /// `https://127.0.0.1:PORT`, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.addr)
    }

    /// The CA certificate that clients must trust, in PEM.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// `http://127.0.0.1:PORT` of the control API.
    pub(crate) fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// Closes the ports and all connections, and waits for it.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
