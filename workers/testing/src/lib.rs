#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code: a broken set-up is a panic"
)]
#[cfg(feature = "turns")]
pub mod ground;
pub mod log;
#[cfg(feature = "turns")]
mod nats;
#[cfg(feature = "turns")]
pub mod probes;
#[cfg(feature = "turns")]
pub mod process;
#[cfg(feature = "turns")]
pub mod records;
#[cfg(feature = "turns")]
pub mod settings;
