//! One delivery of a wake: a turn, the progress acks beside it, and the answer.
use crate::{
    in_force::{InForce, Terms},
    probe::{Crashed, NoProbe},
    run::Room,
    turn::{self, Answer, Call, Opened},
};
use chandler_bus::{Bus, Delivery, Progress};
use chandler_clients::CallContext;
use chandler_process::{Clock, Registry, Shutdown, TraceContext, traces};
use chandler_proto::layout::{self, Lane};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::task::JoinError;
use tracing::{Instrument, Span, debug, error, field::Empty, info, info_span};

type Turns = Family<Vec<(&'static str, &'static str)>, Counter>;

/// Everything that a turn needs, shared by all turns of a process.
pub(crate) struct Desk<R> {
    in_force: InForce<R>,
    pub(crate) bus: Bus,
    drain: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shutdown: Shutdown,
    turns: Turns,
    busy: Gauge,
}

/// Counts a turn for as long as it lives, also when it panics or is dropped.
struct Busy<'a>(&'a Gauge);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl<R: Room> Desk<R> {
    pub(crate) fn new(
        in_force: InForce<R>,
        drain: Duration,
        clock: Arc<dyn Clock>,
        registry: &Registry,
        shutdown: Shutdown,
    ) -> Self {
        let (turns, busy) = (Turns::default(), Gauge::default());
        let help = "Turns taken, by lane and how the wake was answered";
        registry.register("turns", help, turns.clone());
        registry.register("turns_running", "Turns under way", busy.clone());
        Desk {
            bus: in_force.now().store.bus().clone(),
            in_force,
            drain,
            clock,
            shutdown,
            turns,
            busy,
        }
    }

    /// A turn that panicked has answered nothing: its wake comes again after the `ack_wait`.
    pub(crate) fn note_panic(&self, ended: Result<(), JoinError>) {
        if ended.is_err_and(|why| why.is_panic()) {
            error!("a turn panicked; its wake comes again");
            self.turns
                .get_or_create(&vec![("lane", "any"), ("answer", "panic")])
                .inc();
        }
    }

    /// Takes a turn and answers the wake.
    pub(crate) async fn handle(&self, lane: Lane, delivery: Delivery) {
        let wake = &delivery.wake;
        let span = info_span!(
            "turn", otel.kind = "consumer", job = %wake.job, leg = wake.leg, lane = lane.as_str(),
            delivery = delivery.attempt, step = Empty, instance = Empty, binding = Empty, bosh_task = Empty,
            faults = Empty, answer = Empty
        );
        if let Some(traceparent) = wake.traceparent.clone() {
            let context = TraceContext {
                traceparent,
                tracestate: wake.tracestate.clone(),
            };
            traces::set_parent(&span, &context);
        }
        self.handle_in(lane, delivery, span.clone()).instrument(span).await;
    }

    async fn handle_in(&self, lane: Lane, delivery: Delivery, span: Span) {
        self.busy.inc();
        let _busy = Busy(&self.busy);
        debug!("turn begins");
        let terms = self.in_force.now();
        let overdue = async {
            self.shutdown.cancelled().await;
            self.clock.sleep(self.drain).await;
        };
        let outcome = tokio::select! {
            outcome = self.turn(&terms, &delivery, &span) => Some(outcome),
            never = beat(delivery.progress_handle()) => match never {},
            () = self.clock.sleep(terms.turn) => None,
            () = overdue => Some(Answer::NakIn(Duration::ZERO)),
        };
        let (word, said) = match outcome {
            Some(Answer::Ack) => ("ack", delivery.ack().await),
            Some(Answer::NakIn(after)) => ("nak", delivery.nak(after).await),
            None => {
                let limit = terms.turn;
                error!("a turn took longer than {limit:?} and was dropped; its wake comes again");
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

    async fn turn(&self, terms: &Terms<R>, delivery: &Delivery, span: &Span) -> Answer {
        let wake = &delivery.wake;
        let call = Call {
            key: wake.key.clone(),
            job: wake.job.clone(),
            leg: wake.leg,
            revision: wake.revision,
            delivery: delivery.attempt,
        };
        let here = traces::current();
        let context = CallContext {
            traceparent: here.as_ref().map(|t| t.traceparent.clone()),
            tracestate: here.and_then(|t| t.tracestate),
            request_id: None, // the record knows it
        };
        let taken = async {
            match turn::open(&terms.store, &self.clock, &NoProbe, &call, context).await? {
                Opened::Answer(answer) => Ok(answer),
                Opened::Turn(turn) => {
                    let record = turn.record();
                    span.record("step", turn.leg().map_or("none", |s| s.name()));
                    span.record("instance", record.instance.as_str());
                    if let Some(binding) = &record.binding {
                        span.record("binding", binding.as_str());
                    }
                    span.record("faults", record.job.faults);
                    if let Some(task) = record.job.facts.bosh_task {
                        span.record("bosh_task", task);
                    }
                    terms.room.take(*turn).await
                }
            }
        };
        // Only a test's probe says that a worker died; without an answer the wake comes again.
        taken.await.unwrap_or_else(|Crashed(_)| turn::soon())
    }
}

/// Says every 8 s that the turn goes on, for as long as it is polled beside it.
async fn beat(progress: Progress) -> Infallible {
    let mut ticks = tokio::time::interval(layout::PROGRESS_INTERVAL);
    ticks.tick().await; // the first is at once
    loop {
        ticks.tick().await;
        let _ = progress.tell().await;
    }
}
