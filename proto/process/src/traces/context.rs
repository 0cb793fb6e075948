//! W3C trace context: what crosses a process's border.

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The two values of <https://www.w3.org/TR/trace-context/>, as they stand in HTTP headers, in
/// message headers, in records and (in capitals) in the environment of a child process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// `00-<trace id>-<span id>-<flags>`.
    pub traceparent: String,
    /// The vendors' part; never empty when present.
    pub tracestate: Option<String>,
}

impl TraceContext {
    /// From the headers of a request. `None` when there is no valid `traceparent`; an unreadable
    /// `tracestate` is left out.
    pub fn from_headers(headers: &http::HeaderMap) -> Option<Self> {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let context = Self {
            traceparent: text(TRACEPARENT)?,
            tracestate: text(TRACESTATE).filter(|state| !state.is_empty()),
        };
        context.is_valid().then_some(context)
    }

    /// Writes itself into the headers of a request, over what is there.
    pub fn inject(&self, headers: &mut http::HeaderMap) {
        for (name, value) in self.pairs() {
            if let Ok(value) = http::HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
    }

    /// `("traceparent", …)` and, when present, `("tracestate", …)`.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let state = self.tracestate.as_deref().map(|state| (TRACESTATE, state));
        std::iter::once((TRACEPARENT, self.traceparent.as_str())).chain(state)
    }

    /// `("TRACEPARENT", …)` and, when present, `("TRACESTATE", …)`, for a child process.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let state = self.tracestate.as_deref().map(|state| ("TRACESTATE", state));
        std::iter::once(("TRACEPARENT", self.traceparent.as_str())).chain(state)
    }

    /// The trace id, 32 hexadecimal digits; `None` when the `traceparent` is not valid.
    pub fn trace_id(&self) -> Option<String> {
        let context = self.extract();
        let span = context.span();
        let id = span.span_context();
        id.is_valid().then(|| id.trace_id().to_string())
    }

    fn is_valid(&self) -> bool {
        self.extract().span().span_context().is_valid()
    }

    /// Without regard to the current span.
    fn extract(&self) -> opentelemetry::Context {
        TraceContextPropagator::new().extract_with_context(&opentelemetry::Context::new(), self)
    }
}

impl Extractor for TraceContext {
    fn get(&self, key: &str) -> Option<&str> {
        self.pairs().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    fn keys(&self) -> Vec<&str> {
        self.pairs().map(|(name, _)| name).collect()
    }
}

#[derive(Default)]
struct Carrier {
    traceparent: Option<String>,
    tracestate: Option<String>,
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        match key {
            TRACEPARENT => self.traceparent = Some(value),
            TRACESTATE => self.tracestate = Some(value).filter(|state| !state.is_empty()),
            _ => {}
        }
    }
}

/// The trace context of the span in which the caller runs, to hand it on. `None` outside spans
/// and before [`logs::init`](crate::logs::init).
pub fn current() -> Option<TraceContext> {
    let mut carrier = Carrier::default();
    TraceContextPropagator::new().inject_context(&opentelemetry::Context::current(), &mut carrier);
    let traceparent = carrier.traceparent?;
    Some(TraceContext {
        traceparent,
        tracestate: carrier.tracestate,
    })
}

/// Makes `span` a child of a span elsewhere. Call it right after the span was made, before it is
/// entered. Tells whether it was done: an invalid context, a span that was entered or is filtered
/// away stays what it was.
pub fn set_parent(span: &tracing::Span, context: &TraceContext) -> bool {
    let parent = context.extract();
    parent.span().span_context().is_valid() && span.set_parent(parent).is_ok()
}

/// The trace id of the span in which the caller runs, 32 hexadecimal digits.
pub fn trace_id_of_current() -> Option<String> {
    ids_of_current().map(|(trace_id, _)| trace_id)
}

/// Trace id and span id of the span in which the caller runs.
pub(crate) fn ids_of_current() -> Option<(String, String)> {
    opentelemetry::Context::map_current(|context| {
        let span = context.span();
        let id = span.span_context();
        id.is_valid()
            .then(|| (id.trace_id().to_string(), id.span_id().to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn headers_go_both_ways() {
        let given = TraceContext {
            traceparent: PARENT.into(),
            tracestate: Some("a=1,b=2".into()),
        };
        let mut headers = http::HeaderMap::new();
        headers.insert(TRACEPARENT, http::HeaderValue::from_static("stale"));
        given.inject(&mut headers);
        assert_eq!(TraceContext::from_headers(&headers), Some(given.clone()));
        assert_eq!(given.trace_id().unwrap(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let environment: Vec<_> = given.environment().collect();
        assert_eq!(environment, [("TRACEPARENT", PARENT), ("TRACESTATE", "a=1,b=2")]);
    }

    #[test]
    fn what_is_no_trace_context_is_none() {
        let zeros = "00-00000000000000000000000000000000-0000000000000000-01";
        for wrong in ["", "stale", zeros, &PARENT.to_uppercase(), &PARENT[..50]] {
            let mut headers = http::HeaderMap::new();
            headers.insert(TRACEPARENT, wrong.parse().unwrap());
            assert_eq!(TraceContext::from_headers(&headers), None, "{wrong:?}");
        }
        assert_eq!(TraceContext::from_headers(&http::HeaderMap::new()), None);
        assert_eq!(current(), None, "outside of a span");
    }
}
