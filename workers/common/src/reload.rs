//! Another configuration while the worker runs: SIGHUP has the file read again. Turns that have begun end with what they began with; those that come
//! get the other one, from plans to clients. What can't be used leaves what there is in force.
//!
//! | file | what |
//! |---|---|
//! | `read` | the file, beside everything else |
//! | `restart` | what another configuration can't change |
//! | `counts` | the metric |
mod counts;
mod read;
mod restart;
#[cfg(test)]
mod tests;

use crate::{
    beside::{Beside, Ground},
    checks::{Outside, Told},
    program::{Settings, terms},
};
use chandler_engine::{in_force::InForce, store::Bus};
use chandler_process::{Clock, Health, Registry, Shutdown};
use chandler_proto::config::{Loaded, Refused};
use counts::Counts;
use restart::Restart;
use std::{convert::Infallible, future, path::PathBuf, sync::Arc};
use tokio::{signal::unix::Signal, sync::watch};

/// The name of the notice.
const NOTICE: &str = "configuration";

/// Brings another configuration into force.
pub(crate) struct Reloader<S: Settings> {
    file: PathBuf,
    ground: Ground,
    beside: Beside,
    in_force: InForce<S::Room>,
    /// What the checks look at.
    outside: watch::Sender<Outside>,
    restart: Restart,
    health: Health,
    counts: Counts,
}

impl<S: Settings> Reloader<S> {
    /// For a worker that starts with `settings` of `file` on `bus`.
    pub(crate) fn new(
        file: PathBuf,
        settings: S,
        bus: Bus,
        (health, registry): (Health, &Registry),
        clock: Arc<dyn Clock>,
    ) -> Self {
        let restart = Restart::of(settings.config());
        let outside = watch::Sender::new(settings.outside());
        let (beside, told) = (Beside::default(), Told::new(health.clone(), registry));
        let ground = Ground { bus, clock, told };
        beside.put(settings.beside(&ground));
        let in_force = InForce::new(terms(settings, ground.bus.clone(), &ground.clock));
        Reloader {
            file,
            ground,
            beside,
            in_force,
            outside,
            restart,
            health,
            counts: Counts::new(registry),
        }
    }

    /// What turns are taken with.
    pub(crate) fn in_force(&self) -> InForce<S::Room> {
        self.in_force.clone()
    }

    /// What the checks look at.
    pub(crate) fn outside(&self) -> watch::Receiver<Outside> {
        self.outside.subscribe()
    }

    /// Where checks tell what they came to.
    pub(crate) fn told(&self) -> Told {
        self.ground.told.clone()
    }

    /// Each signal has the file read again; those that come while it is read are one more. From the beginning of the stop nothing changes.
    pub(crate) async fn run(self, mut hangups: Signal, shutdown: &Shutdown) -> Infallible {
        let reloads = async {
            while hangups.recv().await.is_some() {
                self.reload().await;
            }
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => {}
            () = reloads => {}
        }
        future::pending().await
    }

    /// Takes what the file says now: all of it, or nothing.
    async fn reload(&self) {
        tracing::info!("SIGHUP: the configuration is read again");
        match read::file::<S>(self.file.clone()).await {
            Ok((loaded, settings)) => self.take(&loaded, settings),
            Err(refused) => self.refuse(&refused),
        }
    }

    fn take(&self, loaded: &Loaded, settings: S) {
        for warning in &loaded.warnings {
            tracing::warn!(key = warning.path, "{}", warning.message);
        }
        let waits = self.restart.differs(&Restart::of(&loaded.config));
        for key in &waits {
            tracing::warn!(
                key,
                "differs from what this process runs with, and takes effect after a restart"
            );
        }
        // Also where it names the same as before: the clients are new ones, and what they find counts.
        self.outside.send_replace(settings.outside());
        self.beside.put(settings.beside(&self.ground));
        let Ground { bus, clock, .. } = &self.ground;
        self.in_force.put(terms(settings, bus.clone(), clock));
        self.counts.read(true);
        let text = format!("takes effect after a restart: {}", waits.join(", "));
        self.health.notice(NOTICE, (!waits.is_empty()).then_some(text));
        tracing::info!("the configuration was read again and is in force for turns that begin now");
    }

    fn refuse(&self, refused: &Refused) {
        for warning in &refused.warnings {
            tracing::warn!(key = warning.path, "{}", warning.message);
        }
        for finding in &refused.errors.0 {
            tracing::error!(key = finding.path, "{}", finding.message);
        }
        tracing::error!("the configuration is refused, the one before stays in force");
        self.counts.read(false);
        let text = format!(
            "the file was refused, the one before stays in force: {}",
            refused.errors.to_string().replace('\n', "; ")
        );
        self.health.notice(NOTICE, Some(text));
    }
}
