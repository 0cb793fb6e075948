#![doc = include_str!("README.md")]

mod bearer;
mod calls;
mod claims;
mod client;
mod control;
mod credentials;
mod handle;
mod issue;
mod keys;
mod options;
mod refusal;
mod routes;
mod seed;
mod server;
mod state;
mod verify;

pub use claims::Claims;
pub use client::Client;
pub use handle::UaaWorld;
pub use options::{Options, User};
pub use server::Uaa;
pub use verify::{BadToken, Verifier};
