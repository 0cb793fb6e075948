//! The clients against servers and executables that misbehave.

#![allow(clippy::unwrap_used, reason = "a test may end so")]

mod adapter_ends;
mod adapter_runs;
mod director_reads;
mod director_writes;
mod script;
mod server;
mod simulator;
mod transport;
