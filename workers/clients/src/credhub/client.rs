//! The client itself: where CredHub is, who we are there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio::time::Instant;

use super::answer::uaa_url;
use crate::Secret;
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Http, HttpSettings, Request, Trust, below, https_base};
use crate::uaa::{Advertised, Grant, Guarded, Site, Token, Tokens};

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
    server: Arc<Guarded>,
}

impl fmt::Debug for CredHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredHub")
            .field("url", &self.server.base.as_str())
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
        let server = Guarded {
            base,
            http,
            tokens: Tokens::of(Site::Advertised(uaa), grant)?,
            timeout: settings.timeout,
            whom: WHOM,
        };
        Ok(Self {
            server: Arc::new(server),
        })
    }

    /// A request; the token comes to it when it is sent.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
    ) -> Result<Request, Fault> {
        let request = self.server.request(method, path, query, context)?;
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
        self.server.read_anew(request).await
    }

    /// Reads without a token.
    pub(super) async fn read_openly(&self, request: Request) -> Result<Answer, Fault> {
        self.server.read_openly(request).await
    }

    /// When a read that begins now has to be over.
    pub(super) fn read_limit(&self) -> Instant {
        self.server.read_limit()
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
        self.server.read(request, until).await
    }

    /// Sends a write; it takes effect at most once, and nothing is sent after `until`.
    pub(super) async fn write(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        self.server.write(request, until).await
    }
}
