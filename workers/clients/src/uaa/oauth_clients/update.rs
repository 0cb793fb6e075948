//! `PUT /oauth/clients/:id`.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::answer::{fault, is_absent};
use super::{OauthClient, OauthClients, end_of};
use crate::Fault;
use crate::http::CallContext;

impl OauthClients {
    /// Changes a client, once; what is empty in it stays as it is, its secret in any case. `false` when it isn't there. `limit` is the time
    /// that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be changed.
    pub async fn update(&self, client: &OauthClient, call: &CallContext, limit: Duration) -> Result<bool, Fault> {
        let until = end_of(limit);
        let request = self.request(Method::PUT, &[&client.client_id], &[], call)?;
        let answer = self.write(request.json(client)?, until).await?;
        match answer.status {
            StatusCode::OK => Ok(true),
            _ if is_absent(&answer) => Ok(false),
            _ => Err(fault(&answer, None)),
        }
    }
}
