//! What the Director has of us.

use chandler_clients::{CallContext, bosh::Director};
use chandler_common::access::Access;
use chandler_proto::config::Config;

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
    let mut access = Access::new(config);
    let director = access.director();
    let director = match access.finish(director) {
        Ok(director) => director,
        Err(findings) => return Seen::Unknown(findings.to_string()),
    };
    match deployments(&director).await {
        Ok(names) if names.is_empty() => Seen::Nothing,
        Ok(names) => Seen::Deployments(names),
        Err(text) => Seen::Unknown(text),
    }
}

async fn deployments(director: &Director) -> Result<Vec<String>, String> {
    let rows = director
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
