//! Spans exist before it is known where they go: log lines want trace ids from the first one on.

use std::sync::OnceLock;

use opentelemetry::Context;
use opentelemetry::trace::{SpanBuilder, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

const SCOPE: &str = "chandler";

static EXPORTING: OnceLock<SdkTracer> = OnceLock::new();

/// Makes spans by the tracer of [`install`], and until then by one that exports nothing.
#[derive(Debug)]
struct LateTracer {
    before: SdkTracer,
}

impl Tracer for LateTracer {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> Span {
        EXPORTING
            .get()
            .unwrap_or(&self.before)
            .build_with_context(builder, parent)
    }
}

/// From now on spans go to `provider`. `false` when there is one already, which stays.
pub(super) fn install(provider: &SdkTracerProvider) -> bool {
    EXPORTING.set(provider.tracer(SCOPE)).is_ok()
}

/// The part of the subscriber that turns spans of level INFO and above into spans of a trace,
/// whatever the log filter says.
pub(crate) fn layer<S>() -> impl Layer<S> + Send + Sync
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let before = SdkTracerProvider::builder().build().tracer(SCOPE);
    // The exporter's own transport must not make spans, or each export would cause the next.
    let quiet = ["h2", "hyper", "hyper_util", "rustls", "tokio", "tower", "opentelemetry"];
    let targets = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(quiet.map(|target| (target, LevelFilter::OFF)));
    OpenTelemetryLayer::new(LateTracer { before })
        .with_location(false)
        .with_threads(false)
        .with_filter(targets)
}
