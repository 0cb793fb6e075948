//! OTLP over HTTP with protobuf, on hyper and rustls with ring.

use std::path::Path;
use std::sync::Arc;

use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::TracesError;
use super::settings::Export;

/// Builds the exporter. Headers are read by it from `OTEL_EXPORTER_OTLP_(TRACES_)HEADERS`.
pub(super) fn build(export: &Export) -> Result<SpanExporter, TracesError> {
    // Plain http never looks at certificates, so a machine without any can use it.
    let roots = if export.endpoint.scheme_str() == Some("https") {
        roots(export.ca_file.as_deref())?
    } else {
        RootCertStore::empty()
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TracesError::Exporter(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .build();
    SpanExporter::builder()
        .with_http()
        .with_http_client(HyperClient::new(connector, export.timeout, None))
        .with_timeout(export.timeout)
        .with_endpoint(export.endpoint.to_string())
        .build()
        .map_err(|error| TracesError::Exporter(error.to_string()))
}

/// The certificates of the file, else those of the system.
fn roots(file: Option<&Path>) -> Result<RootCertStore, TracesError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = file else {
        // Single unreadable certificates in the system's store are common and do no harm.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(TracesError::NoRoots);
        }
        return Ok(roots);
    };
    let wrong = |reason: String| TracesError::Certificate {
        path: path.to_owned(),
        reason,
    };
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("holds no certificate".to_owned()));
    }
    Ok(roots)
}
