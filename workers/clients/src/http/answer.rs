//! An answer with its whole body, and what its status says about the call.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, LOCATION};
use serde::de::DeserializeOwned;

use crate::fault::{Fault, FaultKind};

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) call: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What the Director says besides a status, when it says it in JSON.
#[derive(serde::Deserialize)]
struct Said {
    code: u64,
    #[serde(default)]
    description: String,
}

/// The Director's code for a missing scope; it comes with 401.
const MISSING_SCOPE: u64 = 600_000;

impl Answer {
    /// The body as JSON, whatever its content type says (Directors send JSON as `text/html`).
    ///
    /// # Errors
    /// [`FaultKind::Garbled`]; the text names the place, never the content.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|e| {
            let what = match e.classify() {
                serde_json::error::Category::Io | serde_json::error::Category::Syntax => "not JSON",
                serde_json::error::Category::Data => "JSON of an unexpected shape",
                serde_json::error::Category::Eof => "JSON that ends too early",
            };
            let (line, column, len) = (e.line(), e.column(), self.body.len());
            self.garbled(format!("{len} bytes of {what} (line {line}, column {column})"))
        })
    }

    /// A header as text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The last segment of `Location`, when the one before it is `above`. Scheme, host and port in it may be wrong, by the age of the
    /// proxy in front of the server, so nobody needs them.
    pub(crate) fn location_below(&self, above: &str) -> Option<&str> {
        let location = self.header(LOCATION).unwrap_or_default();
        let path = location.split(['?', '#']).next().unwrap_or_default();
        let mut segments = path.trim_end_matches('/').rsplit('/');
        let last = segments.next().filter(|last| !last.is_empty())?;
        (segments.next() == Some(above)).then_some(last)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The fault that this answer is for somebody who expected another one.
    pub(crate) fn fault(&self) -> Fault {
        let said: Option<Said> = serde_json::from_slice(&self.body).ok();
        let code = said.as_ref().map(|said| said.code);
        let status = self.status.as_u16();
        let kind = match status {
            401 if code == Some(MISSING_SCOPE) => FaultKind::MissingScope,
            401 => FaultKind::Unauthorized,
            400..=499 => FaultKind::Refused { status, code },
            500..=599 => FaultKind::Unknown,
            _ => FaultKind::Garbled,
        };
        let body = said.map_or_else(|| self.text(), |said| said.description);
        let body = body.trim();
        let detail = match kind {
            FaultKind::Refused { .. } | FaultKind::Unauthorized | FaultKind::MissingScope => body.to_owned(),
            FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled if body.is_empty() => {
                format!("answered {status} without a text")
            }
            FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled => {
                format!("answered {status}: {body}")
            }
        };
        Fault::new(kind, self.call.clone(), detail)
    }

    /// The same, without a word of its body: nobody knows what it holds.
    pub(crate) fn unquoted_fault(&self) -> Fault {
        let status = self.status.as_u16();
        let kind = match status {
            401 => FaultKind::Unauthorized,
            400..=499 => FaultKind::Refused { status, code: None },
            500..=599 => FaultKind::Unknown,
            _ => FaultKind::Garbled,
        };
        let detail = match status {
            300..=399 => format!("answered {status}, and redirects are not followed"),
            _ => format!("answered {status}, 200 was expected"),
        };
        Fault::new(kind, self.call.clone(), detail)
    }

    /// An answer with the right status that doesn't say what it should.
    pub(crate) fn garbled(&self, detail: impl AsRef<str>) -> Fault {
        Fault::new(FaultKind::Garbled, self.call.clone(), detail)
    }
}
