//! Looks again and again beside a worker, and tells what changes.
use super::{Line, Outside, Verdict, copies};
use chandler_engine::store::Bus;
use chandler_process::{Clock, Health, Registry};
use prometheus_client::metrics::{family::Family, gauge::Gauge};
use std::{sync::Arc, time::Duration};

/// No call of a look takes longer; shorter than the clients' own limit, so that the text is the same each time.
const LIMIT: Duration = Duration::from_secs(20);
/// Until the next look while something is wrong or unknown.
const SOON: Duration = Duration::from_secs(60);
/// Until the next look while all is well.
const LATER: Duration = Duration::from_secs(600);

type Passes = Family<Vec<(&'static str, &'static str)>, Gauge>;

/// The checks of one process, in the background. What it finds never stops anything: it stands in `/readyz` as degraded, in the log once
/// per change, and in the gauge `chandler_check_passes`.
pub struct Watch {
    outside: Outside,
    bus: Bus,
    health: Health,
    clock: Arc<dyn Clock>,
    passes: Passes,
}

impl Watch {
    /// Nothing is looked at before [`Watch::run`].
    pub fn new(outside: Outside, bus: Bus, (health, registry): (Health, &Registry), clock: Arc<dyn Clock>) -> Self {
        let passes = Passes::default();
        let help =
            "Whether a check of what is outside passed when it was last made, by check; absent when that isn't known";
        registry.register("check_passes", help, passes.clone());
        Watch {
            outside,
            bus,
            health,
            clock,
            passes,
        }
    }

    /// Looks for as long as it is polled.
    pub async fn run(self) {
        loop {
            let (mut lines, bus) = tokio::join!(self.outside.look(LIMIT), copies(&self.bus, LIMIT));
            lines.push(bus);
            lines.iter().for_each(|line| self.tell(line));
            let well = lines.iter().all(|line| line.verdict.is_fine());
            self.clock.sleep(if well { LATER } else { SOON }).await;
        }
    }

    fn tell(&self, line: &Line) {
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
            Verdict::Unknown(_) => {
                self.passes.remove(&labels);
                self.health.outside(name, None);
            }
        }
    }
}
