//! How far an operation is: pure answers to polls.
use crate::{
    admit::Stake,
    answer::{Answer, LastOperation, Refusal, Thing},
    usual::Pace,
    view::Texts,
};
use chandler_bus::Wake;
use chandler_proto::{
    ids::{JobId, Millis},
    job::State,
    layout::Lane,
    operation::{Operation, OperationString},
    records::{Past, Phase, Record},
    step::Worker,
};
use std::sync::Arc;

/// A binding takes seconds: its polls are told to come again this soon, seconds.
const BINDING_RETRY_AFTER: u64 = 2;

/// What is kept in memory of a record: enough to answer polls of what is running, and to sweep.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Glance {
    /// The revision it is of.
    pub(crate) revision: u64,
    pub(crate) phase: Phase,
    pub(crate) job: JobId,
    /// The id of the plan that the job is about; `None` where the record doesn't tell it (any more).
    pub(crate) plan: Option<Arc<str>>,
    pub(crate) operation: Operation,
    pub(crate) force: bool,
    pub(crate) running: bool,
    /// A quota is being counted for it.
    pub(crate) undecided: bool,
    /// What it counts for where something is limited.
    pub(crate) stake: Option<Stake>,
    pub(crate) turns: u32,
    pub(crate) leg: usize,
    /// Who runs the present leg.
    pub(crate) owner: Option<Worker>,
    pub(crate) lane: Lane,
    pub(crate) note: Option<String>,
    pub(crate) accepted_at: Millis,
    pub(crate) touched_at: Millis,
    /// What rings its present leg; `None` when no leg is left.
    pub(crate) wake: Option<Wake>,
}

/// What a poll is told, before it is put in words.
#[derive(Debug, PartialEq)]
enum Standing<'a> {
    Running,
    Ended(Operation, bool, &'a State),
    /// The instance was made, and its deletion has begun since.
    Deleted,
    Gone,
    Unknown,
}

impl Glance {
    /// A glance at a record as of a revision.
    pub(crate) fn at(record: &Record, revision: u64) -> Self {
        let job = &record.job;
        Glance {
            revision,
            phase: record.phase.clone(),
            job: job.id,
            plan: job_plan(record),
            operation: job.operation,
            force: job.force,
            running: !job.finished(),
            undecided: record.is_undecided(),
            stake: Stake::of(record),
            turns: job.turns,
            leg: job.leg,
            owner: job.step().map(chandler_proto::step::Step::owner),
            lane: job.lane,
            note: job.note.clone(),
            accepted_at: job.accepted_at,
            touched_at: job.touched_at,
            wake: Wake::of(record, revision),
        }
    }

    /// Keeps what it says alike with others once.
    pub(crate) fn share(&mut self, texts: &mut Texts) {
        if let Some(plan) = &mut self.plan {
            texts.share(plan);
        }
        if let Some(stake) = &mut self.stake {
            stake.share(texts);
        }
    }

    /// Whether "in progress" may be said by this glance alone. Everything else is said only after a leader read.
    pub(crate) fn says_running(&self, asked: Option<OperationString>) -> bool {
        let here = match self.phase {
            Phase::Pending | Phase::Admitted => self.running,
            Phase::Gone { .. } => false,
        };
        here && asked.is_none_or(|asked| asked.job == self.job && asked.accepted <= self.revision)
    }

    /// Whether it waits for its first turn.
    pub(crate) fn waits(&self) -> bool {
        self.running && self.turns == 0 && !self.undecided && self.phase == Phase::Admitted
    }

    /// Whether it waits for the same workers, and has waited longer than `other`.
    pub(crate) fn is_ahead_of(&self, other: &Glance) -> bool {
        self.waits()
            && (self.owner, self.lane) == (other.owner, other.lane)
            && (self.accepted_at, self.job) < (other.accepted_at, other.job)
    }

    /// The answer to a poll of what is running, `ahead` being how many wait longer. Who doesn't know how long it will
    /// take comes again after `retry_after`, seconds.
    pub(crate) fn in_progress(&self, ahead: usize, pace: Pace, retry_after: u64) -> Answer {
        let retry_after = match self.operation.of_binding() {
            false => pace.retry_after(retry_after),
            true => retry_after.min(BINDING_RETRY_AFTER),
        };
        let mut description = format!("{} in progress", self.operation.noun(self.force));
        match &self.note {
            Some(note) if !note.is_empty() => description.push_str(&format!(": {note}")),
            Some(_) | None if self.waits() && ahead > 0 => description.push_str(&format!(": queued, {ahead} ahead")),
            Some(_) | None => {}
        }
        if let Some(words) = pace.words() {
            description.push_str(&format!(" ({words})"));
        }
        Answer::State(LastOperation::InProgress {
            description,
            retry_after,
        })
    }
}

/// What is wanted comes before what is in force: it is what takes the time.
fn job_plan(record: &Record) -> Option<Arc<str>> {
    let wanted = record.job.wanted.as_ref().map(|wanted| &wanted.plan);
    let plan = wanted.or(record.in_force.as_ref().map(|force| &force.plan))?;
    Some(plan.plan_id.as_str().into())
}

/// What a poll for `asked` (or for whatever is going on) is told of the record as the leader has it.
/// `None` means: it is running; answer by its glance.
pub(crate) fn last_operation(thing: Thing, asked: Option<OperationString>, record: Option<&Record>) -> Option<Answer> {
    match standing(asked, record) {
        Standing::Running => None,
        Standing::Gone => Some(Answer::Gone(thing)),
        Standing::Unknown => {
            let text = thing.pick(
                "There is no such operation on a service instance with this id",
                "There is no such operation on a service binding with this id",
            );
            Some(Refusal::NotFound(text).into())
        }
        Standing::Ended(operation, force, state) => Some(ended(operation, force, state)),
        Standing::Deleted => Some(Answer::State(LastOperation::Failed {
            description: "The service instance was deleted in the meantime.".to_owned(),
            instance_usable: None,
            update_repeatable: None,
        })),
    }
}

/// It answers for the job that was asked for: the present one, the one before, else by the kind of operation. A
/// provision is told as failed from when a deprovision is accepted over it, however it ended.
fn standing(asked: Option<OperationString>, record: Option<&Record>) -> Standing<'_> {
    let by_kind = |asked: Option<OperationString>| match asked {
        Some(asked) if asked.operation.deletes() => Standing::Gone,
        Some(_) | None => Standing::Unknown,
    };
    let Some(record) = record else { return by_kind(asked) };
    let job = &record.job;
    let is = |id: JobId| asked.is_some_and(|asked| asked.job == id);
    if record.gone() && (asked.is_none() || (is(job.id) && job.operation.deletes())) {
        return Standing::Gone;
    }
    if asked.is_none() || is(job.id) {
        return match &job.state {
            State::Running => Standing::Running,
            state @ (State::Succeeded { .. } | State::Failed { .. }) => {
                Standing::Ended(job.operation, job.force, state)
            }
        };
    }
    let deletes = job.operation.deletes();
    match &record.before {
        Some(Past { job, operation, state }) if is(*job) => match state {
            State::Succeeded { .. } if operation.deletes() => Standing::Gone,
            // Cloud Controller goes on to poll a provision when its DELETE in the middle was given up, and would keep what
            // the broker deletes. (With a binding its GET, which is a 404 by then, tells it.)
            State::Succeeded { .. } if deletes && *operation == Operation::Provision => Standing::Deleted,
            state => Standing::Ended(*operation, false, state),
        },
        Some(_) | None => by_kind(asked),
    }
}

fn ended(operation: Operation, force: bool, state: &State) -> Answer {
    let noun = operation.noun(force);
    Answer::State(match state {
        State::Failed { failure, .. } => LastOperation::Failed {
            description: match failure.for_user.as_str() {
                "" => format!("{noun} failed"),
                text => text.to_owned(),
            },
            instance_usable: failure
                .instance_usable
                .filter(|_| operation == Operation::Deprovision || operation.changes()),
            update_repeatable: failure.update_repeatable.filter(|_| operation.changes()),
        },
        State::Succeeded { .. } | State::Running => LastOperation::Succeeded {
            description: format!("{noun} completed"),
        },
    })
}

#[cfg(test)]
mod tests;
