//! The supervisor as a process: what it starts, starts again and never leaves behind.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod guard;
mod refusals;
mod stack;
mod world;
