//! The simulated CredHub held to what is known of real ones, and each way in which it can misbehave.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod auth;
mod bench;
mod cli;
mod contract;
mod control;
mod faults;
mod program;
mod requests;
