//! The gateway over real HTTP, with a real nats-server. Workers are played by the tests.
#![allow(clippy::unwrap_used, reason = "tests")]

mod accepting;
mod away;
mod binder;
mod bindings;
mod client_certs;
mod config;
mod drain;
mod edge;
mod estimates;
mod https;
mod late_view;
mod load;
mod logs;
mod lost;
mod maintenance;
mod managing;
mod missing_plans;
mod nats;
mod process;
mod proxy;
mod quotas;
mod refusing;
mod reload_certificate;
mod reload_configuration;
mod rotation;
mod schemas;
mod story;
mod sweeping;
mod telemetry;
mod tls;
mod tls_matrix;
mod undecided;
mod updating;
mod waiting;
mod world;
