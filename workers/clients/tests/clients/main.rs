//! The clients against servers and executables that misbehave.

#![allow(clippy::unwrap_used, reason = "a test may end so")]

mod adapter_bindings;
mod adapter_dashboard;
mod adapter_ends;
mod adapter_guard;
mod adapter_runs;
mod adapter_schemas;
mod cloud_controller;
mod cloud_controller_faults;
mod cloud_controller_jobs;
mod cloud_controller_lists;
mod cloud_controller_simulator;
mod cloud_controller_tokens;
mod cloud_controller_views;
mod cloud_controller_writes;
mod credhub_calls;
mod credhub_faults;
mod credhub_simulator;
mod director_bindings;
mod director_errands;
mod director_reads;
mod director_tokens;
mod director_writes;
mod errands_simulator;
mod instances_api;
mod nats_monitor;
mod script;
mod secrecy;
mod server;
mod simulator;
mod transport;
mod uaa_clients;
mod uaa_clients_simulator;
mod uaa_simulator;
mod uaa_tokens;
