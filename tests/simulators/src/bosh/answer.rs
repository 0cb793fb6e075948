//! Answers with the content types, texts and error codes that a Director was seen to give.

use http::StatusCode;
use serde_json::{Value, json};

use crate::common::answer as common;

const HTML: &str = "text/html;charset=utf-8";

/// An answer before it becomes HTTP.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<&'static str>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    /// Set on every answer of a protected route.
    pub(super) challenge: bool,
    /// Sent without a length.
    pub(super) chunked: bool,
    /// The task that this request started.
    pub(super) task: Option<u64>,
}

impl Answer {
    /// JSON under `text/html`, as most routes send it.
    pub(super) fn html(status: StatusCode, body: impl Into<String>) -> Self {
        Self {
            status,
            content_type: Some(HTML),
            headers: Vec::new(),
            body: body.into(),
            challenge: true,
            chunked: false,
            task: None,
        }
    }

    pub(super) fn ok(body: &Value) -> Self {
        Self::html(StatusCode::OK, body.to_string())
    }

    /// JSON that says so: only a few routes do.
    pub(super) fn json(body: &Value) -> Self {
        Self {
            content_type: Some("application/json"),
            ..Self::ok(body)
        }
    }

    pub(super) fn empty(status: StatusCode) -> Self {
        Self::html(status, "")
    }

    pub(super) fn no_content() -> Self {
        Self {
            content_type: None,
            ..Self::empty(StatusCode::NO_CONTENT)
        }
    }

    /// 302 to the task.
    pub(super) fn redirect(host: &str, task: u64) -> Self {
        let mut answer = Self::empty(StatusCode::FOUND);
        answer
            .headers
            .push(("location", format!("https://{host}/tasks/{task}")));
        answer.task = Some(task);
        answer
    }

    pub(super) fn error(status: StatusCode, code: u32, text: impl Into<String>) -> Self {
        let body = json!({"code": code, "description": text.into()});
        Self::html(status, body.to_string())
    }

    pub(super) fn bad_request(code: u32, text: impl Into<String>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, code, text)
    }

    pub(super) fn no_deployment(name: &str) -> Self {
        let text = format!("Deployment '{name}' doesn't exist");
        Self::error(StatusCode::NOT_FOUND, 70000, text)
    }

    pub(super) fn no_task(id: &str) -> Self {
        Self::error(StatusCode::NOT_FOUND, 10000, format!("Task {id} not found"))
    }

    /// A known prefix, but no such route (or the wrong content type for it).
    pub(super) fn no_endpoint(path: &str) -> Self {
        let mut answer = Self::no_row(path);
        answer.headers.push(("x-cascade", "pass".to_owned()));
        answer
    }

    /// The route is there but found nothing: the same text without `X-Cascade`.
    pub(super) fn no_row(path: &str) -> Self {
        Self::html(StatusCode::NOT_FOUND, format!("Endpoint '{path}' not found."))
    }

    /// A prefix that nothing serves.
    pub(super) fn not_found(path: &str) -> Self {
        Self {
            content_type: Some("text/plain"),
            headers: vec![("x-cascade", "pass".to_owned())],
            challenge: false,
            chunked: true,
            ..Self::html(StatusCode::NOT_FOUND, format!("Not Found: {path}"))
        }
    }

    pub(super) fn unauthorized(path: &str) -> Self {
        Self::html(StatusCode::UNAUTHORIZED, format!("Not authorized: '{path}'\n"))
    }

    /// nginx in front of a Director whose API process is away.
    pub(super) fn gateway_error(status: StatusCode) -> Self {
        Self {
            content_type: Some("text/html"),
            challenge: false,
            ..Self::html(status, common::Answer::gateway_error(status).body)
        }
    }
}

impl From<Answer> for common::Answer {
    fn from(answer: Answer) -> Self {
        let mut whole = Self::empty(answer.status);
        if let Some(kind) = answer.content_type {
            whole = whole.with("content-type", kind);
        }
        if answer.challenge {
            whole = whole.with("www-authenticate", "Basic realm=\"BOSH Director\"");
        }
        whole.headers.extend(answer.headers);
        whole.body = answer.body;
        whole.chunked = answer.chunked;
        whole
    }
}

/// Takes a key out of an object; the others keep their order.
pub(super) fn omit(object: &mut Value, key: &str) {
    if let Value::Object(map) = object {
        map.shift_remove(key);
    }
}
