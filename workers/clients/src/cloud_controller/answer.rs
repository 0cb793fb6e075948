//! What Cloud Controller's answers say about a call.

use std::fmt;

use serde::Deserialize;

use crate::Secret;
use crate::fault::{Fault, FaultKind};
use crate::http::Answer;
use crate::text;

/// Cloud Controller's code for what isn't there, or not for us (`CF-ResourceNotFound`).
pub const NOT_FOUND: u64 = 10_010;
/// Its code for a broker that can't be deleted, because it has service instances (`CF-ServiceBrokerNotRemovable`).
pub const BROKER_HAS_INSTANCES: u64 = 270_010;
/// Its codes for a missing scope or role (`CF-NotAuthorized`, `CF-InsufficientScope`); other codes come with 403, too.
const MISSING_SCOPE: [u64; 2] = [10_003, 10_007];
/// The most bytes of a title, and of a detail: the errors of a catalog are a long tree, and who wrote it wants to see them all.
const MAX_TITLE: usize = 128;
const MAX_ERROR: usize = 16 * 1024;
const MAX_PAGE: usize = 300;

/// One error, as Cloud Controller tells it. For operators; what looks like a credential is masked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct ApiError {
    /// Its number, `10008`.
    pub code: u64,
    /// Its name, `CF-UnprocessableEntity`.
    pub title: String,
    /// What it is about; may have several lines.
    pub detail: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

/// What Cloud Controller says besides a status.
#[derive(Deserialize)]
struct Said {
    errors: Vec<ApiError>,
}

impl From<Wire> for ApiError {
    fn from(wire: Wire) -> Self {
        Self {
            code: wire.code,
            title: text::cut(&text::mask_credentials(&wire.title), MAX_TITLE),
            detail: text::cut(&text::mask_credentials(&wire.detail), MAX_ERROR),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.title.is_empty(), self.detail.is_empty()) {
            (false, false) => write!(f, "{}: {}", self.title, self.detail),
            (false, true) => f.write_str(&self.title),
            (true, false) => f.write_str(&self.detail),
            (true, true) => write!(f, "an error with code {} and without a text", self.code),
        }
    }
}

/// All errors in one text.
pub(super) fn joined(errors: &[ApiError]) -> String {
    let texts: Vec<_> = errors.iter().map(ApiError::to_string).collect();
    texts.join("; ")
}

/// Whether Cloud Controller itself says that it isn't there, or not for us. A router's 404, and the one for a path that it doesn't know,
/// say nothing about a resource.
pub(super) fn is_absent(answer: &Answer) -> bool {
    let is_it = |said: Vec<ApiError>| said.iter().any(|error| error.code == NOT_FOUND);
    answer.status.as_u16() == 404 && said(answer).is_some_and(is_it)
}

fn said(answer: &Answer) -> Option<Vec<ApiError>> {
    let said: Said = serde_json::from_slice(&answer.body).ok()?;
    Some(said.errors).filter(|errors| !errors.is_empty())
}

/// The fault that this answer is for somebody who expected another one; `secret` is what was sent and must not come back in it. A 4xx is
/// believed from Cloud Controller only: a router in front of it says 404 when it is down.
pub(super) fn fault(answer: &Answer, secret: Option<&Secret>) -> Fault {
    let said = said(answer);
    let status = answer.status.as_u16();
    let code = said.as_ref().and_then(|said| said.first()).map(|first| first.code);
    let kind = match (status, code) {
        (401, _) => FaultKind::Unauthorized,
        (403, Some(code)) if MISSING_SCOPE.contains(&code) => FaultKind::MissingScope,
        (400..=499, Some(_)) => FaultKind::Refused { status, code },
        (400..=599, _) => FaultKind::Unknown,
        _ => FaultKind::Garbled,
    };
    let what = match &said {
        Some(said) => joined(said),
        // What isn't asked for may hold anything.
        None if status < 400 => String::new(),
        None => text::cut(answer.text().trim(), MAX_PAGE),
    };
    let detail = match kind {
        FaultKind::Refused { .. } | FaultKind::Unauthorized | FaultKind::MissingScope => what,
        FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled => format!("answered {status} {what}"),
    };
    let detail = text::mask_secret(detail.trim(), secret.map(Secret::expose));
    Fault::new(kind, answer.call.clone(), detail)
}
