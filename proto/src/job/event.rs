//! What can happen to a job.
use super::{Facts, Learnt};
use crate::{
    failure::Failure,
    ids::{JobId, Millis, TurnId},
};

/// What can happen to a job. Nothing else changes one.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A turn is about to act: nobody else may until `until`.
    Acting {
        /// What the turn has learnt.
        learnt: Learnt,
        /// The line for people, `None` to keep the present one.
        note: Option<String>,
        /// The end of the act window.
        until: Millis,
    },
    /// The act was answered; the window is over.
    Answered {
        /// What the answer said.
        learnt: Learnt,
    },
    /// Only the line for people changes; what was faulty is well again.
    Noted {
        /// The new line.
        note: String,
        /// What was learnt by looking.
        facts: Facts,
    },
    /// Something went wrong on the way to the outside; it will be repeated.
    Faulted {
        /// The new line for people.
        note: String,
        /// What went wrong, for the operator.
        what: String,
        /// Where it went wrong.
        during: During,
    },
    /// The act of the job that this one replaced has ended: nobody has to wait for its window any more.
    WindowOver {
        /// The replaced job.
        of: JobId,
        /// The window, as its turn opened it.
        until: Millis,
    },
    /// The leg is done.
    LegDone {
        /// What the leg leaves behind.
        facts: Facts,
    },
    /// The job ends badly.
    Failed(Failure),
    /// The last look found something: all legs once more, until `deadline`.
    LookedAndFound {
        /// The new deadline.
        deadline: Millis,
    },
}

/// Where in a turn a fault was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum During {
    /// While it looked.
    Observe,
    /// While it prepared its act.
    Prepare,
    /// The act was refused, or never sent: nothing happened, and its window is over.
    RefusedAct,
    /// The act may have taken effect, or may still: its window stays, but no longer than a request may be on its way.
    UnknownAct {
        /// When nothing of it is on its way any more.
        until: Millis,
    },
}

/// Who writes, when, over which revision.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Now.
    pub now: Millis,
    /// The writing turn.
    pub turn: TurnId,
    /// The revision that was read and is written over.
    pub over: u64,
}

/// An event that the job's state doesn't allow: a defect of the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event} is not possible for a job that {why}")]
pub struct Illegal {
    /// The event's name.
    pub event: &'static str,
    /// What is in its way.
    pub why: &'static str,
}

impl Event {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Event::Acting { .. } => "Acting",
            Event::Answered { .. } => "Answered",
            Event::Noted { .. } => "Noted",
            Event::Faulted { .. } => "Faulted",
            Event::WindowOver { .. } => "WindowOver",
            Event::LegDone { .. } => "LegDone",
            Event::Failed(_) => "Failed",
            Event::LookedAndFound { .. } => "LookedAndFound",
        }
    }
}
