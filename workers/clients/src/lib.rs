#![doc = include_str!("../README.md")]

pub mod adapter;
pub mod bosh;
pub mod fault;
pub mod http;
mod text;

pub use fault::{Fault, FaultKind};
pub use http::CallContext;
