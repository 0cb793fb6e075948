#![doc = include_str!("../README.md")]
pub mod access;
pub mod beside;
pub mod checks;
pub mod client;
pub mod offered;
pub mod plan_schemas;
pub mod program;
mod reload;
pub mod tasks;
