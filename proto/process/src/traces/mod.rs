//! Spans of `tracing` as OpenTelemetry traces, exported by OTLP when an endpoint is configured.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;

use crate::env;
use crate::findings::Findings;

mod checks;
mod context;
mod exporter;
mod late;
mod settings;

pub(crate) use context::ids_of_current;
pub use context::{TraceContext, current, set_parent, trace_id_of_current};
pub(crate) use late::layer;
pub(crate) use settings::TraceSettings;

/// How long a dropped [`Traces`] may hold up its process.
const DROP_LIMIT: Duration = Duration::from_secs(2);

/// Holds the export; spans that have ended are sent in batches. Keep it for the life of the
/// process and end it by [`shutdown`](Self::shutdown); a drop flushes too, for 2 s at most.
#[derive(Debug)]
pub struct Traces {
    provider: Option<SdkTracerProvider>,
}

/// Why traces could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// Variables that can't be followed.
    #[error("{0}")]
    Config(#[from] Findings),
    /// The file of `OTEL_EXPORTER_OTLP_CERTIFICATE` is of no use.
    #[error("OTEL_EXPORTER_OTLP_CERTIFICATE {path}: {reason}", path = path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An https endpoint, but nothing to trust.
    #[error(
        "OTEL_EXPORTER_OTLP_ENDPOINT is https, but the system has no certificates to trust; name some by OTEL_EXPORTER_OTLP_CERTIFICATE"
    )]
    NoRoots,
    /// The exporter refused its settings.
    #[error("trace exporter: {0}")]
    Exporter(String),
    /// Spans are sent by a task, so a tokio runtime must be there.
    #[error("traces need a tokio runtime")]
    NoRuntime,
    /// Traces are exported already; the first set-up stays in force.
    #[error("traces are set up already")]
    AlreadySet,
}

/// Exports the spans of this process by the standard `OTEL_*` variables (see the crate's page)
/// from now on. Without an endpoint nothing is exported; trace ids and propagation work all the
/// same. `service_name` counts unless the environment names another.
///
/// # Errors
/// [`TracesError`]; those about the environment are configuration errors.
pub fn init(service_name: &str) -> Result<Traces, TracesError> {
    Prepared::read(service_name)?.start()
}

/// Traces that are checked, but not yet started.
#[derive(Debug)]
pub(crate) struct Prepared {
    settings: TraceSettings,
    exporter: Option<opentelemetry_otlp::SpanExporter>,
}

impl Prepared {
    /// Reads and checks everything that can be wrong with the configuration; opens nothing.
    pub(crate) fn read(service_name: &str) -> Result<Self, TracesError> {
        let settings = TraceSettings::read(service_name, &env::process)?;
        let exporter = settings.export.as_ref().map(exporter::build).transpose()?;
        Ok(Self { settings, exporter })
    }

    /// Starts the export.
    pub(crate) fn start(self) -> Result<Traces, TracesError> {
        let Some(exporter) = self.exporter else {
            return Ok(Traces { provider: None });
        };
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(TracesError::NoRuntime);
        }
        // The sampler and the OTEL_BSP_* values are read by the SDK.
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(self.settings.service_name))
            .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
            .build();
        if !late::install(&provider) {
            return Err(TracesError::AlreadySet);
        }
        Ok(Traces {
            provider: Some(provider),
        })
    }
}

/// What the environment says of the resource stands above what we say, except for the name,
/// which was looked up by the same rule.
fn resource(service_name: String) -> Resource {
    Resource::builder_empty()
        .with_attribute(KeyValue::new("service.namespace", "chandler"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new("process.pid", i64::from(std::process::id())))
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_service_name(service_name)
        .build()
}

impl Traces {
    /// Whether spans are exported.
    pub fn is_exporting(&self) -> bool {
        self.provider.is_some()
    }

    /// Sends what is left and ends the export, within `limit`. Tells whether all was sent.
    pub async fn shutdown(mut self, limit: Duration) -> bool {
        let Some(provider) = self.provider.take() else {
            return true;
        };
        let (done, wait) = tokio::sync::oneshot::channel();
        // A thread of its own: the call blocks, and when the limit is over it may hang without
        // keeping the runtime from ending.
        std::thread::spawn(move || done.send(provider.shutdown().is_ok()));
        let sent = matches!(tokio::time::timeout(limit, wait).await, Ok(Ok(true)));
        if !sent {
            tracing::warn!(limit_ms = limit.as_millis(), "the last spans could not be exported");
        }
        sent
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        let Some(provider) = self.provider.take() else {
            return;
        };
        let (done, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(provider.shutdown()));
        // Nobody is left to hear of a failure.
        let _ = wait.recv_timeout(DROP_LIMIT);
    }
}
