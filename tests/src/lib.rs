#![doc = include_str!("../README.md")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a broken set-up is a panic"
)]
pub mod bindings;
pub mod cloud_foundry;
pub mod nats;
pub mod otlp;
pub mod platform;
pub mod process;
pub mod redeploy;
pub mod rig;
pub mod service;
pub mod settings;
pub mod systems;
pub mod wait;
pub mod world;
