//! Calls that carry a token.

use reqwest::header::AUTHORIZATION;
use tokio::time::Instant;

use super::{Token, Tokens};
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Http, Request};

/// How one request is sent.
#[derive(Clone, Copy)]
enum Way {
    /// Repeated when no answer comes.
    Read,
    /// At most once; a 401 says for certain that it did nothing.
    Write,
}

impl Tokens {
    /// Sends a read with a token; token, repeats and all not later than `until`.
    ///
    /// # Errors
    /// As for [`Http::read`]. Without a token it is a fault after which nothing happened.
    pub(crate) async fn read(&self, http: &Http, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.send(http, request, until, Way::Read).await
    }

    /// Sends a write with a token; it takes effect at most once, and nothing is sent after `until`.
    ///
    /// # Errors
    /// As for [`Http::write`]. Without a token it is a fault after which nothing happened.
    pub(crate) async fn write(&self, http: &Http, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.send(http, request, until, Way::Write).await
    }

    /// Sends a read with a token straight from the UAA, and says which; all of it not later than `until`.
    ///
    /// # Errors
    /// As for [`Tokens::read`].
    pub(crate) async fn read_anew(
        &self,
        http: &Http,
        mut request: Request,
        until: Instant,
    ) -> Result<(Answer, Token), Fault> {
        let call = CallContext::of(&request.headers);
        let fetched = self.fresh(&call, until).await;
        let token = fetched.map_err(|fault| unsent(&request, fault))?;
        request.headers.insert(AUTHORIZATION, token.header());
        Ok((once(http, &request, until, Way::Read).await?, token))
    }

    /// A token that isn't accepted (401) is replaced, and the call is sent once more with the new one.
    async fn send(&self, http: &Http, mut request: Request, until: Instant, way: Way) -> Result<Answer, Fault> {
        let call = CallContext::of(&request.headers);
        let token = self.put(&mut request, &call, until).await?;
        let answer = once(http, &request, until, way).await?;
        let (token, answer) = if answer.status.as_u16() == 401 && answer.fault().kind == FaultKind::Unauthorized {
            self.forget(&token);
            let token = self.put(&mut request, &call, until).await?;
            (token, once(http, &request, until, way).await?)
        } else {
            (token, answer)
        };
        if answer.status.as_u16() == 403 || answer.fault().kind == FaultKind::MissingScope {
            self.doubt(&token);
        }
        Ok(answer)
    }

    /// Puts a token into the request.
    async fn put(&self, request: &mut Request, call: &CallContext, until: Instant) -> Result<Token, Fault> {
        match self.get(call, until).await {
            Ok(token) => {
                request.headers.insert(AUTHORIZATION, token.header());
                Ok(token)
            }
            Err(fault) => Err(unsent(request, fault)),
        }
    }
}

async fn once(http: &Http, request: &Request, until: Instant, way: Way) -> Result<Answer, Fault> {
    match way {
        Way::Read => {
            let limit = until.saturating_duration_since(Instant::now());
            http.read(request, limit).await
        }
        Way::Write => http.write(request, until).await,
    }
}

/// The fault of a call for which there was no token. What is unknown about the UAA's answer is certain about the call: it wasn't sent.
fn unsent(request: &Request, fault: Fault) -> Fault {
    match fault.kind {
        FaultKind::Refused { .. } | FaultKind::Unauthorized | FaultKind::MissingScope => fault,
        FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled => {
            request.fault(FaultKind::NotSent, format!("no token for it: {fault}"))
        }
    }
}
