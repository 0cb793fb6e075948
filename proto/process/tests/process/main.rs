//! Processes that are really started, told to stop, and watched from outside.

#![expect(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod child;
mod clock;
mod collector;
mod lifecycle;
mod logs;
mod outside;
mod traces;
