//! Looks again and again beside a worker, and tells what changes.
use super::{Outside, Told, copies};
use chandler_engine::store::Bus;
use chandler_process::{Clock, Health, Registry};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// No call of a look takes longer; shorter than the clients' own limit, so that the text is the same each time.
const LIMIT: Duration = Duration::from_secs(20);
/// Until the next look while something is wrong or unknown.
const SOON: Duration = Duration::from_secs(60);
/// Until the next look while all is well.
const LATER: Duration = Duration::from_secs(600);

/// The checks of one process, in the background. What it finds never stops anything: it stands in `/readyz` as degraded, in the log once
/// per change, and in the gauge `chandler_check_passes`.
pub struct Watch {
    outside: watch::Receiver<Outside>,
    bus: Bus,
    told: Told,
    clock: Arc<dyn Clock>,
}

impl Watch {
    /// Nothing is looked at before [`Watch::run`]. `outside` may change at any time.
    pub fn new(
        outside: watch::Receiver<Outside>,
        bus: Bus,
        (health, registry): (Health, &Registry),
        clock: Arc<dyn Clock>,
    ) -> Self {
        Watch::telling(outside, bus, Told::new(health, registry), clock)
    }

    /// The same in a process in which others tell, too.
    pub fn telling(outside: watch::Receiver<Outside>, bus: Bus, told: Told, clock: Arc<dyn Clock>) -> Self {
        Watch {
            outside,
            bus,
            told,
            clock,
        }
    }

    /// Looks for as long as it is polled, and at once when there is something else to look at.
    pub async fn run(mut self) {
        let mut told = Vec::new();
        loop {
            let outside = self.outside.borrow_and_update().clone();
            let look = async { tokio::join!(outside.look(LIMIT), copies(&self.bus, LIMIT, outside.is_monitored())) };
            let (mut lines, bus) = tokio::select! {
                // What is replaced tells nothing any more.
                biased;
                () = another(self.outside.clone()) => continue,
                looked = look => looked,
            };
            lines.push(bus);
            lines.iter().for_each(|line| self.told.tell(line));
            let checks: Vec<_> = lines.iter().map(|line| line.check).collect();
            let gone = told.iter().filter(|check| !checks.contains(check));
            gone.for_each(|check| self.told.forget(*check));
            told = checks;
            let well = lines.iter().all(|line| line.verdict.is_fine());
            tokio::select! {
                () = another(self.outside.clone()) => {}
                () = self.clock.sleep(if well { LATER } else { SOON }) => {}
            }
        }
    }
}

/// Ends when there is something else than what was taken last; never, if that can't be any more.
async fn another(mut outside: watch::Receiver<Outside>) {
    if outside.changed().await.is_err() {
        std::future::pending().await
    }
}
