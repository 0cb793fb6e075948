//! The client itself: where Cloud Controller is, who we are there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep_until};

use super::answer::{fault, is_absent};
use crate::fault::Fault;
use crate::http::{Answer, CallContext, Http, HttpSettings, Request, Trust, https_base};
use crate::uaa::{Guarded, Token, Tokens};

pub(super) const WHOM: &str = "Cloud Controller";
const CONNECT: Duration = Duration::from_secs(10);
/// Whoever says "come again at once" is asked again after this.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// How to reach a Cloud Controller.
#[derive(Debug, Clone)]
pub struct CloudControllerSettings {
    /// Its address, `https://api.example.com`; a path is kept.
    pub url: String,
    /// Whom to trust as Cloud Controller.
    pub trust: Trust,
    /// Limit of a read, its repeats included; of each page, when a list has several. Writes get theirs with each call.
    pub timeout: Duration,
    /// The `User-Agent` of each call.
    pub user_agent: String,
}

/// A client of one Cloud Controller. Clones are cheap and share connections and tokens.
///
/// Every call takes a [`CallContext`]; every write takes the time that is left for it and is sent at most once. Reads are repeated within
/// [`CloudControllerSettings::timeout`], also when they are asked to come later (429 or 503 with `Retry-After`). The time for a token is
/// part of these limits. A call that gets a 401, which says that nothing happened, is sent once more with a new token.
///
/// Lists are read to their end. A value of a filter finds itself alone, whatever it is made of, and each resource comes once.
#[derive(Clone)]
pub struct CloudController {
    pub(super) server: Arc<Guarded>,
}

impl fmt::Debug for CloudController {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudController")
            .field("url", &self.server.base.as_str())
            .finish_non_exhaustive()
    }
}

impl CloudController {
    /// Builds a client; nothing is sent. The tokens come from the UAA that this Cloud Controller trusts, for a client or for a user.
    ///
    /// # Errors
    /// A text for the operator: the address or a certificate can't be used.
    pub fn new(settings: CloudControllerSettings, tokens: Tokens) -> Result<Self, String> {
        let http = Http::new(&HttpSettings {
            trust: settings.trust,
            connect_timeout: CONNECT.min(settings.timeout),
            user_agent: settings.user_agent,
        })?;
        let server = Guarded {
            base: https_base(&settings.url, WHOM)?,
            http,
            tokens,
            timeout: settings.timeout,
            whom: WHOM,
        };
        Ok(Self {
            server: Arc::new(server),
        })
    }

    /// A request to `/v3` and below it; the token comes to it when it is sent.
    pub(super) fn request(
        &self,
        method: Method,
        below_v3: &[&str],
        query: &[(&str, &str)],
        call: &CallContext,
    ) -> Result<Request, Fault> {
        let path = [&["v3"], below_v3].concat();
        self.server.request(method, &path, query, call)
    }

    /// A request for another page.
    pub(super) fn request_page(&self, url: Url, call: &CallContext) -> Result<Request, Fault> {
        self.server.request_to(Method::GET, url, call)
    }

    /// Reads within the settings' time-out.
    pub(super) async fn read(&self, request: Request) -> Result<Answer, Fault> {
        self.read_until(request, self.server.read_limit()).await
    }

    /// Reads not later than `until`.
    pub(super) async fn read_until(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        loop {
            let answer = self.server.read(request.clone(), until).await?;
            match later(&answer).map(|pause| Instant::now() + pause) {
                Some(at) if at < until => sleep_until(at).await,
                Some(_) | None => return Ok(answer),
            }
        }
    }

    /// Reads with a token straight from the UAA, and says which.
    pub(super) async fn read_anew(&self, request: Request) -> Result<(Answer, Token), Fault> {
        self.server.read_anew(request).await
    }

    /// Reads one resource; `None` when Cloud Controller says that there is none, or none for us.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        below_v3: &[&str],
        call: &CallContext,
    ) -> Result<Option<T>, Fault> {
        let answer = self.read(self.request(Method::GET, below_v3, &[], call)?).await?;
        match answer.status {
            StatusCode::OK => answer.json().map(Some),
            _ if is_absent(&answer) => Ok(None),
            _ => Err(fault(&answer, None)),
        }
    }

    /// Sends a write, once, and nothing when nothing is left of `limit`.
    pub(super) async fn write(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.server.write(request, until).await
    }

    /// Sends a write with a JSON body.
    pub(super) async fn write_json(
        &self,
        (method, below_v3): (Method, &[&str]),
        body: &impl Serialize,
        call: &CallContext,
        until: Instant,
    ) -> Result<Answer, Fault> {
        let request = self.request(method, below_v3, &[], call)?.json(body)?;
        self.write(request, until).await
    }
}

/// How long this answer asks us to stay away; `None` when it is one to be taken as it is.
fn later(answer: &Answer) -> Option<Duration> {
    match answer.status.as_u16() {
        429 | 503 => retry_after(answer),
        _ => None,
    }
}

/// `Retry-After` in seconds; a date is not understood. A limit of Cloud Controller's own says the second of the epoch there, so it is far off.
pub(super) fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header(RETRY_AFTER)?.trim().parse::<u32>().ok()?;
    Some(Duration::from_secs(seconds.into()).max(SHORTEST_PAUSE))
}
