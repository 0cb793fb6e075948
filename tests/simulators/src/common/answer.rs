//! An answer before it becomes HTTP.

use http::StatusCode;
use serde_json::Value;

/// An answer before it becomes HTTP. `Content-Type` is one of its headers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    /// Sent without a length.
    pub(crate) chunked: bool,
    /// Who asked, for the journal.
    pub(crate) actor: Option<String>,
}

impl Answer {
    /// No body, no headers.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
            chunked: false,
            actor: None,
        }
    }

    /// A body with its type.
    pub(crate) fn of(status: StatusCode, content_type: &str, body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..Self::empty(status).with("content-type", content_type)
        }
    }

    /// JSON as `application/json;charset=UTF-8`, as Spring's servers send it.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::of(status, "application/json;charset=UTF-8", body.to_string())
    }

    /// The same with one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same, with the name that the journal shows.
    #[must_use]
    pub(crate) fn by(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// nginx in front of a server that is away.
    pub(crate) fn gateway_error(status: StatusCode) -> Self {
        let title = format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or("Error"));
        let body = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
        );
        Self::of(status, "text/html", body)
    }

    /// What [`super::CallAction::Answer`] says: 502 to 504 look like nginx's unless a body is given. A body that begins
    /// as JSON does is called so.
    pub(crate) fn made_up(status: u16, body: Option<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match (status.as_u16(), body) {
            (_, Some(body)) if body.starts_with(['{', '[']) => Self::of(status, "application/json", body),
            (_, Some(body)) => Self::of(status, "text/plain", body),
            (502..=504, None) => Self::gateway_error(status),
            (_, None) => Self::empty(status),
        }
    }
}
