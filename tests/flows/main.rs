//! A file per story.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "test code: a broken set-up is a panic, figures are printed"
)]
mod arrows;
mod away;
mod bindings;
mod chaos;
mod checklist;
mod clients;
mod crash_matrix;
mod defects;
mod engine_loop;
mod labels;
mod life;
mod offerings;
mod schemas;
mod secrets;
mod through_cf;
mod trace;
mod unwatched;
mod updates;
mod worst_cf;
