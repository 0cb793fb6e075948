#![doc = include_str!("README.md")]
//!
//! # How it is made
//!
//! In two halves: what `cf` and other clients call (`v3`), and how it treats a service broker (`broker`). Both meet in the state: a call of a client makes rows
//! and a job, then starts work; the work calls the broker, reads its answers as the real one does, and writes what came of it into the rows and the job.
//! `catalog` checks what a broker offers, and takes it over.

mod broker;
mod catalog;
mod control;
mod model;
mod options;
mod refusal;
mod server;
mod state;
mod v3;
mod world;

pub use broker::{OutgoingAction, OutgoingCall, OutgoingFate, OutgoingFault};
pub use model::{
    Binding, BindingKind, Broker, BrokerState, Instance, Job, JobState, LastOperation, Offering, OperationKind,
    OperationState, Plan, Stamp, Visibility,
};
pub use options::{CredHubAccess, Options};
pub use server::CloudController;
pub use world::CloudControllerWorld;
