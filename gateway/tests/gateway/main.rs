//! The gateway over real HTTP, with a real nats-server. Workers are played by the tests.
#![allow(clippy::unwrap_used, reason = "tests")]

mod accepting;
mod away;
mod binder;
mod bindings;
mod config;
mod edge;
mod estimates;
mod late_view;
mod lost;
mod managing;
mod nats;
mod process;
mod proxy;
mod refusing;
mod rotation;
mod story;
mod sweeping;
mod tls;
mod updating;
mod waiting;
mod world;
