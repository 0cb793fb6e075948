//! UAA: where tokens come from, the memory that keeps one for many calls, and the clients of others.

mod client;
mod form;
mod grant;
mod guarded;
mod memory;
mod oauth_clients;
mod send;
mod site;
mod token;
mod tokens;

pub use client::{Uaa, UaaSettings};
pub use grant::Grant;
pub(crate) use guarded::Guarded;
pub use oauth_clients::{Creation, OauthClient, OauthClients};
pub(crate) use site::{Advertised, Site};
pub use token::Token;
pub use tokens::Tokens;
