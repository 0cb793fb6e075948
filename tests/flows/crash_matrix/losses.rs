//! Calls that are lost.
use chandler_simulators::common::{CallAction, CallFault};
use chandler_tests::world::World;

/// Whom a call is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum System {
    Director,
    Uaa,
    CredHub,
}

const SYSTEMS: [System; 3] = [System::Director, System::Uaa, System::CredHub];

/// One call that is lost: the so-many-th one (from 0) to a system.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    system: System,
    skip: u64,
    call: CallAction,
}

impl System {
    /// How often it was called.
    fn calls(self, world: &World) -> u64 {
        let counts = match self {
            System::Director => world.director.journal().counts,
            System::Uaa => world
                .systems
                .uaa
                .as_ref()
                .map(|uaa| uaa.journal().counts)
                .unwrap_or_default(),
            System::CredHub => world
                .systems
                .credhub
                .as_ref()
                .map(|credhub| credhub.journal().counts)
                .unwrap_or_default(),
        };
        counts.iter().map(|c| c.count).sum()
    }
    /// All of them forget what they were asked.
    pub(super) fn forget_calls(world: &World) {
        world.director.clear_journal();
        if let Some(uaa) = &world.systems.uaa {
            uaa.clear_journal();
        }
        if let Some(credhub) = &world.systems.credhub {
            credhub.clear_journal();
        }
    }
    /// All of them behave again.
    pub(super) fn clear_faults(world: &World) {
        world.director.clear_faults();
        if let Some(uaa) = &world.systems.uaa {
            uaa.clear_faults();
        }
        if let Some(credhub) = &world.systems.credhub {
            credhub.clear_faults();
        }
    }
}

impl Loss {
    /// Each call of a story that was told undisturbed, and one more of each system: lost on its way there, and on its way back.
    pub(super) fn all(world: &World) -> Vec<Loss> {
        let mut all = vec![];
        for system in SYSTEMS {
            let calls = system.calls(world);
            let more = u64::from(calls > 0);
            for skip in 0..calls + more {
                for call in [CallAction::LoseRequest, CallAction::LoseResponse] {
                    all.push(Loss { system, skip, call });
                }
            }
        }
        all
    }
    pub(super) fn arm(&self, world: &World) {
        let fault = CallFault {
            skip: self.skip,
            ..CallFault::once("", "/", self.call.clone())
        };
        match self.system {
            System::Director => {
                world.director.set_fault(fault);
            }
            System::Uaa => {
                world.uaa().set_fault(fault);
            }
            System::CredHub => {
                world.credhub().set_fault(fault);
            }
        }
    }
}
