//! What a job is born with.
use super::{Facts, Job, Later, State};
use crate::{
    ids::{JobId, Millis},
    layout::Lane,
    operation::Operation,
    step::Step,
};
use std::{collections::BTreeMap, time::Duration};

/// Who asked, and under which id. It stays the same when the same request is decided again.
#[derive(Clone, Debug)]
pub struct Birth {
    /// The id of the job.
    pub job: JobId,
    /// See [`Job::traceparent`].
    pub traceparent: Option<String>,
    /// See [`Job::tracestate`].
    pub tracestate: Option<String>,
    /// See [`Job::originating_identity`].
    pub originating_identity: Option<String>,
    /// See [`Job::request_identity`].
    pub request_identity: Option<String>,
}

impl Birth {
    /// A job that another one asks for: it shares whose request it is, and the trace.
    pub fn of_child(job: JobId, parent: &Job) -> Self {
        Birth {
            job,
            traceparent: parent.traceparent.clone(),
            tracestate: parent.tracestate.clone(),
            originating_identity: parent.originating_identity.clone(),
            request_identity: parent.request_identity.clone(),
        }
    }

    /// The job as it is accepted: at its first leg, nothing done. `deadline` is how long it may take.
    pub fn job(&self, operation: Operation, lane: Lane, itinerary: Vec<Step>, deadline: Duration, now: Millis) -> Job {
        Job {
            id: self.job,
            operation,
            force: false,
            synchronous: false,
            lane,
            itinerary,
            leg: 0,
            attempts: 0,
            accepted_at: now,
            accepted_revision: None,
            deadline: now.plus(deadline),
            wanted: None,
            facts: Facts::default(),
            sealed: BTreeMap::new(),
            note: None,
            act_until: None,
            traceparent: self.traceparent.clone(),
            tracestate: self.tracestate.clone(),
            originating_identity: self.originating_identity.clone(),
            request_identity: self.request_identity.clone(),
            turns: 0,
            faults: 0,
            prepare_faults: 0,
            last_fault: None,
            round: 0,
            written_by: None,
            touched_at: now,
            state: State::Running,
            undecided: None,
            later: Later::new(),
        }
    }
}
