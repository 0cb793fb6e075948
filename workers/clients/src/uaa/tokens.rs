//! One token for many calls.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span};

use super::client::{Credentials, TOKEN_CALL};
use super::memory::{Course, Memory, Outcome};
use super::{Grant, Site, Token, Uaa};
use crate::fault::{Fault, FaultKind};
use crate::http::CallContext;

/// A source of tokens. Clones share what it remembers: one token serves all calls until shortly before its end, then it is
/// renewed while they go on with it. Whoever needs a new one waits for the one request that is under way.
#[derive(Clone)]
pub struct Tokens {
    inner: Arc<Inner>,
}

struct Inner {
    site: Site,
    credentials: Credentials,
    memory: Mutex<Memory>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Tokens of this UAA; nothing is sent.
    ///
    /// # Errors
    /// A text for the operator: the credentials can't be sent.
    pub fn new(uaa: Uaa, grant: Grant) -> Result<Self, String> {
        Self::of(Site::Fixed(uaa), grant)
    }

    /// Tokens of the UAA at this site.
    ///
    /// # Errors
    /// As for [`Tokens::new`].
    pub(crate) fn of(site: Site, grant: Grant) -> Result<Self, String> {
        let inner = Inner {
            site,
            credentials: Credentials::of(grant)?,
            memory: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A token, from memory or from the UAA, not later than `until`.
    ///
    /// A request to the UAA goes on when the caller gives up, within the UAA's own limit: others may wait for it.
    ///
    /// # Errors
    /// The UAA's [`Fault`]. A token has no effect, so nothing happened, whatever its kind.
    pub async fn get(&self, call: &CallContext, until: Instant) -> Result<Token, Fault> {
        if Instant::now() >= until {
            return Err(Fault::new(FaultKind::NotSent, TOKEN_CALL, "no time was left for it"));
        }
        let mut renewal = {
            let mut memory = self.inner.memory();
            match memory.course(Instant::now()) {
                Course::Use(token) => return Ok(token),
                Course::UseAndRenew(token) => {
                    self.start(&mut memory, call);
                    return Ok(token);
                }
                Course::Fail(fault) => return Err(fault),
                Course::Wait(renewal) => renewal,
                Course::Renew => self.start(&mut memory, call),
            }
        };
        let lost = |detail| Err(Fault::new(FaultKind::NotSent, TOKEN_CALL, detail));
        match timeout_at(until, renewal.wait_for(Option::is_some)).await {
            Ok(Ok(outcome)) => match &*outcome {
                Some(outcome) => outcome.clone(),
                None => lost("it ended without an outcome"),
            },
            Ok(Err(_)) => lost("it ended without an outcome"),
            Err(_) => lost("no token within the time that was left"),
        }
    }

    /// A token straight from the UAA, past the one that is remembered: whether our credentials work today, and what they are
    /// worth. It is not remembered. That a user was refused is, for an hour: whoever tries again and again has the account locked.
    ///
    /// # Errors
    /// As for [`Tokens::get`].
    pub async fn fresh(&self, call: &CallContext, until: Instant) -> Result<Token, Fault> {
        let is_user = self.inner.credentials.is_user();
        let spared = self.inner.memory().spared(Instant::now());
        if let Some(fault) = spared {
            return Err(fault);
        }
        match timeout_at(until, self.inner.fetch(call)).await {
            Ok(outcome) => {
                if is_user {
                    self.inner.memory().tried(&outcome, Instant::now());
                }
                outcome
            }
            Err(_) => Err(Fault::new(
                FaultKind::NotSent,
                TOKEN_CALL,
                "no token within the time that was left",
            )),
        }
    }

    /// What our credentials are worth today: the scopes of a token straight from the UAA, within the UAA's own limit; `None` when the
    /// UAA doesn't say. The token is not remembered.
    ///
    /// # Errors
    /// As for [`Tokens::get`].
    pub async fn scopes(&self, call: &CallContext) -> Result<Option<Vec<String>>, Fault> {
        let until = Instant::now() + self.inner.site.timeout();
        let token = self.fresh(call, until).await?;
        Ok(token.scopes().map(<[String]>::to_vec))
    }

    /// Drops this token, because it wasn't accepted; one that took its place meanwhile stays.
    pub fn forget(&self, token: &Token) {
        self.inner.memory().forget(token);
    }

    /// Drops this token if it isn't new, because it lacks a scope: it may have been granted since.
    pub(super) fn doubt(&self, token: &Token) {
        self.inner.memory().doubt(token, Instant::now());
    }

    /// Starts a renewal in a task of its own, so that no caller who gives up takes it away from the others.
    fn start(&self, memory: &mut Memory, call: &CallContext) -> watch::Receiver<Outcome> {
        let (sender, receiver) = memory.begin();
        let (inner, call) = (self.inner.clone(), call.clone());
        let renewal = async move {
            let outcome = inner.fetch(&call).await;
            inner.memory().end(&outcome, Instant::now());
            sender.send_replace(Some(outcome));
        };
        tokio::spawn(renewal.instrument(Span::current()));
        receiver
    }
}

impl Inner {
    /// Nothing panics while it is held, and what is in it is whole at any time.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self, call: &CallContext) -> Result<Token, Fault> {
        let until = Instant::now() + self.site.timeout();
        let uaa = self.site.uaa(call, until).await?;
        let outcome = uaa.fetch(&self.credentials, call, until).await;
        if let Err(fault) = &outcome {
            tracing::debug!(kind = %fault.kind, "no token from the UAA");
            self.site.doubt();
        }
        outcome
    }
}
