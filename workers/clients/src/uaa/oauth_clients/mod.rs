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

use reqwest::Method;
use tokio::time::Instant;

pub use create::Creation;
pub use oauth_client::OauthClient;

use super::client::WHOM;
use super::{Guarded, Tokens, Uaa};
use crate::Secret;
use crate::fault::Fault;
use crate::http::{Answer, CallContext, Request};

/// The clients of one UAA. Clones are cheap and share connections and tokens.
///
/// It needs `clients.read` and `clients.write`, for [`OauthClients::set_secret`] `clients.admin`. Every write takes the time that is left for
/// it and is sent at most once; reads are repeated within [`UaaSettings::timeout`](super::UaaSettings::timeout). The time for a token
/// is part of these limits.
#[derive(Clone)]
pub struct OauthClients {
    server: Guarded,
}

impl fmt::Debug for OauthClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthClients")
            .field("uaa", &self.server.base.as_str())
            .finish_non_exhaustive()
    }
}

impl OauthClients {
    /// The clients of `uaa`, on the authority of `tokens`, which come from the same UAA. Nothing is sent.
    pub fn new(uaa: Uaa, tokens: Tokens) -> Self {
        let server = Guarded {
            base: uaa.base().clone(),
            http: uaa.http().clone(),
            tokens,
            timeout: uaa.timeout(),
            whom: WHOM,
        };
        Self { server }
    }

    /// What we may there today: [`Tokens::scopes`].
    ///
    /// # Errors
    /// A [`Fault`] of the request for a token.
    pub async fn scopes(&self, call: &CallContext) -> Result<Option<Vec<String>>, Fault> {
        self.server.tokens.scopes(call).await
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
        self.server.request(method, &path, query, context)
    }

    async fn read(&self, request: Request) -> Result<Answer, Fault> {
        self.server.read(request, self.server.read_limit()).await
    }

    /// Sends a write; it takes effect at most once, and nothing is sent after `until`.
    async fn write(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.server.write(request, until).await
    }
}

/// When a write that begins now has to be over.
fn end_of(limit: Duration) -> Instant {
    Instant::now() + limit
}

/// What stands in a body for a secret.
fn exposed(secret: Option<&Secret>) -> Option<&str> {
    secret.map(Secret::expose)
}
