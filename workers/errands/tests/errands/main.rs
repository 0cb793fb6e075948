//! Whole turns of this room: real records on a real nats-server, a simulated Director, a clock that only waiting moves.
//! There is no fetch loop but in `process`; the flows have that.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may end so")]

mod ends;
mod forced;
mod once;
mod pre_delete;
mod process;
mod records;
mod runs;
mod settings;
mod site;
mod times;
