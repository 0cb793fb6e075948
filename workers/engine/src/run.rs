//! Fetches wakes of both lanes and hands each to a turn; drains.
use crate::{
    delivery::Desk,
    in_force::InForce,
    probe::{Crashed, Probe},
    turn::{Answer, Turn},
    watchman::Watchman,
};
use chandler_bus::{Delivery, WakeSource};
use chandler_process::{Clock, Health, Registry, Shutdown};
use chandler_proto::{layout::Lane, step::Worker};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinSet};
use tracing::{error, warn};

/// What a worker brings: a match over its own steps.
pub trait Room: Send + Sync + 'static {
    /// Whose wakes it takes.
    const WORKER: Worker;
    /// Takes the turn of whatever leg the job is at.
    fn take<P: Probe>(&self, turn: Turn<'_, P>) -> impl Future<Output = Result<Answer, Crashed>> + Send;
}

/// How a worker runs, from its start to its end.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Turns at once in this process and lane `user`; a quarter of it in lane `batch`.
    pub concurrency: usize,
    /// How long turns may go on once the process is to stop; then their wakes are given back.
    pub drain: Duration,
}

/// Runs until the process is to stop and the last turn has ended. Each turn is taken with what is in force when it begins.
pub async fn run<R: Room>(
    in_force: InForce<R>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    (health, registry, shutdown): (Health, Registry, Shutdown),
) {
    let trusted = Arc::new(AtomicBool::new(false));
    let watchman = Watchman {
        bus: in_force.now().store.bus().clone(),
        in_force: in_force.clone(),
        health,
        clock: clock.clone(),
        trusted: trusted.clone(),
    };
    let watch = tokio::spawn(watchman.run(shutdown.clone()));
    let desk = Arc::new(Desk::new(in_force, limits.drain, clock, &registry, shutdown));
    let lane = |lane, slots| {
        Loop {
            desk: desk.clone(),
            trusted: trusted.clone(),
            lane,
            source: None,
        }
        .run(slots)
    };
    let batch = (limits.concurrency / 4).max(1);
    tokio::join!(lane(Lane::User, limits.concurrency.max(1)), lane(Lane::Batch, batch));
    watch.abort();
}

/// One lane of one worker.
struct Loop<R> {
    desk: Arc<Desk<R>>,
    trusted: Arc<AtomicBool>,
    lane: Lane,
    source: Option<WakeSource>,
}

impl<R: Room> Loop<R> {
    async fn run(mut self, slots: usize) {
        let free = Arc::new(Semaphore::new(slots));
        let mut turns = JoinSet::new();
        let shutdown = self.desk.shutdown.clone();
        while !shutdown.is_cancelled() {
            while let Some(ended) = turns.try_join_next() {
                self.desk.note_panic(ended);
            }
            let Ok(first) = free.clone().acquire_owned().await else {
                break;
            };
            let fetched = tokio::select! {
                () = shutdown.cancelled() => break,
                fetched = self.fetch(1 + free.available_permits()) => fetched,
            };
            let mut slot = Some(first);
            for delivery in fetched {
                let held = match slot.take() {
                    Some(held) => held,
                    None => match free.clone().acquire_owned().await {
                        Ok(held) => held,
                        Err(_) => break,
                    },
                };
                let (desk, lane) = (self.desk.clone(), self.lane);
                turns.spawn(async move {
                    desk.handle(lane, delivery).await;
                    drop(held);
                });
            }
        }
        if let Some(source) = self.source {
            source.close().await;
        }
        while let Some(ended) = turns.join_next().await {
            self.desk.note_panic(ended);
        }
    }

    async fn fetch(&mut self, max: usize) -> Vec<Delivery> {
        let (clock, lane) = (self.desk.clock.clone(), self.lane.as_str());
        if !self.trusted.load(Ordering::Relaxed) {
            clock.sleep(Duration::from_millis(20)).await;
            return vec![];
        }
        if self.source.is_none() {
            match self.desk.bus.wakes(R::WORKER.name(), self.lane).await {
                Ok(opened) => self.source = Some(opened),
                Err(why) => {
                    warn!(%why, lane, "no wakes can be taken yet");
                    clock.sleep(Duration::from_secs(1)).await;
                }
            }
        }
        let Some(open) = self.source.as_mut() else {
            return vec![];
        };
        let fetched = match open.fetch(max, Duration::from_secs(5)).await {
            Ok(fetched) => fetched,
            Err(why) => {
                warn!(%why, lane, "wakes can't be fetched; trying again");
                clock.sleep(Duration::from_millis(500)).await;
                return vec![];
            }
        };
        let mut good = Vec::with_capacity(fetched.len());
        for delivery in fetched {
            match delivery {
                Ok(delivery) => good.push(delivery),
                Err(bad) => {
                    error!(subject = %bad.subject, why = %bad, "a message that is no wake is thrown away");
                    let _ = bad.discard().await;
                }
            }
        }
        good
    }
}
