//! Cloud Controller, API v3: what a broker's operator asks and tells it.
//!
//! | file | what |
//! |---|---|
//! | `client` | where it is, who we are there; reads that were asked to come later |
//! | `answer` | what its answers say about a call |
//! | `query`, `pages`, `list` | how a list is narrowed, and read to its end |
//! | `info`, `standing` | which version it has; whether it takes us |
//! | `brokers`, `broker_changes` | service brokers |
//! | `offerings`, `plans`, `visibility` | what they offer, and who sees it |
//! | `instances`, `instance_changes`, `bindings` | what was made of it |
//! | `organizations`, `spaces` | where it was made |
//! | `jobs`, `wait` | its jobs: what goes on after an answer |
//! | `deletion`, `last_operation`, `related` | what several of these have |

mod answer;
mod bindings;
mod broker_changes;
mod brokers;
mod client;
mod deletion;
mod info;
mod instance_changes;
mod instances;
mod jobs;
mod last_operation;
mod list;
mod offerings;
mod organizations;
mod pages;
mod plans;
mod query;
mod related;
mod spaces;
mod standing;
mod visibility;
mod wait;

pub use answer::{ApiError, BROKER_HAS_INSTANCES, NOT_FOUND};
pub use bindings::{Binding, BindingFilter, BindingKind};
pub use broker_changes::{BrokerChange, BrokerCredentials, NewBroker};
pub use brokers::{Broker, BrokerFilter};
pub use client::{CloudController, CloudControllerSettings};
pub use deletion::Deletion;
pub use info::Info;
pub use instances::{Instance, InstanceFilter, InstanceKind};
pub use jobs::{Job, JobRef, JobState};
pub use last_operation::{LastOperation, OperationKind, OperationState};
pub use offerings::{Offering, OfferingFilter};
pub use organizations::Organization;
pub use plans::{Plan, PlanFilter};
pub use spaces::Space;
pub use standing::Standing;
pub use visibility::{Visibility, VisibilityKind};
pub use wait::JobError;
