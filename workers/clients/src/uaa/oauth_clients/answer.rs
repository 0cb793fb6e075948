//! What the UAA's answers say about a call.

use serde::Deserialize;

use crate::Secret;
use crate::fault::{Fault, FaultKind};
use crate::http::Answer;
use crate::text;

const MAX_PAGE: usize = 300;

/// What the UAA says besides a status.
#[derive(Deserialize)]
struct Said {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Whether there is no such client: the UAA's 404 for it has no body, a router's has a page.
pub(super) fn is_absent(answer: &Answer) -> bool {
    answer.status.as_u16() == 404 && answer.body.is_empty()
}

/// Whether the UAA itself says that there is such a client already.
pub(super) fn is_conflict(answer: &Answer) -> bool {
    answer.status.as_u16() == 409 && said(answer).is_some()
}

fn said(answer: &Answer) -> Option<Said> {
    serde_json::from_slice(&answer.body).ok()
}

/// The fault that this answer is for somebody who expected another one. A 4xx is believed from the UAA only: a router in front of it says
/// 404 when it is down.
pub(super) fn fault(answer: &Answer, secret: Option<&Secret>) -> Fault {
    let said = said(answer);
    let status = answer.status.as_u16();
    let kind = match (status, &said) {
        (401, _) => FaultKind::Unauthorized,
        (403, Some(said)) if said.error == "insufficient_scope" => FaultKind::MissingScope,
        (400..=499, Some(_)) => FaultKind::Refused { status, code: None },
        (400..=599, _) => FaultKind::Unknown,
        _ => FaultKind::Garbled,
    };
    let what = match said {
        Some(said) => format!("{}: {}", said.error, said.error_description),
        // What isn't asked for may hold anything.
        None if status < 400 => String::new(),
        None => text::cut(answer.text().trim(), MAX_PAGE),
    };
    let detail = text::mask_secret(&format!("answered {status} {what}"), secret.map(Secret::expose));
    Fault::new(kind, answer.call.clone(), detail.trim())
}
