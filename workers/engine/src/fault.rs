//! What a fault means for the job and for the wake.
use crate::step::Scene;
use chandler_clients::fault::Fault;
use rand::Rng;
use std::time::Duration;

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(15);
/// So long after its deadline a job that can't even look is given up: well before the platform gives up itself, 15
/// minutes after the deadline.
pub const GRACE: Duration = Duration::from_secs(120);

/// What to do after a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFault {
    /// The job fails.
    Fail,
    /// The act may have taken effect: look once its window is past.
    LookAfterWindow,
    /// Nothing happened: again after this time.
    Repeat(Duration),
}

/// The rule. `acting`: the fault is the answer, or the missing answer, to an act.
pub fn after(fault: &Fault, acting: bool, scene: &Scene) -> AfterFault {
    if scene.given_up() || (acting && fault.is_permanent()) {
        return AfterFault::Fail;
    }
    if acting && !fault.nothing_happened() {
        return AfterFault::LookAfterWindow;
    }
    AfterFault::Repeat(back_off(scene.job().faults))
}

/// 1 s, 2 s, 4 s … 15 s, each shortened by up to a half, so that waiting jobs spread.
pub fn back_off(faults: u32) -> Duration {
    let full = Duration::from_secs(1u64 << faults.min(4)).min(LONGEST);
    full.mul_f64(rand::rng().random_range(0.5..=1.0))
}
