//! What all simulators share: HTTPS that can break, faults of calls, a journal, a clock, the control API.
//!
//! A simulator brings a `site::Site` (its state and routes). The Director has a `listen::Service` of its own,
//! because its faults hit tasks as well and its journal follows them.

pub(crate) mod answer;
pub(crate) mod clock;
pub(crate) mod control;
pub(crate) mod controls;
pub(crate) mod fault;
pub(crate) mod journal;
pub(crate) mod listen;
pub(crate) mod request;
pub(crate) mod server;
pub(crate) mod site;

pub use controls::Controls;
pub use fault::{CallAction, CallFault, Outage};
pub use journal::{Call, CallCount, CallFate, Calls};
