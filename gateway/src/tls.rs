//! The certificate that the gateway shows.
use chandler_proto::config::{self, Finding, Findings, Pem, Tls};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

/// Reads certificate and key.
///
/// # Errors
/// A finding that names the key of the configuration; never what a file holds.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, Findings> {
    let (certificate, key) = config::both(
        text("broker.tls.cert_file", &tls.certificate),
        text("broker.tls.key_file", &tls.private_key),
    )?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect();
    let chain = chain.map_err(|error| wrong("broker.tls.cert_file", &error))?;
    if chain.is_empty() {
        return Err(wrong("broker.tls.cert_file", &"no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| wrong("broker.tls.key_file", &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| wrong("broker.tls", &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn text(path: &str, pem: &Pem) -> Result<Zeroizing<String>, Findings> {
    match pem {
        Pem::Text(text) => Ok(Zeroizing::new(text.expose().to_owned())),
        Pem::File(file) => std::fs::read_to_string(file)
            .map(Zeroizing::new)
            .map_err(|error| wrong(path, &format!("{file}: {error}"))),
    }
}

fn wrong(path: &str, message: &dyn std::fmt::Display) -> Findings {
    Findings(vec![Finding {
        path: path.to_owned(),
        message: message.to_string(),
    }])
}
