//! A server that is asked with tokens.

use std::fmt;
use std::time::Duration;

use reqwest::{Method, Url};
use tokio::time::Instant;

use super::{Token, Tokens};
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Http, Request, below};

/// A server that is asked with tokens, at one address and below it. Clones share connections and tokens.
#[derive(Clone)]
pub(crate) struct Guarded {
    /// Its address, with a slash at the end.
    pub(crate) base: Url,
    /// Connections to it.
    pub(crate) http: Http,
    /// Tokens that it takes.
    pub(crate) tokens: Tokens,
    /// Limit of a read, its repeats and the time for a token included.
    pub(crate) timeout: Duration,
    /// What faults call it.
    pub(crate) whom: &'static str,
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("url", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Guarded {
    /// A request for JSON to `path` below the address; the token comes to it when it is sent.
    ///
    /// # Errors
    /// [`FaultKind::NotSent`] when a part of the path can't be one.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
    ) -> Result<Request, Fault> {
        match below(&self.base, path, query) {
            Some(url) => self.request_to(method, url, context),
            None => {
                let request = Request::new(method, self.base.clone(), self.whom, context);
                Err(request.fault(FaultKind::NotSent, "an id in it is empty, `.` or `..`"))
            }
        }
    }

    /// The same to a whole address. It is the caller who makes sure that it is this server's.
    ///
    /// # Errors
    /// None in practice.
    pub(crate) fn request_to(&self, method: Method, url: Url, context: &CallContext) -> Result<Request, Fault> {
        Request::new(method, url, self.whom, context).header("accept", "application/json")
    }

    /// When a read that begins now has to be over.
    pub(crate) fn read_limit(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Sends a read, not later than `until`.
    ///
    /// # Errors
    /// As for [`Tokens::read`].
    pub(crate) async fn read(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.tokens.read(&self.http, request, until).await
    }

    /// Sends a read with a token straight from the UAA, and says which.
    ///
    /// # Errors
    /// As for [`Tokens::read`].
    pub(crate) async fn read_anew(&self, request: Request) -> Result<(Answer, Token), Fault> {
        self.tokens.read_anew(&self.http, request, self.read_limit()).await
    }

    /// Sends a read without a token.
    ///
    /// # Errors
    /// As for [`Http::read`].
    pub(crate) async fn read_openly(&self, request: Request) -> Result<Answer, Fault> {
        self.http.read(&request, self.timeout).await
    }

    /// Sends a write; it takes effect at most once, and nothing is sent after `until`.
    ///
    /// # Errors
    /// As for [`Tokens::write`].
    pub(crate) async fn write(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.tokens.write(&self.http, request, until).await
    }
}
