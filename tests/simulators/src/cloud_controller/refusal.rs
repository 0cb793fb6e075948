//! What Cloud Controller says no with, in its words: an answer of v3, or an entry in a job's errors.

use http::StatusCode;
use serde_json::{Value, json};

use crate::common::answer::Answer;

/// One or more errors with one status.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) errors: Vec<Entry>,
}

/// An error of v3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) code: u64,
    /// With its prefix `CF-`.
    pub(super) title: &'static str,
    pub(super) detail: String,
}

impl Refusal {
    /// One error.
    pub(super) fn new(status: u16, code: u64, title: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            errors: vec![Entry { code, title, detail }],
        }
    }

    /// 422 with a free text.
    pub(super) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(422, 10008, "CF-UnprocessableEntity", detail)
    }

    /// 404 of a row; `what` as in `Service instance`.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(404, 10010, "CF-ResourceNotFound", format!("{what} not found"))
    }

    /// 403.
    pub(super) fn not_authorized() -> Self {
        let text = "You are not authorized to perform the requested action";
        Self::new(403, 10003, "CF-NotAuthorized", text)
    }

    /// Job error of something that a broker should have done: `provision could not be completed: …`.
    pub(super) fn unable(operation: &str, text: &str) -> Self {
        let text = format!("{operation} could not be completed: {text}");
        Self::new(400, 10009, "CF-UnableToPerform", text)
    }

    /// As v3 writes them.
    pub(super) fn entries(&self) -> Vec<Value> {
        let entry = |it: &Entry| json!({"code": it.code, "title": it.title, "detail": it.detail});
        self.errors.iter().map(entry).collect()
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Answer::json(refusal.status, &json!({"errors": refusal.entries()}))
    }
}
