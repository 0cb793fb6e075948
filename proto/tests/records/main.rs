//! The state machine of jobs and records, and the shapes that must parse for ever.
mod fixtures;
mod machine;
mod make;
