//! Waiting for a job to end.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::answer::joined;
use super::{ApiError, CloudController, Job, JobRef, JobState, NOT_FOUND};
use crate::text::mask_secret;
use crate::{CallContext, Fault, FaultKind, Secret};

/// How long after one look the next one comes, unless Cloud Controller asks for more.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a job isn't known to have gone well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobError {
    /// It failed. What it did before may have taken effect.
    Failed {
        /// What it did, `service_broker.update`.
        operation: String,
        /// All that Cloud Controller says about it; perhaps nothing.
        errors: Vec<ApiError>,
        /// Its warnings.
        warnings: Vec<String>,
    },
    /// The time was over before the job was. It goes on.
    Unfinished {
        /// Which one.
        job: JobRef,
        /// Where it stood when it was seen last; `None` when it wasn't.
        state: Option<JobState>,
        /// What the last look came to, when it didn't come to an answer.
        fault: Option<Fault>,
    },
    /// It can't be looked at: we aren't let, the answer can't be understood, or there is no such job (any more).
    Fault(Fault),
}

impl From<Fault> for JobError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { operation, errors, .. } if errors.is_empty() => {
                write!(f, "Cloud Controller's job {operation} failed, and it doesn't say why")
            }
            Self::Failed { operation, errors, .. } => {
                write!(f, "Cloud Controller's job {operation} failed: {}", joined(errors))
            }
            Self::Unfinished { job, state, fault } => {
                let state = state.map_or("not seen", JobState::as_str);
                write!(f, "Cloud Controller's job {job} hasn't ended in time ({state})")?;
                fault.as_ref().map_or(Ok(()), |fault| write!(f, ": {fault}"))
            }
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for JobError {}

impl JobError {
    /// The same without `secret` in what Cloud Controller says: it quotes what a broker answers.
    #[must_use]
    pub fn hiding(mut self, secret: &Secret) -> Self {
        if let Self::Failed { errors, warnings, .. } = &mut self {
            let texts = errors.iter_mut().map(|error| &mut error.detail).chain(warnings);
            texts.for_each(|text| *text = mask_secret(text, Some(secret.expose())));
        }
        self
    }
}

impl CloudController {
    /// Waits until a job went well, and returns its warnings. It is looked at at once, then each second or as seldom as Cloud Controller asks,
    /// for `limit` in all; looks that come to nothing for a while are tried again. `seen` is told each look that came to something.
    ///
    /// # Errors
    /// A [`JobError`].
    pub async fn wait(
        &self,
        job: &JobRef,
        call: &CallContext,
        limit: Duration,
        mut seen: impl FnMut(&Job),
    ) -> Result<Vec<String>, JobError> {
        let until = Instant::now() + limit;
        let mut state = None;
        loop {
            let look = self.job_until(job, call, until.min(self.server.read_limit())).await;
            let mut pause = PAUSE;
            let fault = match look {
                Ok((Some(found), asked)) => {
                    seen(&found);
                    match found.state {
                        JobState::Complete => return Ok(found.warnings),
                        JobState::Failed => return Err(failed(found)),
                        JobState::Processing | JobState::Polling | JobState::Other => {}
                    }
                    state = Some(found.state);
                    pause = asked.unwrap_or(PAUSE);
                    None
                }
                Ok((None, _)) => return Err(gone(job).into()),
                Err(why) if passes(&why) => Some(why),
                Err(why) => return Err(why.into()),
            };
            let now = Instant::now();
            let last = until.checked_sub(PAUSE.min(limit / 2)).unwrap_or(now);
            if now >= last {
                let job = job.clone();
                return Err(JobError::Unfinished { job, state, fault });
            }
            // Whoever waits for less than what Cloud Controller asks for gets a last look before the end.
            sleep_until(last.min(now + pause)).await;
        }
    }
}

fn failed(job: Job) -> JobError {
    JobError::Failed {
        operation: job.operation,
        errors: job.errors,
        warnings: job.warnings,
    }
}

fn gone(job: &JobRef) -> Fault {
    let kind = FaultKind::Refused {
        status: 404,
        code: Some(NOT_FOUND),
    };
    let call = format!("GET /v3/jobs/{job} of Cloud Controller");
    Fault::new(kind, call, "there is no such job (any more)")
}

/// Whether the next look may come to more. Who isn't let isn't let the next second.
fn passes(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::NotSent | FaultKind::Unknown => true,
        FaultKind::Refused { .. } => !fault.is_permanent(),
        FaultKind::Unauthorized | FaultKind::MissingScope | FaultKind::Garbled => false,
    }
}
