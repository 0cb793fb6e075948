//! Whom a client trusts.

use std::sync::Arc;

use super::unchecked::Unchecked;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// The certificate authorities that a server's certificate may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The roots of the operating system.
    System,
    /// The roots of the operating system and those of this PEM text.
    SystemPlus(String),
    /// Only those of this PEM text.
    Only(String),
    /// **Nobody is asked: whoever answers is taken for the server**, and gets all that is sent there, credentials and tokens included. For
    /// connections whose operator has switched the check off (`disable_ssl_cert_verification`), and for no other.
    Anyone,
}

impl Trust {
    /// The TLS configuration: *ring*, TLS 1.2 and 1.3, no client certificate.
    ///
    /// # Errors
    /// A text for the operator, when the PEM holds no certificate or the system has no roots.
    pub(super) fn client_config(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| format!("TLS can't be set up: {e}"))?;
        let mut roots = RootCertStore::empty();
        match self {
            Self::Anyone => {
                let config = builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(Unchecked(provider)))
                    .with_no_client_auth();
                return Ok(http1(config));
            }
            Self::System => add_system(&mut roots)?,
            Self::SystemPlus(pem) => {
                add_system(&mut roots)?;
                add_pem(&mut roots, pem)?;
            }
            Self::Only(pem) => add_pem(&mut roots, pem)?,
        }
        Ok(http1(builder.with_root_certificates(roots).with_no_client_auth()))
    }
}

fn http1(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn add_pem(roots: &mut RootCertStore, pem: &str) -> Result<(), String> {
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|e| format!("the CA certificate is not valid PEM: {e}"))?;
        roots
            .add(certificate)
            .map_err(|e| format!("the CA certificate can't be used: {e}"))?;
        count += 1;
    }
    if count == 0 {
        return Err("the CA certificate holds no PEM block of type CERTIFICATE".to_owned());
    }
    Ok(())
}

/// Roots that can't be read are passed over, as long as there are others: systems carry odd ones.
fn add_system(roots: &mut RootCertStore) -> Result<(), String> {
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added > 0 {
        return Ok(());
    }
    let why = found.errors.first().map_or_else(String::new, |e| format!(": {e}"));
    Err(format!("this system has no trusted root certificates{why}"))
}
