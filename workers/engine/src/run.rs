//! Fetches wakes, takes turns, keeps wakes alive meanwhile, drains.
use crate::{
    probe::{Crashed, NoProbe, Probe},
    store::Store,
    turn::{self, Answer, Call, Opened, Turn},
};
use chandler_bus::{BootstrapSettings, Bus, Delivery, WakeSource};
use chandler_clients::CallContext;
use chandler_process::{Clock, Health, Registry, Shutdown, TraceContext, traces};
use chandler_proto::{
    layout::{self, Lane},
    step::Worker,
};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinSet};
use tracing::{Instrument, Span, debug, error, field::Empty, info, info_span, warn};

/// What a worker brings: a match over its own steps.
pub trait Room: Send + Sync + 'static {
    /// Whose wakes it takes.
    const WORKER: Worker;
    /// Takes the turn of whatever leg the job is at.
    fn take<P: Probe>(&self, turn: Turn<'_, P>) -> impl Future<Output = Result<Answer, Crashed>> + Send;
}

/// How a worker runs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Turns at once in this process and lane `user`; a quarter of it in lane `batch`.
    pub concurrency: usize,
    /// The longest turn; after it the turn is dropped and its wake comes again.
    pub turn: Duration,
    /// How long turns may go on once the process is to stop; then their wakes are given back.
    pub drain: Duration,
}

type Turns = Family<Vec<(&'static str, &'static str)>, Counter>;

struct Loop<R> {
    room: Arc<R>,
    store: Store,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    limits: Limits,
    turns: Turns,
    busy: Gauge,
}

/// Runs until the process is to stop and the last turn has ended.
pub async fn run<R: Room>(
    room: R,
    store: Store,
    limits: Limits,
    wanted: BootstrapSettings,
    clock: Arc<dyn Clock>,
    (health, registry, shutdown): (Health, Registry, Shutdown),
) {
    let (turns, busy) = (Turns::default(), Gauge::default());
    registry.register(
        "turns",
        "Turns taken, by lane and how the wake was answered",
        turns.clone(),
    );
    registry.register("turns_running", "Turns under way", busy.clone());
    let watch = tokio::spawn(watch_bus(
        store.bus().clone(),
        wanted,
        health,
        clock.clone(),
        shutdown.clone(),
    ));
    let shared = Arc::new(Loop {
        room: Arc::new(room),
        store,
        clock,
        shutdown,
        limits,
        turns,
        busy,
    });
    let batch = (limits.concurrency / 4).max(1);
    tokio::join!(
        shared.clone().lane(Lane::User, limits.concurrency.max(1)),
        shared.clone().lane(Lane::Batch, batch)
    );
    watch.abort();
}

/// Keeps `/readyz` true: connected, set up as this release wants it, and a clock that can be trusted.
async fn watch_bus(bus: Bus, wanted: BootstrapSettings, health: Health, clock: Arc<dyn Clock>, shutdown: Shutdown) {
    health.set("bus", Err("not connected yet".into()));
    let mut looked: Option<Duration> = None;
    let stop = shutdown.cancelled();
    tokio::pin!(stop);
    loop {
        if !bus.is_connected() {
            health.set("bus", Err("not connected; trying again all the time".into()));
            looked = None;
        } else if looked.is_none_or(|at| clock.monotonic().saturating_sub(at) > Duration::from_secs(60)) {
            let settings = bus.check(&wanted).await.map_err(|lines| lines.join("; "));
            let sound = settings.is_ok();
            health.set("bus", settings);
            let skew = bus.clock_skew(|| clock.now_ms()).await;
            if let Ok(ms) = skew {
                let tolerance = layout::CLOCK_TOLERANCE.as_millis();
                let fine = u128::from(ms.unsigned_abs()) <= tolerance;
                let text = format!("{ms} ms away from the bus's clock, {tolerance} ms are tolerated; synchronise it");
                health.set("clock", if fine { Ok(()) } else { Err(text) });
            }
            looked = (sound && skew.is_ok()).then(|| clock.monotonic());
        }
        tokio::select! {
            () = &mut stop => return,
            () = clock.sleep(Duration::from_secs(1)) => {}
        }
    }
}

impl<R: Room> Loop<R> {
    async fn lane(self: Arc<Self>, lane: Lane, slots: usize) {
        let free = Arc::new(Semaphore::new(slots));
        let mut turns = JoinSet::new();
        let mut source: Option<WakeSource> = None;
        while !self.shutdown.is_cancelled() {
            while turns.try_join_next().is_some() {}
            let Ok(first) = free.clone().acquire_owned().await else {
                break;
            };
            let fetched = tokio::select! {
                () = self.shutdown.cancelled() => break,
                fetched = self.fetch(&mut source, lane, 1 + free.available_permits()) => fetched,
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
                let this = self.clone();
                turns.spawn(async move {
                    this.busy.inc();
                    this.handle(lane, delivery).await;
                    this.busy.dec();
                    drop(held);
                });
            }
        }
        while turns.join_next().await.is_some() {}
    }

    async fn fetch(&self, source: &mut Option<WakeSource>, lane: Lane, max: usize) -> Vec<Delivery> {
        let bus = self.store.bus();
        if source.is_none() {
            match bus.wakes(R::WORKER.name(), lane).await {
                Ok(opened) => *source = Some(opened),
                Err(why) => {
                    warn!(%why, lane = lane.as_str(), "no wakes can be taken yet");
                    self.clock.sleep(Duration::from_secs(1)).await;
                }
            }
        }
        let Some(open) = source.as_mut() else { return vec![] };
        let fetched = match open.fetch(max, Duration::from_secs(5)).await {
            Ok(fetched) => fetched,
            Err(why) => {
                warn!(%why, lane = lane.as_str(), "wakes can't be fetched; trying again");
                self.clock.sleep(Duration::from_millis(500)).await;
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

    /// One delivery: a turn, a heartbeat beside it, and the answer.
    async fn handle(&self, lane: Lane, delivery: Delivery) {
        let wake = &delivery.wake;
        let span = info_span!(
            "turn", otel.kind = "consumer", otel.status_code = Empty, job = %wake.job, leg = wake.leg, lane = lane.as_str(),
            delivery = delivery.attempt, step = Empty, instance = Empty, bosh_task = Empty, faults = Empty, answer = Empty
        );
        if let Some(traceparent) = wake.traceparent.clone() {
            traces::set_parent(
                &span,
                &TraceContext {
                    traceparent,
                    tracestate: wake.tracestate.clone(),
                },
            );
        }
        self.handle_in(lane, delivery, span.clone()).instrument(span).await;
    }

    async fn handle_in(&self, lane: Lane, delivery: Delivery, span: Span) {
        let progress = delivery.progress_handle();
        let beat = tokio::spawn(async move {
            loop {
                tokio::time::sleep(layout::PROGRESS_INTERVAL).await;
                let _ = progress.tell().await;
            }
        });
        debug!("turn begins");
        let overdue = async {
            self.shutdown.cancelled().await;
            self.clock.sleep(self.limits.drain).await;
        };
        let outcome = tokio::select! {
            outcome = self.turn(&delivery, &span) => Some(outcome),
            () = self.clock.sleep(self.limits.turn) => None,
            () = overdue => Some(Answer::NakIn(Duration::ZERO)),
        };
        beat.abort();
        let (word, said) = match outcome {
            Some(Answer::Ack) => ("ack", delivery.ack().await),
            Some(Answer::NakIn(after)) => ("nak", delivery.nak(after).await),
            None => {
                error!(
                    "a turn took longer than {:?} and was dropped; its wake comes again",
                    self.limits.turn
                );
                ("dropped", Ok(()))
            }
        };
        span.record("answer", word);
        self.turns
            .get_or_create(&vec![("lane", lane.as_str()), ("answer", word)])
            .inc();
        debug!(answer = word, "turn ends");
        if let Err(why) = said {
            info!(%why, "the answer to a wake was not confirmed; at worst it comes again");
        }
    }

    async fn turn(&self, delivery: &Delivery, span: &Span) -> Answer {
        let wake = &delivery.wake;
        let call = Call {
            key: wake.key.clone(),
            job: wake.job.clone(),
            leg: wake.leg,
        };
        let here = traces::current();
        let context = CallContext {
            traceparent: here.as_ref().map(|t| t.traceparent.clone()),
            tracestate: here.and_then(|t| t.tracestate),
            request_id: None,
        };
        let taken = async {
            match turn::open(&self.store, &self.clock, &NoProbe, &call, context).await? {
                Opened::Answer(answer) => Ok(answer),
                Opened::Turn(turn) => {
                    let record = turn.record();
                    span.record("step", turn.leg().map_or("none", |s| s.name()));
                    span.record("instance", record.instance.as_str());
                    span.record("faults", record.job.faults);
                    if let Some(task) = record.job.facts.bosh_task {
                        span.record("bosh_task", task);
                    }
                    self.room.take(*turn).await
                }
            }
        };
        // Only a test's probe says that a worker died; without an answer the wake comes again.
        taken.await.unwrap_or_else(|Crashed(_)| turn::soon())
    }
}
