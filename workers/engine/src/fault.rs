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
    // Before anything else: a job whose act may still take effect doesn't end, however late it is.
    if acting && !fault.nothing_happened() {
        return AfterFault::LookAfterWindow;
    }
    if scene.given_up() || (acting && fault.is_permanent()) {
        return AfterFault::Fail;
    }
    AfterFault::Repeat(back_off(scene.job().faults))
}

/// 1 s, 2 s, 4 s … 15 s, each shortened by up to a half, so that waiting jobs spread.
pub fn back_off(faults: u32) -> Duration {
    let full = Duration::from_secs(1u64 << faults.min(4)).min(LONGEST);
    full.mul_f64(rand::rng().random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scene;
    use chandler_clients::FaultKind;

    #[test]
    fn what_may_still_take_effect_ends_no_job_however_late_it_is() {
        let fault = |kind| Fault::new(kind, "POST /deployments of the Director", "");
        let refused = FaultKind::Refused {
            status: 400,
            code: None,
        };
        let (early, late) = (scene(1_000), scene(10_000 + 1_000 * (GRACE.as_secs() + 1)));
        assert!(late.given_up());
        for scene in [&early, &late] {
            let after = after(&fault(FaultKind::Unknown), true, scene);
            assert_eq!(after, AfterFault::LookAfterWindow);
        }
        assert_eq!(after(&fault(refused), true, &early), AfterFault::Fail);
        assert!(matches!(after(&fault(refused), false, &early), AfterFault::Repeat(_)));
        for kind in [FaultKind::NotSent, FaultKind::Unknown] {
            assert_eq!(after(&fault(kind), false, &late), AfterFault::Fail);
        }
        assert!(matches!(
            after(&fault(FaultKind::NotSent), true, &early),
            AfterFault::Repeat(_)
        ));
    }
}
