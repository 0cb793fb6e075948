//! Towards `cf` and other clients: API v3.
//!
//! `routes` is the list of calls, `calls` has a file for each group of them, `views` what rows look like. `access` knows who asks, `market` who may see
//! and use a plan, `query` and `page` how lists are asked for and answered, `body` how bodies are read.

mod access;
mod body;
mod calls;
mod included;
mod market;
mod page;
mod query;
mod routes;
mod views;

pub(super) use routes::Routes;
