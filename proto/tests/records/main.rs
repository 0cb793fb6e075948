//! The state machine of jobs and records, and the shapes that must parse for ever.
#![expect(clippy::unwrap_used, reason = "test code")]
mod fixtures;
mod machine;
mod make;
