#![doc = include_str!("../README.md")]
pub mod access;
pub mod checks;
pub mod client;
pub mod program;
pub mod tasks;
