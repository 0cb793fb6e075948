//! What became of a request to delete.

use reqwest::StatusCode;

use super::JobRef;
use super::answer::{fault, is_absent};
use crate::Fault;
use crate::http::Answer;

/// What became of a request to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// A job deletes it.
    Started(JobRef),
    /// It is gone.
    Done,
    /// Cloud Controller has no such thing, or not for us; nothing happened.
    Absent,
}

impl Deletion {
    /// # Errors
    /// A [`Fault`], when the answer is none of these.
    pub(super) fn of(answer: &Answer) -> Result<Self, Fault> {
        match answer.status {
            StatusCode::ACCEPTED => JobRef::started_by(answer).map(Self::Started),
            StatusCode::NO_CONTENT => Ok(Self::Done),
            _ if is_absent(answer) => Ok(Self::Absent),
            _ => Err(fault(answer, None)),
        }
    }
}
