#![doc = include_str!("README.md")]

mod auth;
mod calls;
mod control;
mod crypt;
mod generate;
mod grants;
mod handle;
mod interpolate;
mod journal;
mod kind;
mod name;
mod options;
mod permissions;
mod refusal;
mod routes;
mod server;
mod store;
mod trouble;
mod vault;

pub use handle::{CredHubWorld, NotAccepted};
pub use journal::{Act, Write};
pub use options::Options;
pub use server::CredHub;
pub use trouble::Trouble;
