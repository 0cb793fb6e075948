//! `DELETE /oauth/clients/:id`.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::answer::{fault, is_absent};
use super::{OauthClients, end_of};
use crate::Fault;
use crate::http::CallContext;

impl OauthClients {
    /// Deletes a client, once; `false` when it wasn't there. `limit` is the time that is left for the whole call. The 404 for it has
    /// nothing that is the UAA's own, so [`OauthClients::get`] is who says that it is gone.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be gone.
    pub async fn delete(&self, client_id: &str, call: &CallContext, limit: Duration) -> Result<bool, Fault> {
        let until = end_of(limit);
        let request = self.request(Method::DELETE, &[client_id], &[], call)?;
        let answer = self.write(request, until).await?;
        match answer.status {
            StatusCode::OK | StatusCode::NO_CONTENT => Ok(true),
            _ if is_absent(&answer) => Ok(false),
            _ => Err(fault(&answer, None)),
        }
    }
}
