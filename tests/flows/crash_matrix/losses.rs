//! Calls that are lost.
use chandler_simulators::{
    common::{CallAction, CallFault, Controls},
    credhub::CredHub,
};
use chandler_tests::world::World;

/// Whom a call is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum System {
    Director,
    Uaa,
    CredHub,
    BoshCredHub,
}

const SYSTEMS: [System; 4] = [System::Director, System::Uaa, System::CredHub, System::BoshCredHub];

/// One call that is lost: the so-many-th one (from 0) to a system.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    system: System,
    skip: u64,
    call: CallAction,
}

impl System {
    /// How it is told to misbehave, and says what it was asked; the Director's is another type.
    fn controls(self, world: &World) -> Option<Controls> {
        let systems = &world.systems;
        let credhub = |it: &CredHub| (*it.world()).clone();
        match self {
            System::Director => None,
            System::Uaa => systems.uaa.as_ref().map(|uaa| (*uaa.world()).clone()),
            System::CredHub => systems.credhub.as_ref().map(credhub),
            System::BoshCredHub => systems.bosh_credhub.as_ref().map(credhub),
        }
    }
    /// How often it was called.
    fn calls(self, world: &World) -> u64 {
        let counts = match (self, self.controls(world)) {
            (System::Director, _) => world.director.journal().counts,
            (System::Uaa | System::CredHub | System::BoshCredHub, Some(it)) => it.journal().counts,
            (System::Uaa | System::CredHub | System::BoshCredHub, None) => vec![],
        };
        counts.iter().map(|c| c.count).sum()
    }
    /// All of them forget what they were asked.
    pub(super) fn forget_calls(world: &World) {
        world.director.clear_journal();
        for system in SYSTEMS.iter().filter_map(|it| it.controls(world)) {
            system.clear_journal();
        }
    }
    /// All of them behave again.
    pub(super) fn clear_faults(world: &World) {
        world.director.clear_faults();
        for system in SYSTEMS.iter().filter_map(|it| it.controls(world)) {
            system.clear_faults();
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
        match self.system.controls(world) {
            Some(system) => system.set_fault(fault),
            None => world.director.set_fault(fault),
        };
    }
}
