//! A BOSH Director (passwords or a UAA) as a real HTTPS server that can be told to misbehave.

mod access;
mod answer;
mod calls;
mod catalog;
mod configs;
mod control;
mod deployment;
mod events;
mod fault;
mod handle;
mod journal;
mod links;
mod listen;
mod lock;
mod manifest;
mod options;
mod plan;
mod plans;
mod routes;
mod run;
mod schedule;
mod server;
mod task;
mod variables;
mod world;

pub use crate::common::{CallAction, CallCount, CallFault, Outage};
pub use catalog::{Catalog, ErrandScript, Release, Stemcell};
pub use fault::{Fault, TaskEffect, TaskFault};
pub use handle::{BoshWorld, DeploymentView};
pub use journal::{Fate, Journal, Start};
pub use options::{BoshOptions, DirectorRelease};
pub use server::BoshSimulator;
pub use task::{Ending, TaskKind, TaskState, TaskView};
