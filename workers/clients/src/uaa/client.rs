//! The client of one UAA, and its token endpoint.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::Grant;
use super::token::{Token, Wire};
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Http, HttpSettings, Request, Trust, below, https_base};
use crate::text;

/// What faults call it.
pub(super) const WHOM: &str = "the UAA";
/// What faults call the request for a token.
pub(super) const TOKEN_CALL: &str = "POST /oauth/token of the UAA";
const CONNECT: Duration = Duration::from_secs(10);
const MAX_PAGE: usize = 300;

/// How to reach a UAA.
#[derive(Debug, Clone)]
pub struct UaaSettings {
    /// Its address, `https://uaa.example.com`; a path is kept.
    pub url: String,
    /// Whom to trust.
    pub trust: Trust,
    /// Limit of one request for a token, and of a read of [`OauthClients`](super::OauthClients), the repeats included.
    pub timeout: Duration,
    /// The `User-Agent` of each call.
    pub user_agent: String,
}

/// A client of one UAA. Clones are cheap and share their connections. [`Tokens`](super::Tokens) asks it for tokens.
#[derive(Clone)]
pub struct Uaa {
    base: Url,
    http: Http,
    timeout: Duration,
}

/// A [`Grant`] in the form in which it is sent.
pub(super) struct Credentials {
    authorization: HeaderValue,
    form: Zeroizing<String>,
    grant: Grant,
}

/// What the UAA says besides a status.
#[derive(Deserialize)]
struct Said {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl fmt::Debug for Uaa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uaa")
            .field("url", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// # Errors
    /// A text for the operator, when they can't be sent.
    pub(super) fn of(grant: Grant) -> Result<Self, String> {
        Ok(Self {
            authorization: grant.authorization()?,
            form: grant.form(),
            grant,
        })
    }

    /// Whether they are a user's.
    pub(super) fn is_user(&self) -> bool {
        match self.grant {
            Grant::Password { .. } => true,
            Grant::ClientCredentials { .. } => false,
        }
    }
}

impl Uaa {
    /// Builds a client; nothing is sent.
    ///
    /// # Errors
    /// A text for the operator: the address or the certificate can't be used.
    pub fn new(settings: UaaSettings) -> Result<Self, String> {
        let http = connections(settings.trust, settings.timeout, settings.user_agent)?;
        Self::at(&settings.url, http, settings.timeout)
    }

    /// A client that uses connections which are there already.
    ///
    /// # Errors
    /// A text for the operator: the address can't be used.
    pub(super) fn at(url: &str, http: Http, timeout: Duration) -> Result<Self, String> {
        Ok(Self {
            base: https_base(url, WHOM)?,
            http,
            timeout,
        })
    }

    /// Its address, with a slash at the end.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// The connections to it.
    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// Limit of one request for a token, and of a read.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Asks for a token until `until`. It is a POST without an effect, so it is repeated like a read.
    ///
    /// # Errors
    /// [`FaultKind::Unauthorized`] when the UAA doesn't know us so; [`FaultKind::Refused`] when it says that it will never give us this;
    /// otherwise a fault that passes.
    pub(super) async fn fetch(
        &self,
        credentials: &Credentials,
        call: &CallContext,
        until: Instant,
    ) -> Result<Token, Fault> {
        let from = Instant::now();
        let url = below(&self.base, &["oauth", "token"], &[])
            .ok_or_else(|| Fault::new(FaultKind::NotSent, TOKEN_CALL, "its address can't be used"))?;
        let mut request = Request::new(Method::POST, url, WHOM, call)
            .header("accept", "application/json")?
            .header("content-type", "application/x-www-form-urlencoded")?
            .body(Bytes::from_owner(Zeroizing::new(credentials.form.as_bytes().to_vec())));
        TOKEN_CALL.clone_into(&mut request.name);
        request.headers.insert(AUTHORIZATION, credentials.authorization.clone());
        let limit = until.saturating_duration_since(from);
        let answer = self.http.read(&request, limit).await?;
        if answer.status != StatusCode::OK {
            return Err(fault(&answer, credentials.grant.secret()));
        }
        let wire: Wire = answer.json()?;
        Token::of(wire, from).ok_or_else(|| answer.garbled("a token that can't be sent"))
    }
}

/// The connections of a UAA's client.
///
/// # Errors
/// A text for the operator, when certificates can't be used.
pub(super) fn connections(trust: Trust, timeout: Duration, user_agent: String) -> Result<Http, String> {
    Http::new(&HttpSettings {
        trust,
        connect_timeout: CONNECT.min(timeout),
        user_agent,
    })
}

/// What an answer without a token means. A 4xx is believed from the UAA only: a router in front of it says 404 when it is down.
fn fault(answer: &Answer, secret: &str) -> Fault {
    let said: Option<Said> = serde_json::from_slice(&answer.body).ok();
    let status = answer.status.as_u16();
    let kind = match (status, &said) {
        (401, _) => FaultKind::Unauthorized,
        (400..=499, Some(_)) => FaultKind::Refused { status, code: None },
        _ => FaultKind::Unknown,
    };
    let what = match said {
        Some(said) => format!("{}: {}", said.error, said.error_description),
        // A success of another kind may hold a token.
        None if answer.status.as_u16() < 400 => String::new(),
        None => text::cut(answer.text().trim(), MAX_PAGE),
    };
    let detail = text::mask_secret(&format!("answered {status} {what}"), Some(secret));
    Fault::new(kind, answer.call.clone(), detail.trim())
}
