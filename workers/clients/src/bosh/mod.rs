//! The BOSH Director. A file per endpoint; [`progress`] and [`redact`] are pure.

mod cancel_task;
mod configs;
mod delete_deployment;
mod deploy;
mod deployment;
mod deployments;
mod director;
mod event;
mod info;
mod locks;
pub mod progress;
pub mod redact;
mod task;
mod task_error;
mod task_events;
mod tasks;

pub use deployment::Deployment;
pub use deployments::DeploymentRow;
pub use director::{Auth, Director, DirectorSettings};
pub use event::{Event, StepEvent, StepState};
pub use info::Info;
pub use locks::Lock;
pub use progress::Progress;
pub use task::{Task, TaskId, TaskState};
pub use task_error::TaskError;
pub use task_events::Events;
pub use tasks::TaskFilter;
