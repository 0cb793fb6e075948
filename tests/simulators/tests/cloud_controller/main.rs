//! The simulated Cloud Controller against its contract: what clients see of it, and how it treats a broker.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod broker_bind;
mod broker_create;
mod broker_delete;
mod broker_faults;
mod broker_orphans;
mod broker_polls;
mod broker_registration;
mod broker_script;
mod broker_secrets;
mod broker_update;
mod v3_about;
mod v3_bench;
mod v3_bindings;
mod v3_broker;
mod v3_brokers;
mod v3_cf;
mod v3_changes;
mod v3_http;
mod v3_instances;
mod v3_journey;
mod v3_lists;
mod v3_market;
mod v3_orphans;
mod v3_visibility;
