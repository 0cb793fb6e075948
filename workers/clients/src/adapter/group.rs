//! The process group of a run: nobody of it outlives the run.

use rustix::process::{Pid, Signal, kill_process_group};

/// Kills the group when it is dropped, with the turn that is dropped, for example.
///
/// The number of a group isn't given to anybody else as long as one of its processes is left. When none is left a signal hits nobody, because it
/// is sent right after the leader was waited for, before the kernel has gone through all other numbers.
#[derive(Debug)]
pub(super) struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// The group that the process `id` leads.
    pub(super) fn led_by(id: Option<u32>) -> Self {
        let leader = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
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
        if let Some(leader) = self.leader {
            // It fails when nobody is left, and that is what is wanted.
            let _ = kill_process_group(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
