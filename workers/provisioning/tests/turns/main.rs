//! Whole turns of this room: real records on a real nats-server, simulated Director, UAA and CredHubs, a shell script as
//! adapter. There is no fetch loop; the flows have that.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may end so")]

mod bindings;
mod client;
mod dashboard;
mod deploy;
mod labels;
mod last_look;
mod missing_plans;
mod pending_client;
mod records;
mod recreate;
mod reload;
mod schemas;
mod servers;
mod settings;
mod site;
mod tidy;
mod undecided;
mod update;
mod update_fails;
