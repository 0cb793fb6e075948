//! Whether the CredHubs of a configuration can be tried; nothing is sent.

use chandler_clients::Secret;
use chandler_clients::credhub::{CredHub, CredHubSettings};
use chandler_clients::http::Trust;
use chandler_proto::config::{Config, UaaClient};
use std::time::Duration;

/// The platform's; what is missing is told elsewhere.
pub(crate) fn runtime(config: &Config) -> Result<(), String> {
    let Ok(Some(access)) = config.require_credhub() else {
        return Ok(());
    };
    let (ca, uaa_ca) = (access.ca_cert, access.internal_uaa_ca_cert);
    tried(access.api_url, [ca, uaa_ca].into_iter().flatten(), access.client)
}

/// BOSH's; what is missing is told elsewhere.
pub(crate) fn bosh(config: &Config) -> Result<(), String> {
    let Ok(Some(access)) = config.require_bosh_credhub() else {
        return Ok(());
    };
    tried(access.url, access.ca_certs.iter().copied(), access.client)
}

fn tried<'a>(url: &str, cas: impl Iterator<Item = &'a str>, client: &UaaClient) -> Result<(), String> {
    let pem = cas.collect::<Vec<_>>().join("\n");
    let trust = match pem.is_empty() {
        true => Trust::System,
        false => Trust::Only(pem),
    };
    let settings = CredHubSettings {
        url: url.to_owned(),
        uaa_trust: trust.clone(),
        trust,
        client_id: client.client_id.clone(),
        client_secret: Secret::new(client.client_secret.expose()),
        timeout: Duration::from_secs(1),
        user_agent: "chandler".to_owned(),
    };
    CredHub::new(settings).map(|_| ())
}
