//! Trust in one certificate: that of the configuration, whatever host it was made for.

use anyhow::Context as _;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::Arc;

/// Takes the one certificate and no other.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

/// A client of whoever has the first certificate of this PEM, and its key.
pub(crate) fn client(pem: &str) -> anyhow::Result<ClientConfig> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).context("the certificate of broker.tls")?;
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Pinned {
        certificate,
        provider: provider.clone(),
    });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Whether who trusts just this PEM finds its first certificate to be the one of this machine.
pub(crate) fn is_for_here(pem: &str) -> bool {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .filter_map(Result::ok)
        .collect();
    let Some((own, rest)) = chain.split_first() else {
        return false;
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(chain.iter().cloned());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()));
    let (Ok(verifier), Ok(here)) = (verifier.build(), ServerName::try_from("127.0.0.1")) else {
        return false;
    };
    let verified = verifier.verify_server_cert(own, rest, &here, &[], UnixTime::now());
    verified.is_ok()
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match *shown == self.certificate {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chandler_simulators::tls::Identity;

    #[test]
    fn only_a_certificate_that_can_be_checked_for_this_machine_is() {
        let own = Identity::generate().unwrap();
        let other = Identity::generate().unwrap();
        let chain = |authority: &Identity| format!("{}{}", own.cert_pem, authority.ca_pem);
        assert!(is_for_here(&chain(&own)));
        assert!(!is_for_here(&own.cert_pem), "nobody knows who signed it");
        assert!(!is_for_here(&chain(&other)), "somebody else signed it");
        assert!(!is_for_here(&own.ca_pem), "it names no host");
        assert!(!is_for_here("no certificate"));
    }
}
