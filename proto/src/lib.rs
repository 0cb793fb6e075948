//! placeholder
pub mod catalog;
pub mod config;
pub mod layout;
pub mod secret;
