#![doc = include_str!("../README.md")]
pub mod access;
pub mod client;
pub mod program;
pub mod tasks;
