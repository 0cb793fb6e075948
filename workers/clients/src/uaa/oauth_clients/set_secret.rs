//! `PUT /oauth/clients/:id/secret`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;

use super::answer::{fault, is_absent};
use super::{OauthClients, end_of};
use crate::http::CallContext;
use crate::{Fault, Secret};

/// Not a [`serde_json::Value`]: that would leave a copy of the secret in memory.
#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "clientId")]
    client_id: &'a str,
    secret: &'a str,
}

impl OauthClients {
    /// Gives a client another secret, once, in place of those that it has; `false` when it isn't there. Needs `clients.admin`. `limit` is the
    /// time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether the secret may be another one now.
    pub async fn set_secret(
        &self,
        client_id: &str,
        secret: &Secret,
        call: &CallContext,
        limit: Duration,
    ) -> Result<bool, Fault> {
        let until = end_of(limit);
        let request = self.request(Method::PUT, &[client_id, "secret"], &[], call)?;
        let body = Wire {
            client_id,
            secret: secret.expose(),
        };
        let answer = self.write(request.json(&body)?, until).await?;
        match answer.status {
            StatusCode::OK => Ok(true),
            _ if is_absent(&answer) => Ok(false),
            _ => Err(fault(&answer, Some(secret))),
        }
    }
}
