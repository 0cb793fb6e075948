//! The guard: a small process between a worker and one run of the adapter, so that no run outlives its worker or its limit.
//!
//! A worker that gets SIGKILL can end nothing any more, and one that stands still ends nothing in time. So the worker starts
//! `adapter-guard`, and the guard starts the adapter, in a process group of its own, with the guard's stdout and stderr. It kills that
//! group with SIGKILL when the limit is over, by the machine's monotonic clock, or when its *life line* is closed.
//!
//! The life line is the guard's stdin, a Unix socket (a pipe will do, the guard then says nothing). Towards the guard: one block, that is
//! 8 bytes with a length (big-endian) and so many bytes for the adapter's stdin, and then at any time a byte, which asks the
//! adapter to end (SIGTERM). Its end means that the worker died or gave up. The adapter is not started before the block is whole. Towards
//! the worker: a line for each [`Word`].
//!
//! Command line: `adapter-guard <until> <grace> feed|null <path> <arguments of the adapter>`; `until` is a time of `CLOCK_MONOTONIC` in
//! milliseconds, the same for all processes of a machine, so that it doesn't move when the worker stands still before it has started the
//! guard; `grace` says how many milliseconds earlier SIGTERM is sent.
//!
//! Exit code: the adapter's own; 128 and the signal when one ended it; 125 when nothing was started, 126 when that failed, 64 for a
//! wrong command line.

mod find;
mod line;
mod program;
mod word;

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

pub use program::main;
pub use word::Word;

pub(super) use find::find;
pub(super) use line::{Guarded, Order};

/// For what an adapter leaves running when it ends, to finish its output: a `tee` behind it, for example.
const DRAIN: Duration = Duration::from_secs(2);
/// For the kernel, to report that a killed process is gone.
pub(super) const REAP: Duration = Duration::from_secs(1);

/// The machine's monotonic time.
pub(super) fn monotonic() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}
