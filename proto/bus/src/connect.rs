//! The connection: made once, kept for ever.

use crate::errors::ConnectError;
use crate::settings::Settings;
use async_nats::connection::State;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions, Event, jetstream};
use chandler_proto::layout::{self, Layout};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A dead connection is noticed after three of these.
const PING_INTERVAL: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const FIRST_DELAY_MS: u64 = 50;

/// The bus. Clones share one connection.
#[derive(Clone)]
pub struct Bus {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) layout: Layout,
    pub(crate) link: watch::Receiver<Link>,
}

/// What is known about the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) connected: bool,
    /// Counts the connections that were made. What the server kept for an earlier one (a waiting
    /// pull, an ephemeral consumer) may be gone.
    pub(crate) generation: u64,
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("prefix", &self.shared.layout.prefix())
            .field("link", &*self.shared.link.borrow())
            .finish()
    }
}

impl Bus {
    /// Starts to connect, and goes on for as long as the bus (or a clone) lives. Returns at once:
    /// an absent server, or one that refuses our credentials, is tried again for ever.
    ///
    /// # Errors
    /// Settings that can never work.
    pub async fn connect(settings: Settings) -> Result<Bus, ConnectError> {
        let addresses = settings.addresses()?;
        let (said, link) = watch::channel(Link::default());
        let mut options = ConnectOptions::new()
            .name(&settings.name)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(delay)
            .connection_timeout(CONNECT_TIMEOUT)
            .ping_interval(PING_INTERVAL)
            .request_timeout(Some(layout::REQUEST_TIMEOUT))
            .event_callback(move |event| {
                heard(&event, &said);
                std::future::ready(())
            });
        if let Some((user, password)) = settings.credentials()? {
            options = options.user_and_password(user.to_owned(), password.expose().to_owned());
        }
        if let Some(tls) = settings.tls(&addresses)? {
            options = options.tls_client_config(tls).require_tls(settings.ca_pem.is_some());
        }
        let client = options
            .connect(addresses)
            .await
            .map_err(|error| ConnectError::Client(error.kind().to_string()))?;
        let jetstream = ContextBuilder::new()
            .timeout(layout::REQUEST_TIMEOUT)
            .build(client.clone());
        Ok(Bus {
            shared: Arc::new(Shared {
                client,
                jetstream,
                layout: settings.layout,
                link,
            }),
        })
    }

    /// Whether there is a connection right now. A server that stands still keeps it for some
    /// seconds.
    pub fn is_connected(&self) -> bool {
        self.shared.client.connection_state() == State::Connected
    }

    /// Waits until there is a connection.
    pub async fn connected(&self) {
        let mut link = self.shared.link.clone();
        // The sender lives in the client that `self` holds, so the wait can't fail.
        let _ = link.wait_for(|link| link.connected).await;
    }

    /// Waits, at most for `limit`, until everything that was sent so far reached the server: for
    /// the last line of a process that stops. Says whether it did.
    pub async fn flush(&self, limit: Duration) -> bool {
        matches!(
            tokio::time::timeout(limit, self.shared.client.flush()).await,
            Ok(Ok(()))
        )
    }

    /// The names of this broker on the bus.
    pub fn layout(&self) -> &Layout {
        &self.shared.layout
    }

    pub(crate) fn link(&self) -> Link {
        *self.shared.link.borrow()
    }
}

fn heard(event: &Event, said: &watch::Sender<Link>) {
    match event {
        Event::Connected => {
            tracing::info!("connected to the bus");
            said.send_modify(|link| {
                link.connected = true;
                link.generation += 1;
            });
        }
        Event::Disconnected => {
            tracing::warn!("lost the connection to the bus");
            said.send_modify(|link| link.connected = false);
        }
        Event::Closed => said.send_modify(|link| link.connected = false),
        Event::LameDuckMode => tracing::info!("a server of the bus is about to leave"),
        Event::Draining => {}
        Event::SlowConsumer(subscription) => {
            tracing::warn!(subscription, "messages of the bus came faster than they were read");
        }
        Event::ServerError(error) => tracing::warn!(%error, "the bus reports an error"),
        Event::ClientError(error) => tracing::debug!(%error, "no connection to the bus yet"),
    }
}

/// The pause before an attempt to connect (counted from 1): none, then doubling up to the cap,
/// and never the same for two processes.
fn delay(attempt: usize) -> Duration {
    if attempt <= 1 {
        return Duration::ZERO;
    }
    let doublings = u32::try_from(attempt - 2).unwrap_or(u32::MAX).min(16);
    let cap = u64::try_from(layout::RECONNECT_DELAY_CAP.as_millis()).unwrap_or(u64::MAX);
    let full = FIRST_DELAY_MS.saturating_mul(1 << doublings).min(cap);
    Duration::from_millis(rand::random_range(full / 2..=full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_its_cap_and_has_jitter() {
        assert_eq!(delay(1), Duration::ZERO);
        for attempt in [2, 3, 5, 10, 1_000, usize::MAX] {
            assert!(delay(attempt) <= layout::RECONNECT_DELAY_CAP, "{attempt}");
            assert!(delay(attempt) >= Duration::from_millis(25), "{attempt}");
        }
        let many: std::collections::HashSet<_> = (0..64).map(|_| delay(20)).collect();
        assert!(many.len() > 8, "{many:?}");
    }
}
