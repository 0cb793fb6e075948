//! The simulated Director against recordings of a real one, and each way in which it can misbehave.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

mod calls;
mod client;
mod compare;
mod contract;
mod control;
mod recording;
mod replay;
mod scenes;
mod tasks;
mod tokens;
mod uaa;
mod variables;
