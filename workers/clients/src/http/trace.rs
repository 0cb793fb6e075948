//! The span of one outside call, and its context in the call's headers.

use std::collections::HashMap;

use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::Request;

/// A client span below whatever span is current. Its name has the path without the query, where values may be.
pub(super) fn call(request: &Request) -> Span {
    tracing::info_span!(
        "outside call",
        otel.name = request.name,
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = %request.method,
        server.address = request.url.host_str(),
        http.response.status_code = Empty,
    )
}

/// The request with `span` as its parent on the other side. Without a trace it keeps what its context says.
pub(super) fn inside(request: &Request, span: &Span) -> Request {
    let mut request = request.clone();
    TraceContextPropagator::new().inject_context(&span.context(), &mut Headers(&mut request.headers));
    request
}

/// W3C `traceparent` and `tracestate` of the current span, for what isn't HTTP; `None` without a trace.
pub(crate) fn here() -> Option<(Option<String>, Option<String>)> {
    let mut fields = HashMap::<String, String>::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut fields);
    let traceparent = fields.remove("traceparent")?;
    let tracestate = fields.remove("tracestate").filter(|state| !state.is_empty());
    Some((Some(traceparent), tracestate))
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, name: &str, value: String) {
        let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = parsed
            && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}
