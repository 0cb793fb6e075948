//! A file per group of calls.

pub(super) mod about;
pub(super) mod apps;
pub(super) mod binding_create;
pub(super) mod binding_read;
pub(super) mod bindings;
pub(super) mod brokers;
pub(super) mod brokers_write;
pub(super) mod flags;
pub(super) mod instance_create;
pub(super) mod instance_delete;
pub(super) mod instance_update;
pub(super) mod instances;
pub(super) mod offerings;
pub(super) mod organizations;
pub(super) mod plans;
pub(super) mod shared;
pub(super) mod spaces;
pub(super) mod visibility;
