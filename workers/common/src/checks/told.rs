//! What checks of one process came to, where people and machines look: `/readyz`, the log once per change, the gauge `chandler_check_passes`.
use super::{Check, Line, Verdict};
use chandler_process::{Health, Registry};
use prometheus_client::metrics::{family::Family, gauge::Gauge};

type Passes = Family<Vec<(&'static str, &'static str)>, Gauge>;

/// Where checks tell what they came to. Clones tell at the same place; each check is told by one of them.
#[derive(Clone, Debug)]
pub struct Told {
    health: Health,
    passes: Passes,
}

impl Told {
    /// Nothing is told yet. Only one per registry: it brings the gauge.
    pub fn new(health: Health, registry: &Registry) -> Self {
        let passes = Passes::default();
        let help =
            "Whether a check of what is outside passed when it was last made, by check; absent when that isn't known";
        registry.register("check_passes", help, passes.clone());
        Told { health, passes }
    }

    /// A check was made.
    pub fn tell(&self, line: &Line) {
        let (name, labels) = (line.check.name(), vec![("check", line.check.name())]);
        match &line.verdict {
            Verdict::Fine(_) => {
                self.passes.get_or_create(&labels).set(1);
                self.health.outside(name, Some(Ok(())));
            }
            Verdict::Wrong(text) => {
                self.passes.get_or_create(&labels).set(0);
                self.health.outside(name, Some(Err(text.clone())));
            }
            Verdict::Unknown(_) => self.forget(line.check),
        }
    }

    /// Nothing is claimed of it.
    pub fn forget(&self, check: Check) {
        self.passes.remove(&vec![("check", check.name())]);
        self.health.outside(check.name(), None);
    }
}
