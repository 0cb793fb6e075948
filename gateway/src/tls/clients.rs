//! Client certificates as a second way to authenticate. The handshake asks for one and takes none that doesn't verify;
//! whether it lets a request in is decided at the request, by the configuration of that moment.
use super::wrong;
use chandler_proto::{
    config::{ClientCertificates, Findings},
    ids::Millis,
};
use rustls::{
    RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
    server::{ParsedCertificate, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use std::{fmt, sync::Arc, time::Duration};

const CA: &str = "chandler.gateway.client_ca_cert";
const NAMES: &str = "chandler.gateway.client_cert_names";

/// Whose certificates are good.
#[derive(Clone)]
pub(crate) struct Clients {
    verifier: Arc<dyn ClientCertVerifier>,
    /// Empty: everybody's whom the CA knows.
    names: Vec<ServerName<'static>>,
}

/// The certificates that a client showed in its handshake, its own first.
#[derive(Clone, Debug)]
pub(crate) struct Peer(Arc<[CertificateDer<'static>]>);

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clients({:?})", self.names)
    }
}

impl Clients {
    /// From the configuration.
    ///
    /// # Errors
    /// What is no certificate or no name; that nobody can show a certificate, as there is no HTTPS.
    pub(crate) fn of(settings: &ClientCertificates, https: bool) -> Result<Self, Findings> {
        if !https {
            return Err(wrong(
                CA,
                &"needs broker.tls: without HTTPS nobody can show a certificate",
            ));
        }
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(settings.ca_cert.as_bytes()) {
            let certificate = certificate.map_err(|error| wrong(CA, &error))?;
            roots.add(certificate).map_err(|error| wrong(CA, &error))?;
        }
        // Without any root the builder refuses.
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .allow_unauthenticated()
            .build()
            .map_err(|error| wrong(CA, &error))?;
        let name = |name: &String| match ServerName::try_from(name.clone()) {
            Ok(dns @ ServerName::DnsName(_)) => Ok(dns),
            Ok(_) | Err(_) => Err(wrong(NAMES, &format!("{name:?} is not a DNS name"))),
        };
        let names = settings.names.iter().map(name).collect::<Result<_, _>>()?;
        Ok(Clients { verifier, names })
    }

    /// For handshakes.
    pub(super) fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        self.verifier.clone()
    }

    /// Whether it is good at this moment: a connection may be older than the configuration, or live longer than the
    /// certificate.
    pub(crate) fn lets_in(&self, peer: &Peer, now: Millis) -> bool {
        let Some((own, above)) = peer.0.split_first() else {
            return false;
        };
        let now = UnixTime::since_unix_epoch(Duration::from_millis(now.0));
        if self.verifier.verify_client_cert(own, above, now).is_err() {
            return false;
        }
        let Ok(parsed) = ParsedCertificate::try_from(own) else {
            return false;
        };
        let has = |name| rustls::client::verify_server_name(&parsed, name).is_ok();
        self.names.is_empty() || self.names.iter().any(has)
    }
}

impl Peer {
    /// Whoever is at the other end, if it showed a certificate.
    pub(crate) fn of(connection: &rustls::ServerConnection) -> Option<Self> {
        let shown = connection.peer_certificates()?;
        Some(Peer(shown.iter().cloned().map(CertificateDer::into_owned).collect()))
    }
}
