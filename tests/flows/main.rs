//! A file per story.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test code")]
mod arrows;
mod away;
mod chaos;
mod crash_matrix;
mod life;
mod secrets;
mod trace;
