//! Steps against the simulators of Director, UAA and CredHub, the example adapter and a real nats-server. The programs
//! `example-adapter` and `adapter-guard` have to be built (`tests/run` does).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may end so")]

mod addresses;
mod binds;
mod ground;
mod missing_plans;
mod process;
mod records;
mod secure;
mod settings;
mod touched;
mod unbinds;
mod world;
