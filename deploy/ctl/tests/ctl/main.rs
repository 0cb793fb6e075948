//! The command line as a process: exit codes and texts, against a real nats-server and the
//! simulator of the Director.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod bootstrap;
mod certificates;
mod check;
mod doctor;
mod mistakes;
mod nats;
mod register;
mod roles;
mod run;
