//! Certificate and key.
use super::{CERTIFICATE, KEY, validity, wrong};
use chandler_proto::{
    config::{Findings, Pem, Tls},
    ids::Millis,
};
use ring::digest::{Context, SHA256};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error as PemError, PemObject as _},
};
use std::fmt;
use zeroize::Zeroizing;

/// Both as they were read, or why they could not be.
pub(crate) struct Pair {
    certificate: Result<Zeroizing<Vec<u8>>, String>,
    key: Result<Zeroizing<Vec<u8>>, String>,
}

/// What tells one pair from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Pair {
    /// From the configuration, or the files that it names.
    pub(crate) fn read(tls: &Tls) -> Self {
        Pair {
            certificate: bytes(&tls.certificate),
            key: bytes(&tls.private_key),
        }
    }

    /// Of what was read.
    pub(crate) fn digest(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        for half in [&self.certificate, &self.key] {
            let (tag, bytes) = match half {
                Ok(bytes) => (b"1", bytes.as_slice()),
                Err(error) => (b"0", error.as_bytes()),
            };
            context.update(tag);
            context.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(bytes);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Digest(digest)
    }

    /// The certificate and what stands above it.
    pub(super) fn chain(&self, tls: &Tls) -> Result<Vec<CertificateDer<'static>>, Findings> {
        let text = self.certificate.as_ref().map_err(|error| {
            let text = format!("can't read server certificate file {}: {error}", name(&tls.certificate));
            wrong(CERTIFICATE, &text)
        })?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        let chain = chain.map_err(|error| cannot_parse(tls, &error))?;
        if chain.is_empty() {
            let file = name(&tls.certificate);
            let text = format!("failed to find any PEM data in certificate input from: {file:?}");
            return Err(wrong(CERTIFICATE, &text));
        }
        Ok(chain)
    }

    /// The key.
    pub(super) fn key(&self, tls: &Tls) -> Result<PrivateKeyDer<'static>, Findings> {
        let text = self.key.as_ref().map_err(|error| {
            let text = format!("can't read server key file {}: {error}", name(&tls.private_key));
            wrong(KEY, &text)
        })?;
        PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
            PemError::NoItemsFound => {
                let file = name(&tls.private_key);
                wrong(KEY, &format!("failed to find any PEM data in key input from: {file:?}"))
            }
            error => wrong(KEY, &error),
        })
    }
}

/// Until when the first certificate is good.
pub(super) fn good_until(tls: &Tls, chain: &[CertificateDer<'_>], now: Millis) -> Result<Millis, Findings> {
    let der = chain.first().map(AsRef::as_ref).unwrap_or_default();
    let end = validity::not_after(der).ok_or_else(|| cannot_parse(tls, &"not an X.509 certificate"))?;
    if end.ms() < now {
        return Err(wrong(CERTIFICATE, &format!("server certificate expired on {end}")));
    }
    Ok(end.ms())
}

pub(super) fn cannot_parse(tls: &Tls, error: &dyn fmt::Display) -> Findings {
    let text = format!(
        "can't parse server certificate file {}: {error}",
        name(&tls.certificate)
    );
    wrong(CERTIFICATE, &text)
}

/// Texts of the properties have no file: they are named as the place where they stand.
fn name(pem: &Pem) -> &str {
    match pem {
        Pem::File(file) => file,
        Pem::Text(_) => "the configuration",
    }
}

fn bytes(pem: &Pem) -> Result<Zeroizing<Vec<u8>>, String> {
    match pem {
        Pem::Text(text) => Ok(Zeroizing::new(text.expose().as_bytes().to_vec())),
        Pem::File(file) => std::fs::read(file)
            .map(Zeroizing::new)
            .map_err(|error| error.to_string()),
    }
}
