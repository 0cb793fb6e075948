//! The process group of a run.

use rustix::process::{Pid, Signal, kill_process_group};

/// A process group.
///
/// Its number isn't given to anybody else as long as one of its processes is left, or its leader is not collected yet. The guard
/// signals before it collects the leader; a worker only when the guard didn't do its duty.
#[derive(Debug)]
pub(super) struct Group {
    leader: Pid,
}

impl Group {
    /// The group that the process `leader` leads.
    pub(super) fn led_by(leader: Pid) -> Self {
        Self { leader }
    }

    /// Asks all of it to end.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends all of it.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        // It fails when nobody is left, and that is what is wanted. Init leads no adapter.
        if !self.leader.is_init() {
            let _ = kill_process_group(self.leader, signal);
        }
    }
}
