//! Whether the UAA of a configuration can be tried; nothing is sent.

use chandler_clients::http::Trust;
use chandler_clients::uaa::{Uaa, UaaSettings};
use chandler_proto::config::Config;
use std::time::Duration;

/// Cloud Foundry's, where clients of instances are kept; what is missing is told elsewhere.
pub(crate) fn clients(config: &Config) -> Result<(), String> {
    let Ok(Some(access)) = config.require_uaa_clients() else {
        return Ok(());
    };
    let trust = match (access.disable_ssl_cert_verification, access.root_ca_cert) {
        (true, _) => Trust::Anyone,
        (false, Some(pem)) => Trust::SystemPlus(pem.to_owned()),
        (false, None) => Trust::System,
    };
    let settings = UaaSettings {
        url: access.url.to_owned(),
        trust,
        timeout: Duration::from_secs(1),
        user_agent: "chandler".to_owned(),
    };
    Uaa::new(settings).map(|_| ())
}
