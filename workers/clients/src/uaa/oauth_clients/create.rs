//! `POST /oauth/clients`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;

use super::answer::{fault, is_conflict};
use super::{OauthClient, OauthClients, end_of, exposed};
use crate::http::CallContext;
use crate::{Fault, Secret};

/// What became of a new client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It is there now.
    Created,
    /// There is one of this id already, with whatever fields and secret; nothing happened.
    Exists,
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(flatten)]
    client: &'a OauthClient,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
}

impl OauthClients {
    /// Creates a client, once. `limit` is the time that is left for the whole call. A public client may have no secret, one
    /// whose only grant is `implicit` must have none.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be there.
    pub async fn create(
        &self,
        client: &OauthClient,
        secret: Option<&Secret>,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Creation, Fault> {
        let until = end_of(limit);
        let request = self.request(Method::POST, &[], &[], call)?;
        let client_secret = exposed(secret);
        let answer = self
            .write(request.json(&Wire { client, client_secret })?, until)
            .await?;
        match answer.status {
            StatusCode::CREATED | StatusCode::OK => Ok(Creation::Created),
            _ if is_conflict(&answer) => Ok(Creation::Exists),
            _ => Err(fault(&answer, secret)),
        }
    }
}
