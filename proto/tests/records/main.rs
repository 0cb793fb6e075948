//! The state machine of jobs and records, and the shapes that must parse for ever.
#![expect(clippy::unwrap_used, reason = "test code")]
mod bindings;
mod changes;
mod clients;
mod ends;
mod facts;
mod filled;
mod fixtures;
mod itineraries;
mod make;
mod turns;
mod windows;
