#![doc = include_str!("../README.md")]

pub mod adapter;
pub mod bosh;
pub mod cloud_controller;
pub mod credhub;
pub mod fault;
pub mod http;
pub mod instances_api;
pub mod manifest_secrets;
pub mod nats_monitor;
pub mod pending;
mod secret;
mod text;
pub mod uaa;

pub use fault::{Fault, FaultKind};
pub use http::CallContext;
pub use secret::{NotJson, Secret, SecretJson};
