//! The supervisor as a process: what it starts, starts again and never leaves behind.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod guard;
mod readme;
mod refusals;
mod samples;
mod stack;
mod tour;
mod world;
