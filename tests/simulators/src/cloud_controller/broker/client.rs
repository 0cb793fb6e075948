//! Sends one call, once, and says what came of it.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::HeaderMap;
use reqwest::redirect;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::request::{Ask, Target};

/// What a broker answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// As it was sent.
    pub(super) retry_after: Option<String>,
    pub(super) body: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoReply {
    /// The name isn't known, or nobody listens.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// Something else, with a word about it.
    Broken(String),
}

/// A client of HTTP that takes the authorities given, or any certificate when there is none. It follows nothing, repeats nothing, and makes a connection for
/// each call.
///
/// # Errors
/// When an authority can't be read.
pub(super) fn make(authorities: &str, timeout: Duration) -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(authorities)?)
        .no_proxy()
        .http1_only()
        .http1_title_case_headers()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .connect_timeout(timeout)
        .timeout(timeout);
    client.build().context("a client for brokers")
}

fn tls(authorities: &str) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    if authorities.trim().is_empty() {
        let anybody = Arc::new(Anybody(provider));
        return Ok(config
            .dangerous()
            .with_custom_certificate_verifier(anybody)
            .with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    for one in CertificateDer::pem_slice_iter(authorities.as_bytes()) {
        roots.add(one.context("an authority of brokers")?)?;
    }
    anyhow::ensure!(!roots.is_empty(), "the authorities of brokers hold no certificate");
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Sends a call and reads the answer whole.
pub(super) async fn send(
    client: &reqwest::Client,
    target: &Target,
    ask: &Ask,
    headers: HeaderMap,
) -> Result<Reply, NoReply> {
    let url = format!("{}{}", target.url, ask.path);
    let mut request = client.request(ask.method.clone(), url).headers(headers);
    if !ask.query.is_empty() {
        request = request.query(&ask.query);
    }
    if let Some(body) = &ask.body {
        request = request.body(body.to_string());
    }
    let answer = request.send().await.map_err(why)?;
    let retry_after = answer.headers().get("retry-after");
    let retry_after = retry_after.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let status = answer.status().as_u16();
    let body = answer.text().await.map_err(why)?;
    Ok(Reply {
        status,
        retry_after,
        body,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn why(error: reqwest::Error) -> NoReply {
    if error.is_timeout() {
        return NoReply::TimedOut;
    }
    let mut root = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        root = cause.to_string();
        let refused = cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|it| it.kind() == std::io::ErrorKind::ConnectionRefused);
        if refused || root.starts_with("dns error") {
            return NoReply::Unreachable;
        }
        next = cause.source();
    }
    NoReply::Broken(root)
}

/// Takes every certificate whose owner has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
