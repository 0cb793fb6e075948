//! What goes along with each call, so that a trace doesn't end at our door.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Trace context and request identity of the operation that a call belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallContext {
    /// W3C `traceparent`.
    pub traceparent: Option<String>,
    /// W3C `tracestate`.
    pub tracestate: Option<String>,
    /// The platform's request identity, sent as `X-Request-Id`.
    pub request_id: Option<String>,
}

impl CallContext {
    /// The context that was put into these headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let read = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            traceparent: read("traceparent"),
            tracestate: read("tracestate"),
            request_id: read("x-request-id"),
        }
    }

    /// The headers. A value that can't stand in a header is left out: a bad trace context must not stop a deploy.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        let pairs = [
            ("traceparent", &self.traceparent),
            ("tracestate", &self.tracestate),
            ("x-request-id", &self.request_id),
        ];
        for (name, value) in pairs {
            let Some(value) = value else { continue };
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}
