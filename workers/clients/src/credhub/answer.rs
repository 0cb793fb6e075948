//! What CredHub's answers say about a call.

use serde::Deserialize;

use crate::fault::{Fault, FaultKind};
use crate::http::Answer;
use crate::text;

const MAX_PAGE: usize = 300;

/// What CredHub says besides a status.
#[derive(Deserialize)]
struct Said {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Whether CredHub itself says that it isn't there, or not for us. The 404 of a router in front of it, or of a path that it doesn't
/// know, says nothing about a credential.
pub(super) fn is_absent(answer: &Answer) -> bool {
    answer.status.as_u16() == 404 && serde_json::from_slice::<Said>(&answer.body).is_ok()
}

/// The fault that this answer is for somebody who expected another one. The body of a success is never quoted: it holds values.
pub(super) fn fault(answer: &Answer) -> Fault {
    let said: Option<Said> = serde_json::from_slice(&answer.body).ok();
    let status = answer.status.as_u16();
    let kind = match status {
        401 => FaultKind::Unauthorized,
        // Without a scope there is no text; without a permission there is one.
        403 if answer.body.is_empty() => FaultKind::MissingScope,
        400..=499 => FaultKind::Refused { status, code: None },
        500..=599 => FaultKind::Unknown,
        _ => FaultKind::Garbled,
    };
    let what = match said {
        Some(said) if said.error_description.is_empty() => said.error,
        Some(said) => format!("{}: {}", said.error, said.error_description),
        None if status < 400 => String::new(),
        None => text::cut(answer.text().trim(), MAX_PAGE),
    };
    let detail = match kind {
        FaultKind::Refused { .. } | FaultKind::Unauthorized | FaultKind::MissingScope => what,
        FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled => format!("answered {status} {what}"),
    };
    Fault::new(kind, answer.call.clone(), detail.trim())
}

/// The UAA's address in an answer of `/info`.
pub(super) fn uaa_url(answer: &Answer) -> Result<String, Fault> {
    #[derive(Deserialize)]
    struct Info {
        #[serde(rename = "auth-server")]
        auth_server: Server,
    }
    #[derive(Deserialize)]
    struct Server {
        url: String,
    }
    answer.json::<Info>().map(|info| info.auth_server.url)
}
