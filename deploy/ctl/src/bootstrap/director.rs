//! What the Director has of us.

use crate::director::auth;
use chandler_clients::CallContext;
use chandler_clients::bosh::{Director, DirectorSettings};
use chandler_proto::config::{self, Config};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);
/// How the deployments of service instances are called.
const PREFIX: &str = "service-instance_";

/// What a look at the Director told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It has no deployment of a service instance.
    Nothing,
    /// It has these, by name.
    Deployments(Vec<String>),
    /// It can't be asked: why.
    Unknown(String),
}

/// Asks the Director of the configuration.
pub(super) async fn look(config: &Config) -> Seen {
    let director = match config.require_bosh() {
        Ok(director) => director,
        Err(findings) => return Seen::Unknown(findings.to_string()),
    };
    match deployments(director).await {
        Ok(names) if names.is_empty() => Seen::Nothing,
        Ok(names) => Seen::Deployments(names),
        Err(text) => Seen::Unknown(text),
    }
}

async fn deployments(director: config::Director<'_>) -> Result<Vec<String>, String> {
    let client = Director::new(DirectorSettings {
        url: director.url.to_owned(),
        ca_pem: director.root_ca_cert.map(str::to_owned),
        auth: auth(director.authentication),
        timeout: TIMEOUT,
        user_agent: concat!("chandler-ctl/", env!("CARGO_PKG_VERSION")).to_owned(),
    })?;
    let rows = client
        .deployments(&CallContext::default())
        .await
        .map_err(|fault| fault.to_string())?;
    let mut names: Vec<String> = rows
        .into_iter()
        .map(|row| row.name)
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    names.sort();
    Ok(names)
}
