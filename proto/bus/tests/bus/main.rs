//! The bus against a real nats-server. A test without one fails and says what to do.
#![allow(clippy::expect_used, reason = "a test may panic")]

mod bootstrap;
mod cluster;
mod outage;
mod proxy;
mod records;
mod server;
mod wakes;
mod watch;

use bytes::Bytes;
use chandler_bus::{BootstrapSettings, Bus, Settings};
use chandler_proto::layout::Layout;
use std::future::Future;
use std::time::Duration;

/// The longest that anything in here may take.
const DEADLINE: Duration = Duration::from_secs(30);

fn settings(url: &str) -> Settings {
    Settings {
        urls: vec![url.to_owned()],
        user: None,
        password: None,
        ca_pem: None,
        layout: Layout::new("test").expect("a prefix"),
        name: "bus-test".into(),
    }
}

/// A connected bus, nothing made on it.
async fn bare(url: &str) -> Bus {
    let bus = Bus::connect(settings(url)).await.expect("fine settings");
    within(bus.connected()).await;
    bus
}

/// A server with everything that one worker needs, and a bus on it.
async fn ready() -> (server::Server, Bus) {
    ready_with(wanted()).await
}

async fn ready_with(wanted: BootstrapSettings) -> (server::Server, Bus) {
    let server = server::Server::start();
    let bus = bare(&server.url()).await;
    bus.bootstrap(&wanted).await.expect("bootstrap");
    (server, bus)
}

fn wanted() -> BootstrapSettings {
    BootstrapSettings::new(["provisioning"])
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.expect("in time")
}

/// Asks again and again until the answer is `Some`.
async fn eventually<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    within(async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}
