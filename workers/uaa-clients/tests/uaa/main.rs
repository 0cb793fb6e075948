//! Steps against the simulator of the UAA and a real nats-server. Other workers' legs are done by a stand-in, which keeps
//! what the adapter would get.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may end so")]

mod changes;
mod crashes;
mod forced;
mod ground;
mod lost;
mod owners;
mod probes;
mod process;
mod provisions;
mod records;
mod refusals;
mod removes;
mod settings;
mod waits;
mod world;
