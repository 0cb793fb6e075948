//! The two CredHubs, as the configuration describes them.
use chandler_clients::{
    Secret,
    credhub::{CredHub, CredHubSettings},
    http::Trust,
};
use chandler_proto::config::{Config, Finding, Findings, UaaClient};
use std::time::Duration;

/// The platform's, where credentials of bindings are. `None`: secure bindings are off.
///
/// # Errors
/// [`Findings`] for the section `credhub`.
pub fn runtime(config: &Config, timeout: Duration) -> Result<Option<CredHub>, Findings> {
    let Some(access) = config.require_credhub()? else {
        return Ok(None);
    };
    let cas = [access.ca_cert, access.internal_uaa_ca_cert];
    let trust = trust(cas.into_iter().flatten());
    client(access.api_url, trust, access.client, timeout)
        .map(Some)
        .map_err(|why| finding("credhub", why))
}

/// BOSH's, where the secrets of manifests are. `None`: secure manifests are off.
///
/// # Errors
/// [`Findings`] for the section `bosh_credhub`.
pub fn bosh(config: &Config, timeout: Duration) -> Result<Option<CredHub>, Findings> {
    let Some(access) = config.require_bosh_credhub()? else {
        return Ok(None);
    };
    let trust = trust(access.ca_certs.iter().copied());
    client(access.url, trust, access.client, timeout)
        .map(Some)
        .map_err(|why| finding("bosh_credhub", why))
}

/// The given CAs instead of the system's, for CredHub and for its UAA.
fn trust<'a>(cas: impl Iterator<Item = &'a str>) -> Trust {
    let pem = cas.collect::<Vec<_>>().join("\n");
    if pem.is_empty() {
        Trust::System
    } else {
        Trust::Only(pem)
    }
}

fn client(url: &str, trust: Trust, client: &UaaClient, timeout: Duration) -> Result<CredHub, String> {
    CredHub::new(CredHubSettings {
        url: url.to_owned(),
        uaa_trust: trust.clone(),
        trust,
        client_id: client.client_id.clone(),
        client_secret: Secret::new(client.client_secret.expose()),
        timeout,
        user_agent: concat!("chandler/", env!("CARGO_PKG_VERSION")).into(),
    })
}

fn finding(path: &str, message: String) -> Findings {
    let path = path.into();
    Findings(vec![Finding { path, message }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cas_that_are_given_replace_those_of_the_system() {
        assert_eq!(trust([].into_iter()), Trust::System);
        assert_eq!(trust(["a", "b"].into_iter()), Trust::Only("a\nb".into()));
    }
}
