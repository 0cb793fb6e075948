//! The client itself: where CredHub is, who we are there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Url};
use serde::Serialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::answer::uaa_url;
use crate::Secret;
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Http, HttpSettings, Request, Trust, below, https_base};
use crate::uaa::{Advertised, Grant, Site, Token, Tokens};

const WHOM: &str = "CredHub";
const CONNECT: Duration = Duration::from_secs(10);

/// How to reach a CredHub. PEM texts for a [`Trust`] may be several, one after another.
#[derive(Debug, Clone)]
pub struct CredHubSettings {
    /// Its address, `https://credhub.example.com:8844`.
    pub url: String,
    /// Whom to trust as CredHub.
    pub trust: Trust,
    /// Whom to trust as the UAA that CredHub names in its `/info`.
    pub uaa_trust: Trust,
    /// Our client at that UAA; it needs `credhub.read` and `credhub.write`.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// Limit of a read, its repeats included. Writes get theirs with each call.
    pub timeout: Duration,
    /// The `User-Agent` of each call.
    pub user_agent: String,
}

/// A client of one CredHub. Clones are cheap and share connections and tokens.
///
/// Every call takes a [`CallContext`]; every write takes the time that is left for it (the act window). Reads are
/// repeated within [`CredHubSettings::timeout`], writes never; the time for a token is part of these limits. A call that gets a 401,
/// which says that nothing happened, is sent once more with a new token.
#[derive(Clone)]
pub struct CredHub {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    http: Http,
    tokens: Tokens,
    timeout: Duration,
}

impl fmt::Debug for CredHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredHub")
            .field("url", &self.inner.base.as_str())
            .finish_non_exhaustive()
    }
}

impl CredHub {
    /// Builds a client; nothing is sent.
    ///
    /// # Errors
    /// A text for the operator: an address, a certificate or the credentials can't be used.
    pub fn new(settings: CredHubSettings) -> Result<Self, String> {
        let http = Http::new(&HttpSettings {
            trust: settings.trust,
            connect_timeout: CONNECT.min(settings.timeout),
            user_agent: settings.user_agent.clone(),
        })?;
        let base = https_base(&settings.url, WHOM)?;
        let info = below(&base, &["info"], &[]).ok_or("the url of CredHub can't be used")?;
        let uaa = Advertised::new(
            (http.clone(), info, WHOM),
            uaa_url,
            settings.uaa_trust,
            settings.timeout,
            settings.user_agent,
        )?;
        let grant = Grant::ClientCredentials {
            client_id: settings.client_id,
            client_secret: settings.client_secret,
        };
        let inner = Inner {
            base,
            http,
            tokens: Tokens::of(Site::Advertised(uaa), grant)?,
            timeout: settings.timeout,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A request; the token comes to it when it is sent.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
    ) -> Result<Request, Fault> {
        let Some(url) = below(&self.inner.base, path, query) else {
            let request = Request::new(method, self.inner.base.clone(), WHOM, context);
            return Err(request.fault(FaultKind::NotSent, "an id in it is empty, `.` or `..`"));
        };
        let request = Request::new(method, url, WHOM, context).header("accept", "application/json")?;
        // An empty one asks for everything, or for nothing in particular.
        if query.iter().any(|(_, value)| value.is_empty()) {
            return Err(request.fault(FaultKind::NotSent, "a name in it is empty"));
        }
        Ok(request)
    }

    /// Reads within the settings' time-out.
    pub(super) async fn read(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
    ) -> Result<Answer, Fault> {
        self.read_until(path, query, context, self.read_limit()).await
    }

    /// Reads with a new token, and says which.
    pub(super) async fn read_anew(&self, request: Request) -> Result<(Answer, Token), Fault> {
        let until = self.read_limit();
        self.inner.tokens.read_anew(&self.inner.http, request, until).await
    }

    /// Reads without a token.
    pub(super) async fn read_openly(&self, request: Request) -> Result<Answer, Fault> {
        self.inner.http.read(&request, self.inner.timeout).await
    }

    /// When a read that begins now has to be over.
    pub(super) fn read_limit(&self) -> Instant {
        Instant::now() + self.inner.timeout
    }

    /// Reads not later than `until`.
    pub(super) async fn read_until(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
        until: Instant,
    ) -> Result<Answer, Fault> {
        let request = self.request(Method::GET, path, query, context)?;
        self.inner.tokens.read(&self.inner.http, request, until).await
    }

    /// Sends a write; it takes effect at most once, and nothing is sent after `until`.
    pub(super) async fn write(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.inner.tokens.write(&self.inner.http, request, until).await
    }
}

/// The request with a JSON body. The body is wiped when the last copy of the request is gone.
pub(super) fn with_json(request: Request, body: &impl Serialize) -> Result<Request, Fault> {
    let json =
        serde_json::to_vec(body).map_err(|_| request.fault(FaultKind::NotSent, "its body can't be written as JSON"))?;
    let body = Bytes::from_owner(Zeroizing::new(json));
    Ok(request.header("content-type", "application/json")?.body(body))
}
