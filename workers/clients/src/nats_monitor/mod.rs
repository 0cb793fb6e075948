//! The monitoring of a nats-server: what it tells over HTTP, and no client of the bus is told.
//!
//! | file | what |
//! |---|---|
//! | `client` | where it is |
//! | `jsz` | `GET /jsz`: how JetStream keeps what it is given |

mod client;
mod jsz;

pub use client::{NatsMonitor, NatsMonitorSettings};
pub use jsz::JetStream;
