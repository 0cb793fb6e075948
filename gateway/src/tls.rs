//! HTTPS: which certificate the gateway shows, and whose certificates it takes.
//!
//! | file | what |
//! |---|---|
//! | `pair` | certificate and key, from the configuration or its files, with the Go broker's texts |
//! | `validity` | until when a certificate is good |
//! | `clients` | client certificates as a second way to authenticate |
//! | `plain` | who speaks plain HTTP here |
mod clients;
mod pair;
mod plain;
mod validity;

pub(crate) use clients::{Clients, Peer};
pub(crate) use pair::{Digest, Pair};
pub(crate) use plain::{is_plain, turn_away};
pub(crate) use validity::NotAfter;

use chandler_proto::{
    config::{self, Finding, Findings, Tls},
    ids::Millis,
};
use rustls::{
    ServerConfig, SignatureAlgorithm, SupportedCipherSuite,
    crypto::{CryptoProvider, ring, ring::cipher_suite::*},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use std::{fmt, sync::Arc};
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &str = "broker.tls.cert_file";
const KEY: &str = "broker.tls.key_file";

/// What TLS 1.3 has.
const TLS13_SUITES: [SupportedCipherSuite; 3] = [
    TLS13_AES_256_GCM_SHA384,
    TLS13_AES_128_GCM_SHA256,
    TLS13_CHACHA20_POLY1305_SHA256,
];
/// Of TLS 1.2 what the Go broker has,
const RSA_SUITES: [SupportedCipherSuite; 2] = [
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];
/// and the same for keys of elliptic curves, which it can't use.
const ECDSA_SUITES: [SupportedCipherSuite; 2] = [
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
];

/// A certificate with its key, and how connections are taken with it.
#[derive(Clone)]
pub(crate) struct Https {
    /// Where both come from.
    pub(crate) settings: Tls,
    clients: Option<Clients>,
    pub(crate) acceptor: TlsAcceptor,
    /// Until when the certificate is good.
    pub(crate) not_after: Millis,
    /// Of certificate and key as they were read.
    pub(crate) digest: Digest,
}

impl Https {
    /// From the configuration, whose files are read.
    ///
    /// # Errors
    /// Findings that name the keys of the configuration; never what a file holds.
    pub(crate) fn new(settings: &Tls, clients: Option<&Clients>, now: Millis) -> Result<Self, Findings> {
        let pair = Pair::read(settings);
        let (acceptor, not_after) = acceptor(settings, &pair, clients, now)?;
        Ok(Https {
            settings: settings.clone(),
            clients: clients.cloned(),
            acceptor,
            not_after,
            digest: pair.digest(),
        })
    }

    /// With another certificate and key that were read from the same place.
    ///
    /// # Errors
    /// As [`Https::new`].
    pub(crate) fn with(&self, pair: &Pair, now: Millis) -> Result<Self, Findings> {
        let (acceptor, not_after) = acceptor(&self.settings, pair, self.clients.as_ref(), now)?;
        Ok(Https {
            acceptor,
            not_after,
            digest: pair.digest(),
            ..self.clone()
        })
    }
}

fn acceptor(tls: &Tls, pair: &Pair, clients: Option<&Clients>, now: Millis) -> Result<(TlsAcceptor, Millis), Findings> {
    let (chain, key) = config::both(pair.chain(tls), pair.key(tls))?;
    let not_after = pair::good_until(tls, &chain, now)?;
    let key = ring::sign::any_supported_type(&key).map_err(|error| wrong(KEY, &error))?;
    let of_curve = match key.algorithm() {
        SignatureAlgorithm::RSA => false,
        SignatureAlgorithm::ECDSA | SignatureAlgorithm::ED25519 => true,
        other => return Err(wrong(KEY, &format!("keys of the kind {other:?} can't be used"))),
    };
    let certified = rustls::sign::CertifiedKey::new(chain, key);
    certified.keys_match().map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => wrong(KEY, &"tls: private key does not match public key"),
        error => pair::cannot_parse(tls, &error),
    })?;
    let provider = Arc::new(provider(of_curve));
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS12, &TLS13])
        .map_err(|error| wrong("broker.tls", &error))?;
    let builder = match clients {
        None => builder.with_client_cert_verifier(WebPkiClientVerifier::no_client_auth()),
        Some(clients) => builder.with_client_cert_verifier(clients.verifier()),
    };
    // Sessions are kept with the server's configuration, so what is resumed was verified by the very same one.
    let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
    let mut config = builder.with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), not_after))
}

fn provider(of_curve: bool) -> CryptoProvider {
    let tls12 = if of_curve { ECDSA_SUITES } else { RSA_SUITES };
    CryptoProvider {
        cipher_suites: TLS13_SUITES.into_iter().chain(tls12).collect(),
        ..ring::default_provider()
    }
}

fn wrong(path: &str, message: &dyn fmt::Display) -> Findings {
    Findings(vec![Finding {
        path: path.to_owned(),
        message: message.to_string(),
    }])
}
