//! One call to an outside system went wrong: named by what the caller can do about it.

use std::fmt;

use crate::text;

/// The most bytes that [`Fault::detail`] has.
pub const MAX_DETAIL: usize = 2048;

/// One failed call. It carries no credentials, but it is a text for operators, not for platform users.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is known about the outcome.
    pub kind: FaultKind,
    /// Which call, for example `GET /tasks/41 of the Director`.
    pub call: String,
    /// What was seen, for the operator; at most [`MAX_DETAIL`] bytes, credentials masked.
    pub detail: String,
}

/// What is known about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// No request reached the other side: refused, no such host, TLS, or no time was left.
    NotSent,
    /// It was sent, the outcome is not known (time-out, reset, 5xx, a proxy's page): it may have taken effect.
    Unknown,
    /// A definite 4xx: nothing happened.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The other side's own code for it (`70000` for a missing deployment), when it gave one.
        code: Option<u64>,
    },
    /// The credentials weren't accepted (401). They get rotated, so this passes.
    Unauthorized,
    /// The credentials are right and lack a scope (the Director's 401 with code 600000).
    MissingScope,
    /// There was an answer, and it can't be understood. For a write: it may have taken effect.
    Garbled,
}

impl Fault {
    /// A fault of `call`; the detail is masked and cut here, so no caller can forget it.
    pub fn new(kind: FaultKind, call: impl Into<String>, detail: impl AsRef<str>) -> Self {
        let detail = text::cut(&text::mask_credentials(detail.as_ref()), MAX_DETAIL);
        Self {
            kind,
            call: call.into(),
            detail,
        }
    }

    /// Whether the call certainly had no effect. Reads never have one, whatever this says.
    pub fn nothing_happened(&self) -> bool {
        match self.kind {
            FaultKind::NotSent | FaultKind::Refused { .. } | FaultKind::Unauthorized | FaultKind::MissingScope => true,
            FaultKind::Unknown | FaultKind::Garbled => false,
        }
    }

    /// Whether the same call without any change outside is pointless. 408, 425 and 429 are not; nor is
    /// [`FaultKind::Unauthorized`], because a rotated password arrives in two places at different times.
    pub fn is_permanent(&self) -> bool {
        match self.kind {
            FaultKind::Refused { status, .. } => !matches!(status, 408 | 425 | 429),
            FaultKind::MissingScope => true,
            FaultKind::NotSent | FaultKind::Unknown | FaultKind::Unauthorized | FaultKind::Garbled => false,
        }
    }

    /// The code that the other side gave with a refusal.
    pub fn code(&self) -> Option<u64> {
        match self.kind {
            FaultKind::Refused { code, .. } => code,
            FaultKind::NotSent
            | FaultKind::Unknown
            | FaultKind::Unauthorized
            | FaultKind::MissingScope
            | FaultKind::Garbled => None,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent => f.write_str("was not sent"),
            Self::Unknown => f.write_str("has an unknown outcome"),
            Self::Refused {
                status,
                code: Some(code),
            } => {
                write!(f, "was refused with {status}, code {code}")
            }
            Self::Refused { status, code: None } => write!(f, "was refused with {status}"),
            Self::Unauthorized => f.write_str("was refused: wrong credentials"),
            Self::MissingScope => f.write_str("was refused: a scope is missing"),
            Self::Garbled => f.write_str("had an answer that can't be understood"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.call, self.kind)?;
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.detail)
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Fault {}
