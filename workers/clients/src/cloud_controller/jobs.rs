//! `GET /v3/jobs/:guid`: what goes on after an answer.

use std::fmt;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::{Deserialize, Deserializer};
use tokio::time::Instant;

use super::CloudController;
use super::answer::{ApiError, fault, is_absent};
use super::client::retry_after;
use crate::http::Answer;
use crate::text;
use crate::{CallContext, Fault};

const MAX_WARNING: usize = 2048;

/// The guid of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobRef(String);

/// A job of Cloud Controller. It is forgotten some time after its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct Job {
    /// Its guid.
    pub guid: String,
    /// What it does, `service_broker.update`.
    pub operation: String,
    /// Where it stands.
    pub state: JobState,
    /// Why it failed.
    pub errors: Vec<ApiError>,
    /// What Cloud Controller finds worth a word; for operators.
    pub warnings: Vec<String>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// It waits, or the broker's first answer is awaited.
    Processing,
    /// The broker is at it, and is asked from time to time.
    Polling,
    /// It went well.
    Complete,
    /// It didn't.
    Failed,
    /// A state that this client doesn't know.
    Other,
}

#[derive(Deserialize)]
struct Wire {
    guid: String,
    #[serde(default)]
    operation: String,
    state: JobState,
    #[serde(default)]
    errors: Vec<ApiError>,
    #[serde(default)]
    warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct Warning {
    #[serde(default)]
    detail: String,
}

impl JobRef {
    /// The job of this guid, or at this address.
    pub fn new(guid_or_url: &str) -> Self {
        let path = guid_or_url.split(['?', '#']).next().unwrap_or_default();
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        Self(last.to_owned())
    }

    /// Its guid.
    pub fn guid(&self) -> &str {
        &self.0
    }

    /// The job that an accepted write started.
    ///
    /// # Errors
    /// [`FaultKind::Garbled`](crate::FaultKind::Garbled): the write has taken effect, and nobody knows as what.
    pub(super) fn started_by(answer: &Answer) -> Result<Self, Fault> {
        match answer.location_below("jobs") {
            Some(guid) => Ok(Self(guid.to_owned())),
            None => Err(answer.garbled(format!(
                "answered {} without the address of a job",
                answer.status.as_u16()
            ))),
        }
    }
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JobState {
    /// Cloud Controller's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Polling => "POLLING",
            Self::Complete => "COMPLETE",
            Self::Failed => "FAILED",
            Self::Other => "unknown",
        }
    }
}

impl<'de> Deserialize<'de> for JobState {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| match text.as_str() {
            "PROCESSING" => Self::Processing,
            "POLLING" => Self::Polling,
            "COMPLETE" => Self::Complete,
            "FAILED" => Self::Failed,
            _ => Self::Other,
        })
    }
}

impl From<Wire> for Job {
    fn from(wire: Wire) -> Self {
        let warning = |it: Warning| text::cut(&text::mask_credentials(&it.detail), MAX_WARNING);
        Self {
            guid: wire.guid,
            operation: wire.operation,
            state: wire.state,
            errors: wire.errors,
            warnings: wire.warnings.into_iter().map(warning).collect(),
        }
    }
}

impl CloudController {
    /// A job as it is now; `None` when Cloud Controller doesn't know it (any more).
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn job(&self, job: &JobRef, call: &CallContext) -> Result<Option<Job>, Fault> {
        let (job, _) = self.job_until(job, call, self.server.read_limit()).await?;
        Ok(job)
    }

    /// The same, not later than `until`; and how long Cloud Controller asks us to stay away.
    pub(super) async fn job_until(
        &self,
        job: &JobRef,
        call: &CallContext,
        until: Instant,
    ) -> Result<(Option<Job>, Option<Duration>), Fault> {
        let request = self.request(Method::GET, &["jobs", job.guid()], &[], call)?;
        let answer = self.read_until(request, until).await?;
        match answer.status {
            StatusCode::OK => Ok((Some(answer.json()?), retry_after(&answer))),
            _ if is_absent(&answer) => Ok((None, None)),
            _ => Err(fault(&answer, None)),
        }
    }
}
