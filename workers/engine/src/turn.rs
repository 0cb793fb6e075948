//! One turn of one leg.
mod open;
mod save;

pub use open::open;

use crate::{
    fault::{self, AfterFault},
    probe::{Crashed, Point, Probe},
    step::{Decision, Scene, Step, Stop},
    store::Store,
};
use chandler_clients::{Fault, http::CallContext};
use chandler_process::clock::Clock;
use chandler_proto::{
    ids::{Millis, TurnId},
    job::{CLOCK_SLACK, During, Event, Facts, Learnt},
    records::Record,
    step::Step as Leg,
};
use rand::Rng;
use std::{sync::Arc, time::Duration};
use tracing::{Span, error, info, warn};

/// What the bus is told about a wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody needs this wake any more.
    Ack,
    /// Deliver it again after this time.
    NakIn(Duration),
}

/// Look again at once, but not all at the same time.
pub fn soon() -> Answer {
    Answer::NakIn(Duration::from_millis(rand::rng().random_range(50..250)))
}

/// Which wake a turn is for.
#[derive(Clone, Debug)]
pub struct Call {
    /// The record's key.
    pub key: String,
    /// The job's id.
    pub job: String,
    /// The leg.
    pub leg: usize,
    /// The record's revision when it was rung: whoever reads an older one has read from a leader of the past.
    pub revision: u64,
    /// Which delivery of the wake it is, from 1.
    pub delivery: u64,
}

/// The longest that a further round after a last look may take.
const ANOTHER_ROUND: Duration = Duration::from_secs(12 * 3600);
/// So long a request without an answer may still be on its way, wherever it is.
const ON_ITS_WAY: Duration = Duration::from_secs(20);

/// A turn that has found its record and a leg to work on.
pub struct Turn<'a, P> {
    store: &'a Store,
    clock: &'a Arc<dyn Clock>,
    probe: &'a P,
    id: TurnId,
    record: Record,
    revision: u64,
    call: CallContext,
}

/// Where a turn is when it meets a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Observe,
    Prepare,
    Act,
}

/// What `open` found for a wake.
pub enum Opened<'a, P> {
    /// Nothing to do for a step: answer the wake.
    Answer(Answer),
    /// A turn to take.
    Turn(Box<Turn<'a, P>>),
}

impl<P: Probe> Turn<'_, P> {
    /// The leg to take.
    pub fn leg(&self) -> Option<Leg> {
        self.record.job.step().cloned()
    }
    /// The record as read.
    pub fn record(&self) -> &Record {
        &self.record
    }
    /// A wake that reached the wrong room: a defect of whoever rang.
    pub fn not_mine(&self) -> Answer {
        error!(job = %self.record.job.id, leg = self.record.job.leg, "a wake for another worker's step");
        Answer::NakIn(Duration::from_secs(30))
    }

    /// Takes the turn: looks, decides, acts, looks again, until there is something to wait for.
    ///
    /// # Errors
    /// [`Crashed`] only when the probe says so.
    pub async fn take<S: Step>(self, step: &S) -> Result<Answer, Crashed> {
        // On the heap: a room's match has a place for each of its steps, and a stack has only 2 MiB.
        Box::pin(self.run(step)).await
    }

    async fn run<S: Step>(mut self, step: &S) -> Result<Answer, Crashed> {
        // An act is followed by one more look; more acts than this in one turn are left to the next delivery.
        for _ in 0..4 {
            let scene = self.scene();
            let seen = match step.observe(&scene).await {
                Ok(seen) => seen,
                Err(fault) => return self.on_fault(step, &scene, fault, At::Observe).await,
            };
            self.probe.at(Point::Observed).await?;
            match S::decide(&scene, seen) {
                Decision::Wait { after, note, facts } => return Ok(self.wait(after, note, facts).await),
                Decision::Done(facts) => return self.leg_done(facts).await,
                Decision::Fail(failure) => return Ok(self.fail(failure).await),
                Decision::Again => return self.again().await,
                Decision::Act { act, facts, note } => {
                    if let Some(answer) = self.act(step, scene, act, facts, note).await? {
                        return Ok(answer);
                    }
                }
            }
        }
        Ok(soon())
    }

    /// One act with its two checkpoints. `None`: it was answered, look again.
    async fn act<S: Step>(
        &mut self,
        step: &S,
        scene: Scene,
        act: S::Act,
        facts: Facts,
        note: Option<String>,
    ) -> Result<Option<Answer>, Crashed> {
        let mut learnt = Learnt::from(facts);
        let ready = match step.prepare(&scene, act).await {
            Ok((ready, Learnt { facts, sealed })) => {
                learnt.facts.merge(facts);
                learnt.sealed.extend(sealed);
                ready
            }
            Err(Stop::Failure(failure)) => return Ok(Some(self.fail(failure).await)),
            Err(Stop::Fault(fault)) => return self.on_fault(step, &scene, fault, At::Prepare).await.map(Some),
        };
        self.probe.at(Point::Prepared).await?;
        // The limit counts from before the checkpoint is sent, on the clock that no one sets.
        let (limit, begun) = (step.act_limit(&scene, &ready), self.clock.monotonic());
        let until = Millis(self.clock.now_ms()).plus(limit);
        if let Err(answer) = self.save(Event::Acting { learnt, note, until }).await {
            return Ok(Some(answer));
        }
        self.probe.at(Point::Checkpointed).await?;
        let left = limit.saturating_sub(self.clock.monotonic().saturating_sub(begun));
        if left.is_zero() {
            warn!(job = %self.record.job.id, "the act window passed before anything was sent: nothing is sent");
            return Ok(Some(soon()));
        }
        let scene = self.scene();
        let acted = step.act(&scene, ready, left).await;
        self.probe.at(Point::Acted).await?;
        match acted {
            Ok(learnt) => {
                if let Some(task) = learnt.facts.bosh_task {
                    Span::current().record("bosh_task", task);
                    info!(instance = %self.record.instance, job = %self.record.job.id, task, "a BOSH task was started");
                }
                if let Err(answer) = self.save(Event::Answered { learnt }).await {
                    return Ok(Some(answer));
                }
                self.probe.at(Point::Answered).await?;
                Ok(None)
            }
            Err(Stop::Failure(failure)) => Ok(Some(self.fail(failure).await)),
            Err(Stop::Fault(fault)) => self.on_fault(step, &scene, fault, At::Act).await.map(Some),
        }
    }

    async fn wait(mut self, after: Duration, note: Option<String>, facts: Facts) -> Answer {
        let job = &self.record.job;
        let changed = note.filter(|n| job.note.as_ref() != Some(n));
        let mut known = job.facts.clone();
        known.merge(facts.clone());
        if changed.is_some() || job.faults > 0 || known != job.facts {
            let note = changed.or_else(|| job.note.clone()).unwrap_or_default();
            if let Err(answer) = self.save(Event::Noted { note, facts }).await {
                return answer;
            }
        }
        Answer::NakIn(after)
    }

    async fn leg_done(mut self, facts: Facts) -> Result<Answer, Crashed> {
        if let Err(answer) = self.save(Event::LegDone { facts }).await {
            return Ok(answer);
        }
        let job = &self.record.job;
        if job.finished() && self.record.look_at().is_none_or(|at| at > job.touched_at) {
            let seconds = job.touched_at.since(job.accepted_at).as_secs();
            info!(instance = %self.record.instance, binding = self.record.binding.as_ref().map(tracing::field::display),
                job = %job.id, operation = job.operation.word(job.force), seconds, "the job is done");
        }
        self.probe.at(Point::LegDone).await?;
        self.hand_over().await
    }

    async fn again(mut self) -> Result<Answer, Crashed> {
        let job = &self.record.job;
        let allowed = job.deadline.since(job.accepted_at).min(ANOTHER_ROUND);
        let deadline = Millis(self.clock.now_ms()).plus(allowed);
        error!(instance = %self.record.instance, job = %job.id,
            "a request outlived the deprovision: something is there again and is removed once more");
        if let Err(answer) = self.save(Event::LookedAndFound { deadline }).await {
            return Ok(answer);
        }
        self.hand_over().await
    }

    /// Rings the present leg if there is one to run now.
    async fn hand_over(self) -> Result<Answer, Crashed> {
        if !self.record.job.finished() && !self.store.ring(&self.record, self.revision).await {
            return Ok(soon());
        }
        self.probe.at(Point::Rung).await?;
        Ok(Answer::Ack)
    }

    async fn fail(&mut self, failure: chandler_proto::failure::Failure) -> Answer {
        let job = &self.record.job;
        let trace = job.traceparent.as_deref().and_then(|t| t.split('-').nth(1));
        let (request, why) = (job.request_identity.as_deref(), &failure.for_operator);
        warn!(instance = %self.record.instance, binding = self.record.binding.as_ref().map(tracing::field::display),
            job = %job.id, request, trace, %why, "the job failed");
        match self.save(Event::Failed(failure)).await {
            Ok(()) => Answer::Ack,
            Err(answer) => answer,
        }
    }

    async fn on_fault<S: Step>(&mut self, step: &S, scene: &Scene, what: Fault, at: At) -> Result<Answer, Crashed> {
        let job = &self.record.job;
        warn!(instance = %self.record.instance, binding = self.record.binding.as_ref().map(tracing::field::display),
            job = %job.id, leg = job.leg, fault = %what, faults = job.faults, "a fault");
        let acting = at == At::Act;
        let (during, after) = match (fault::after(&what, acting, scene), at) {
            (AfterFault::Fail, _) => {
                let failure = step.failure(scene, &what);
                return Ok(self.fail(failure).await);
            }
            (AfterFault::LookAfterWindow, _) => {
                let now = Millis(self.clock.now_ms());
                let gone = now.plus(ON_ITS_WAY);
                let until = job.act_until.map_or(gone, |until| until.min(gone));
                let window = until.plus(CLOCK_SLACK).since(now) + Duration::from_millis(50);
                let pause = fault::back_off(job.faults);
                (During::UnknownAct { until }, pause.max(window))
            }
            (AfterFault::Repeat(after), At::Observe) => (During::Observe, after),
            (AfterFault::Repeat(after), At::Prepare) => (During::Prepare, after),
            (AfterFault::Repeat(after), At::Act) => (During::RefusedAct, after),
        };
        let note = format!("waiting for {}", step.waits_for(&what));
        let what = step.failure(scene, &what).for_operator;
        match self.save(Event::Faulted { note, what, during }).await {
            Ok(()) => Ok(Answer::NakIn(after)),
            Err(answer) => Ok(answer),
        }
    }

    fn scene(&self) -> Scene {
        let now = Millis(self.clock.now_ms());
        Scene {
            record: self.record.clone(),
            revision: self.revision,
            now,
            call: self.call.clone(),
        }
    }
}
