//! Keeps `/readyz` true: connected, set up as this release wants it, and a clock that can be trusted.
use crate::in_force::InForce;
use chandler_bus::{BootstrapSettings, Bus};
use chandler_process::{Clock, Health, Shutdown};
use chandler_proto::layout;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How often the connection is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often settings and clock are.
const INSPECTION: Duration = Duration::from_secs(60);

pub(crate) struct Watchman<R> {
    pub(crate) bus: Bus,
    pub(crate) in_force: InForce<R>,
    pub(crate) health: Health,
    pub(crate) clock: Arc<dyn Clock>,
    /// Act windows are compared between machines: no wake is taken before the clock was measured, and while it is off.
    pub(crate) trusted: Arc<AtomicBool>,
}

impl<R: Send + Sync + 'static> Watchman<R> {
    pub(crate) async fn run(self, shutdown: Shutdown) {
        self.health.set("bus", Err("not connected yet".into()));
        self.health
            .set("clock", Err("not compared with the bus's clock yet".into()));
        let mut inspected: Option<Duration> = None;
        let at_start = self.in_force.now().wanted.clone();
        let mut looked_for = at_start.clone();
        let stop = shutdown.cancelled();
        tokio::pin!(stop);
        loop {
            let now = self.clock.monotonic();
            // A reload may want something else.
            let wanted = self.in_force.now().wanted.clone();
            if wanted != looked_for {
                (looked_for, inspected) = (wanted, None);
            }
            if !self.bus.is_connected() {
                let text = "not connected; trying again all the time";
                self.health.set("bus", Err(text.into()));
                inspected = None;
            } else if inspected.is_none_or(|at| now.saturating_sub(at) > INSPECTION) {
                inspected = self.inspect(&at_start).await.then_some(now);
            }
            tokio::select! {
                () = &mut stop => return,
                // No wake is taken before the first inspection, so it doesn't wait for the next look.
                () = self.bus.connected(), if inspected.is_none() && !self.bus.is_connected() => {}
                () = self.clock.sleep(LOOK) => {}
            }
        }
    }

    /// Whether all is well; if not, it is looked at again soon.
    async fn inspect(&self, at_start: &BootstrapSettings) -> bool {
        // A copy, so that a look which takes long doesn't keep a room that has been replaced.
        let wanted = self.in_force.now().wanted.clone();
        let set_up = self.bus.check(&wanted).await.map_err(|lines| lines.join("; "));
        let sound = set_up.is_ok();
        // What a reload wants else is for `chandler bus bootstrap`; until then the bus is as good as it was.
        let as_before = match &set_up {
            Err(_) if wanted != *at_start => self.bus.check(at_start).await.is_ok(),
            Ok(()) | Err(_) => false,
        };
        let (ready, notice) = match set_up {
            Err(lines) if as_before => (Ok(()), Some(lines)),
            set_up => (set_up, None),
        };
        self.health.set("bus", ready);
        self.health.notice("bus set-up", notice);
        let Ok(skew) = self.bus.clock_skew(|| self.clock.now_ms()).await else {
            return false;
        };
        let tolerance = layout::CLOCK_TOLERANCE.as_millis();
        let trusted = u128::from(skew.unsigned_abs()) <= tolerance;
        let off = || format!("{skew} ms away from the bus's clock, {tolerance} ms are tolerated; synchronise it");
        self.health.set("clock", trusted.then_some(()).ok_or_else(off));
        self.trusted.store(trusted, Ordering::Relaxed);
        sound && trusted
    }
}
