//! The configuration as its users see it: texts in, a `Config` or findings out.
#![expect(clippy::expect_used, reason = "a test may stop where it is")]
mod catalog_rules;
mod catalog_shapes;
mod chandler;
mod cloud_controller;
mod connections;
mod credhub;
mod effects;
mod errands;
mod forms;
mod instances_api;
mod known_keys;
mod load;
mod offerings;
mod plan_parts;
mod sample;
mod scalars;
mod secrets;
mod service;
mod support;
mod uaa_clients;
