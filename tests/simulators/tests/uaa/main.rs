//! The simulated UAA against its contract, and each way in which it can misbehave.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod bench;
mod clients;
mod contract;
mod control;
mod faults;
mod keys;
mod secrets;
mod tokens;
