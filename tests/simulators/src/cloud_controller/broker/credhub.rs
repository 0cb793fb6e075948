//! References in service keys, looked up in the runtime CredHub.

use std::time::Duration;

use serde_json::Value;

use super::{Brokers, client};
use crate::cloud_controller::model::BindingKind;
use crate::cloud_controller::options::CredHubAccess;
use crate::cloud_controller::refusal::Refusal;

const TIMEOUT: Duration = Duration::from_secs(30);

impl Brokers {
    /// The credentials of a binding as `details` shows them: a key's reference is looked up in CredHub, if there is one.
    ///
    /// # Errors
    /// 404; 503 360005 when CredHub doesn't give it.
    pub(in crate::cloud_controller) async fn credentials(&self, binding: &str) -> Result<Value, Refusal> {
        let (credentials, access, uaa) = {
            let state = self.shared.lock();
            let missing = || Refusal::not_found("Service credential binding");
            let row = state.bindings.get(binding).ok_or_else(missing)?;
            let access = state.options.credhub.clone().filter(|_| row.kind == BindingKind::Key);
            let credentials = row.credentials.clone().unwrap_or(Value::Null);
            (credentials, access, state.options.uaa.url().to_owned())
        };
        let reference = credentials.get("credhub-ref").and_then(Value::as_str);
        let (Some(access), Some(name)) = (access, reference) else {
            return Ok(credentials);
        };
        look_up(&access, &uaa, name).await.map_err(|error| {
            tracing::info!(
                error = format!("{error:#}"),
                "CredHub doesn't give the credentials of a key"
            );
            let title = "CF-ServiceKeyCredentialStoreUnavailable";
            Refusal::new(503, 360005, title, "Credential store is unavailable")
        })
    }
}

async fn look_up(access: &CredHubAccess, uaa: &str, name: &str) -> anyhow::Result<Value> {
    let http = client::make(&access.ca_pem, TIMEOUT)?;
    let base = access.url.trim_end_matches('/');
    let info = http.get(format!("{base}/info")).send().await?.error_for_status()?;
    let info: Value = serde_json::from_str(&info.text().await?)?;
    let uaa = info["auth-server"]["url"].as_str().unwrap_or(uaa).trim_end_matches('/');
    let token = http
        .post(format!("{uaa}/oauth/token"))
        .basic_auth(&access.client_id, Some(&access.client_secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body("grant_type=client_credentials");
    let token = token.send().await?.error_for_status()?;
    let token: Value = serde_json::from_str(&token.text().await?)?;
    let token = token["access_token"].as_str().unwrap_or_default();
    let found = http
        .get(format!("{base}/api/v1/data"))
        .query(&[("name", name), ("current", "true")])
        .bearer_auth(token);
    let found = found.send().await?.error_for_status()?;
    let mut found: Value = serde_json::from_str(&found.text().await?)?;
    let value = found["data"][0]["value"].take();
    anyhow::ensure!(!value.is_null(), "CredHub's answer has no value");
    Ok(value)
}
