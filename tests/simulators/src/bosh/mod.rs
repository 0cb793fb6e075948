//! A BOSH Director (basic authentication) as a real HTTPS server that can be told to misbehave.

mod answer;
mod calls;
mod catalog;
mod clock;
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
mod request;
mod routes;
mod run;
mod schedule;
mod server;
mod task;
mod world;

pub use catalog::{Catalog, ErrandScript, Release, Stemcell};
pub use fault::{CallAction, CallFault, Fault, Outage, TaskEffect, TaskFault};
pub use handle::{BoshWorld, DeploymentView};
pub use journal::{CallCount, Fate, Journal, Start};
pub use options::{BoshOptions, DirectorRelease};
pub use server::BoshSimulator;
pub use task::{Ending, TaskKind, TaskState, TaskView};
