//! The gateway over real HTTP, with a real nats-server. Workers are played by the tests.
#![allow(clippy::unwrap_used, reason = "tests")]

mod accepting;
mod away;
mod edge;
mod lost;
mod nats;
mod process;
mod proxy;
mod story;
mod sweeping;
mod tls;
mod world;
