//! What a process needs to know to reach the bus.

use crate::errors::ConnectError;
use async_nats::ServerAddr;
use chandler_proto::layout::Layout;
use chandler_proto::secret::Secret;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt;
use std::sync::Arc;

/// Where the bus is and who we are there.
#[derive(Clone)]
pub struct Settings {
    /// Addresses of the servers, `nats://host:port` or `tls://host:port`; without credentials.
    pub urls: Vec<String>,
    /// The NATS user of this process' role.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Certificate authorities (PEM) that the servers' certificates come from. When given, TLS is
    /// required; when not, `tls://` trusts what the machine trusts.
    pub ca_pem: Option<String>,
    /// The names of this broker on the bus.
    pub layout: Layout,
    /// The name that the servers show for this client.
    pub name: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<&str> = self
            .urls
            .iter()
            .map(|url| if url.contains('@') { "***" } else { url })
            .collect();
        f.debug_struct("Settings")
            .field("urls", &urls)
            .field("user", &self.user)
            .field("password", &self.password)
            .field("ca_pem", &self.ca_pem.is_some())
            .field("layout", &self.layout)
            .field("name", &self.name)
            .finish()
    }
}

impl Settings {
    /// Whether a connection can be tried with these settings at all; nothing is sent.
    ///
    /// # Errors
    /// The first thing that can never work.
    pub fn check(&self) -> Result<(), ConnectError> {
        let addresses = self.addresses()?;
        self.credentials()?;
        self.tls(&addresses).map(|_| ())
    }

    /// The servers' addresses, checked.
    pub(crate) fn addresses(&self) -> Result<Vec<ServerAddr>, ConnectError> {
        if self.urls.is_empty() {
            return Err(ConnectError::NoServer);
        }
        let mut addresses = Vec::with_capacity(self.urls.len());
        for (at, url) in self.urls.iter().enumerate() {
            let wrong = |reason| ConnectError::Address { index: at + 1, reason };
            let address: ServerAddr = url.trim().parse().map_err(|_| wrong("not an address"))?;
            if address.has_user_pass() || address.password().is_some() {
                return Err(wrong("credentials don't belong in an address; set user and password"));
            }
            if address.host().is_empty() {
                return Err(wrong("no host"));
            }
            if address.is_websocket() {
                return Err(wrong("only nats:// and tls:// are spoken"));
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    /// User and password, when they are given.
    pub(crate) fn credentials(&self) -> Result<Option<(&str, &Secret)>, ConnectError> {
        match (&self.user, &self.password) {
            (Some(user), Some(password)) => Ok(Some((user, password))),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(ConnectError::Credentials),
        }
    }

    /// The TLS settings, when TLS is wanted.
    pub(crate) fn tls(&self, addresses: &[ServerAddr]) -> Result<Option<ClientConfig>, ConnectError> {
        let mut roots = RootCertStore::empty();
        match &self.ca_pem {
            Some(pem) => {
                let wrong = |reason: String| ConnectError::Ca(reason);
                for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                    roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
                }
                if roots.is_empty() {
                    return Err(wrong("no certificate in it".to_owned()));
                }
            }
            None if addresses.iter().any(ServerAddr::tls_required) => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            None => return Ok(None),
        }
        // The provider is named here, so it doesn't matter what else the process linked.
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| ConnectError::Client(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some(config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(urls: &[&str]) -> Settings {
        Settings {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            user: Some("gateway".into()),
            password: Some(Secret::new("swordfish")),
            ca_pem: None,
            layout: Layout::new("t").expect("a prefix"),
            name: "test".into(),
        }
    }

    #[test]
    fn nothing_secret_is_shown() {
        let it = settings(&["nats://bob:swordfish@h:1", "nats://h:4222"]);
        let shown = format!("{it:?}");
        assert!(!shown.contains("swordfish") && shown.contains("***"), "{shown}");
        assert!(shown.contains("nats://h:4222"), "{shown}");
        let error = it.addresses().expect_err("credentials in an address");
        assert!(!format!("{error} {error:?}").contains("swordfish"), "{error}");
    }

    #[test]
    fn wrong_addresses_are_named_by_their_place() {
        assert!(matches!(settings(&[]).addresses(), Err(ConnectError::NoServer)));
        for wrong in ["http://h", "nats://", "ws://h:1", "nats://h:99999999", "nats://:p@h"] {
            let found = settings(&["nats://fine:4222", wrong]).addresses();
            assert!(
                matches!(found, Err(ConnectError::Address { index: 2, .. })),
                "{wrong}: {found:?}"
            );
        }
        assert_eq!(settings(&["h", "tls://h:1"]).addresses().expect("fine").len(), 2);
    }

    #[test]
    fn half_of_the_credentials_is_a_mistake() {
        let mut it = settings(&["h"]);
        it.password = None;
        assert!(matches!(it.credentials(), Err(ConnectError::Credentials)));
        it.user = None;
        assert!(matches!(it.credentials(), Ok(None)));
    }

    #[test]
    fn a_ca_must_be_one() {
        let mut it = settings(&["h"]);
        for wrong in [
            "",
            "no pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            it.ca_pem = Some(wrong.into());
            assert!(matches!(it.tls(&[]), Err(ConnectError::Ca(_))), "{wrong}");
        }
        it.ca_pem = None;
        assert!(matches!(it.tls(&[]), Ok(None)));
    }
}
