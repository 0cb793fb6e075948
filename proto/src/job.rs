//! The job: the durable account of one operation, and its state machine.
mod birth;
mod client;
mod event;
mod facts;

pub use birth::Birth;
pub use client::{ClientCopy, OwnClient};
pub use event::{During, Event, Illegal, Stamp};
pub use facts::{Address, Creates, Facts, Learnt, sealed};

use crate::{
    failure::Failure,
    ids::{JobId, Millis, TurnId},
    layout::Lane,
    operation::{Operation, OperationString},
    records::{Past, Wanted},
    seal::Sealed,
    step::Step,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// How far apart the clocks of two workers may be: this much is added before anyone acts on another's window.
pub const CLOCK_SLACK: Duration = Duration::from_secs(5);

/// One operation on its way. It lives in the record of the thing that it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What was asked for.
    pub operation: Operation,
    /// `force=true`: the Director goes on when VMs or disks can't be deleted, an unbind when the adapter fails.
    #[serde(default)]
    pub force: bool,
    /// The platform waits for its end in the request itself: an adapter's call gets 50 s at most.
    #[serde(default)]
    pub synchronous: bool,
    /// The lane of its wakes.
    pub lane: Lane,
    /// The legs, frozen at accept.
    pub itinerary: Vec<Step>,
    /// The index of the leg it is at; the itinerary's length when all are behind it.
    pub leg: usize,
    /// How often the present leg has acted, cancelling a task included.
    #[serde(default)]
    pub attempts: u32,
    /// When it was accepted.
    pub accepted_at: Millis,
    /// The record's revision of that write; unknown to the write itself, the first later one adds it.
    #[serde(default)]
    pub accepted_revision: Option<u64>,
    /// When it fails if it hasn't ended.
    pub deadline: Millis,
    /// What moves into force when it succeeds.
    #[serde(default)]
    pub wanted: Option<Wanted>,
    /// Results of legs that later legs or reads need; never secret.
    #[serde(default)]
    pub facts: Facts,
    /// Secrets that legs need, by name; dropped when the job ends.
    #[serde(default)]
    pub sealed: BTreeMap<String, Sealed>,
    /// A line for people: what is going on.
    #[serde(default)]
    pub note: Option<String>,
    /// Until when somebody may be acting; nobody else acts, ends the leg or fails the job before.
    #[serde(default)]
    pub act_until: Option<Millis>,
    /// W3C trace context of the request.
    #[serde(default)]
    pub traceparent: Option<String>,
    /// W3C trace state of the request.
    #[serde(default)]
    pub tracestate: Option<String>,
    /// The platform's `X-Broker-API-Originating-Identity`, as sent.
    #[serde(default)]
    pub originating_identity: Option<String>,
    /// The platform's `X-Broker-API-Request-Identity`.
    #[serde(default)]
    pub request_identity: Option<String>,
    /// Writes by workers.
    #[serde(default)]
    pub turns: u32,
    /// Faults one after another, since something last went well; they stretch the pauses.
    #[serde(default)]
    pub faults: u32,
    /// How often in a row the present leg's slow preparation (the adapter) had a fault.
    #[serde(default)]
    pub prepare_faults: u32,
    /// The last fault, for the operator: what a deadline passed on.
    #[serde(default)]
    pub last_fault: Option<String>,
    /// How often the last look sent the job round once more; part of its names outside.
    #[serde(default)]
    pub round: u32,
    /// The turn that wrote the record last; tells two workers apart that write the same.
    #[serde(default)]
    pub written_by: Option<TurnId>,
    /// When the record was last written for this job.
    pub touched_at: Millis,
    /// Where it stands.
    pub state: State,
    /// While a quota is being counted for it: what it takes the place of. No worker runs it, and who refuses it puts this back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Box<Displaced>>,
    /// Members of a later release, kept when this one writes the record.
    #[serde(flatten)]
    pub later: Later,
}

/// What a record said of its jobs before one that isn't decided yet was put over them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Displaced {
    /// The job, which had ended.
    pub job: Job,
    /// The outcome of the one before it.
    #[serde(default)]
    pub before: Option<Past>,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

/// Members that this release doesn't know: two releases run side by side during an upgrade, and the older one must not
/// drop what the newer one wrote.
pub type Later = serde_json::Map<String, serde_json::Value>;

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// On its way.
    Running,
    /// Ended well.
    Succeeded {
        /// When.
        at: Millis,
    },
    /// Ended badly.
    Failed {
        /// When.
        at: Millis,
        /// Why.
        failure: Failure,
    },
}

impl Job {
    /// The step of the present leg; `None` when all legs are behind the job.
    pub fn step(&self) -> Option<&Step> {
        self.itinerary.get(self.leg)
    }
    /// The name by which BOSH knows this leg, the same for all attempts: at most 64 characters.
    pub fn context_id(&self) -> String {
        match self.round {
            0 => format!("{}.{}", self.id, self.leg),
            // What the first round's tasks came to says nothing about this one's.
            round => format!("{}.{}.{round}", self.id, self.leg),
        }
    }
    /// Whether nothing is left to do but a last look.
    pub fn finished(&self) -> bool {
        match self.state {
            State::Running => false,
            State::Succeeded { .. } | State::Failed { .. } => true,
        }
    }
    /// The string by which the platform asks for it, `revision` being the one the record was read at.
    pub fn operation_string(&self, revision: u64) -> OperationString {
        OperationString {
            operation: self.operation,
            job: self.id,
            accepted: self.accepted_revision.unwrap_or(revision),
        }
    }
    /// Takes the place of `old`: somebody may still be acting for it, and only the turn that does may end that window.
    pub fn takes_over(&mut self, old: &Job) {
        self.act_until = old.act_until;
        self.written_by = old.written_by.filter(|_| old.act_until.is_some());
    }
    /// Until when a turn other than the last writer has to keep still; `None` when it needn't.
    pub fn window_of_others(&self, now: Millis, turn: Option<TurnId>) -> Option<Millis> {
        let until = self.act_until?.plus(CLOCK_SLACK);
        (until > now && (turn.is_none() || self.written_by != turn)).then_some(until)
    }

    /// The only way a job changes.
    ///
    /// # Errors
    /// [`Illegal`] when the job's state doesn't allow the event.
    pub fn apply(mut self, event: Event, by: Stamp) -> Result<Job, Illegal> {
        let name = event.name();
        let illegal = |why| Err(Illegal { event: name, why });
        let look = matches!(event, Event::LookedAndFound { .. });
        let last_look = self.is_last_look();
        match (&self.state, look) {
            (State::Running, false) => {}
            (State::Succeeded { .. }, _) if last_look => {}
            (State::Running | State::Succeeded { .. } | State::Failed { .. }, _) => {
                return illegal(if look { "is not at its last look" } else { "has ended" });
            }
        }
        let others = self.window_of_others(by.now, Some(by.turn)).is_some();
        match event {
            Event::Noted { note, facts } => {
                self.note = Some(note).filter(|note| !note.is_empty());
                self.facts.merge(facts);
                self.went_well();
            }
            Event::Faulted { note, what, during } => {
                self.note = Some(note);
                self.last_fault = Some(what);
                self.faults = self.faults.saturating_add(1);
                match during {
                    During::Observe => {}
                    During::UnknownAct { until } => self.act_until = self.act_until.map(|window| window.min(until)),
                    During::Prepare => self.prepare_faults = self.prepare_faults.saturating_add(1),
                    During::RefusedAct => self.act_until = None,
                }
            }
            Event::Acting { .. } | Event::LegDone { .. } | Event::Failed(_) | Event::LookedAndFound { .. }
                if others =>
            {
                return illegal("is inside another turn's act window");
            }
            Event::Acting { learnt, note, until } => {
                self.learn(learnt);
                self.note = note.or(self.note);
                self.act_until = Some(until);
                self.attempts += 1;
                self.prepare_faults = 0;
            }
            Event::Answered { learnt } => {
                if self.act_until.is_none() {
                    return illegal("has no act to be answered");
                }
                self.learn(learnt);
                self.act_until = None;
                self.went_well();
            }
            Event::WindowOver { until, .. } => {
                if self.act_until != Some(until) || self.written_by != Some(by.turn) {
                    return illegal("has another window");
                }
                self.act_until = None;
            }
            Event::LegDone { facts } => {
                self.facts.merge(facts);
                self.next_leg(by.now);
            }
            Event::Failed(failure) => self.end(State::Failed { at: by.now, failure }),
            Event::LookedAndFound { deadline } => {
                self.state = State::Running;
                self.leg = 0;
                self.round += 1;
                self.attempts = 0;
                self.deadline = deadline;
            }
        }
        self.turns += 1;
        self.accepted_revision = self.accepted_revision.or(Some(by.over));
        self.written_by = Some(by.turn);
        self.touched_at = by.now;
        Ok(self)
    }

    /// Whether the present leg is the last look.
    pub fn is_last_look(&self) -> bool {
        matches!(
            self.step(),
            Some(Step::Provisioning(crate::step::ProvisioningStep::LastLook))
        )
    }

    /// Back to the last look, after a further round that failed.
    pub(crate) fn look_again(&mut self, now: Millis) {
        let look = |step: &Step| matches!(step, Step::Provisioning(crate::step::ProvisioningStep::LastLook));
        self.leg = self.itinerary.iter().position(look).unwrap_or(self.itinerary.len());
        self.state = State::Succeeded { at: now };
    }

    fn learn(&mut self, learnt: Learnt) {
        self.facts.merge(learnt.facts);
        self.sealed.extend(learnt.sealed);
    }

    fn went_well(&mut self) {
        self.faults = 0;
        self.last_fault = None;
    }

    fn next_leg(&mut self, now: Millis) {
        self.leg += 1;
        self.attempts = 0;
        self.prepare_faults = 0;
        self.went_well();
        self.act_until = None;
        self.facts.bosh_task = None;
        self.facts.log_read_at = None;
        self.facts.gave_up = None;
        // What comes next may have to wait for its worker: the line of what is done would be wrong until then.
        self.note = None;
        if self.leg >= self.itinerary.len() || self.is_last_look() {
            self.end(State::Succeeded { at: now });
        }
    }
    fn end(&mut self, state: State) {
        // A job that looked last and found nothing has ended before: its first end stands.
        if !self.finished() {
            self.state = state;
        }
        self.act_until = None;
        self.note = None;
        // The record takes the answer, if there is something to answer.
        self.sealed.retain(|name, _| name == sealed::ANSWER);
    }
}
