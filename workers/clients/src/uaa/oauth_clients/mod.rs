//! `/oauth/clients`: the clients that others use, one for each service instance. A file per call.

mod answer;
mod create;
mod delete;
mod find;
mod oauth_client;
mod set_secret;
mod update;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

pub use create::Creation;
pub use oauth_client::OauthClient;

use super::client::WHOM;
use super::{Tokens, Uaa};
use crate::Secret;
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Request, below};

/// The clients of one UAA. Clones are cheap and share connections and tokens.
///
/// It needs `clients.read` and `clients.write`, for [`OauthClients::set_secret`] `clients.admin`. Every write takes the time that is left for
/// it and is sent at most once; reads are repeated within [`UaaSettings::timeout`](super::UaaSettings::timeout). The time for a token
/// is part of these limits.
#[derive(Clone)]
pub struct OauthClients {
    uaa: Uaa,
    tokens: Tokens,
}

impl fmt::Debug for OauthClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthClients")
            .field("uaa", &self.uaa)
            .finish_non_exhaustive()
    }
}

impl OauthClients {
    /// The clients of `uaa`, on the authority of `tokens`, which come from the same UAA. Nothing is sent.
    pub fn new(uaa: Uaa, tokens: Tokens) -> Self {
        Self { uaa, tokens }
    }

    /// What we may there today: the scopes of a new token; `None` when the UAA doesn't say. The token is not kept.
    ///
    /// # Errors
    /// A [`Fault`] of the request for a token.
    pub async fn scopes(&self, call: &CallContext) -> Result<Option<Vec<String>>, Fault> {
        let until = Instant::now() + self.uaa.timeout();
        let token = self.tokens.fresh(call, until).await?;
        Ok(token.scopes().map(<[String]>::to_vec))
    }

    /// A request to `/oauth/clients` and below it; the token comes to it when it is sent.
    fn request(
        &self,
        method: Method,
        below_clients: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
    ) -> Result<Request, Fault> {
        let path = [&["oauth", "clients"], below_clients].concat();
        let Some(url) = below(self.uaa.base(), &path, query) else {
            let request = Request::new(method, self.uaa.base().clone(), WHOM, context);
            return Err(request.fault(FaultKind::NotSent, "a client id in it is empty, `.` or `..`"));
        };
        Request::new(method, url, WHOM, context).header("accept", "application/json")
    }

    async fn read(&self, request: Request) -> Result<Answer, Fault> {
        let until = Instant::now() + self.uaa.timeout();
        self.tokens.read(self.uaa.http(), request, until).await
    }

    /// Sends a write; it takes effect at most once, and nothing is sent after `until`.
    async fn write(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.tokens.write(self.uaa.http(), request, until).await
    }
}

/// When a write that begins now has to be over.
fn end_of(limit: Duration) -> Instant {
    Instant::now() + limit
}

/// The request with a JSON body. The body is wiped when the last copy of the request is gone.
fn with_json(request: Request, body: &impl Serialize) -> Result<Request, Fault> {
    let json =
        serde_json::to_vec(body).map_err(|_| request.fault(FaultKind::NotSent, "its body can't be written as JSON"))?;
    let body = Bytes::from_owner(Zeroizing::new(json));
    Ok(request.header("content-type", "application/json")?.body(body))
}

/// What stands in a body for a secret.
fn exposed(secret: Option<&Secret>) -> Option<&str> {
    secret.map(Secret::expose)
}
