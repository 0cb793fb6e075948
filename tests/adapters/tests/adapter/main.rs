//! The built adapter, run as a broker runs it.

#![expect(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod bindings;
mod broker;
mod commands;
mod misbehaviour;
mod schemas;
