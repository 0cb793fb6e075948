#![doc = include_str!("../README.md")]

pub mod clock;
pub mod health;
pub mod logs;
pub mod metrics;
pub mod run;
pub mod signals;
pub mod traces;

mod env;
mod findings;

pub use clock::{Clock, ManualClock, SystemClock};
pub use findings::Findings;
pub use health::Health;
pub use logs::{LogFormat, LogSettings};
pub use metrics::Registry;
pub use run::{EXIT_CONFIG, EXIT_DRAIN_OVERDUE, EXIT_FAILURE, EXIT_UNAVAILABLE};
pub use run::{Running, StartError, StartSettings, refuse_config, start};
pub use signals::Shutdown;
pub use traces::TraceContext;
