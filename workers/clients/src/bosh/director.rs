//! The client itself: where the Director is, who we are there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::{Method, Url};
use tokio::time::Instant;

use super::auth::{Auth, Credentials};
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Http, HttpSettings, Request, Trust};

pub(super) const WHOM: &str = "the Director";
const PORT: u16 = 25555;
const CONNECT: Duration = Duration::from_secs(10);

/// How to reach a Director.
#[derive(Debug, Clone)]
pub struct DirectorSettings {
    /// Address. The scheme is ignored (always https), so is the path; the default port is 25555.
    pub url: String,
    /// The CA of its certificate and of its UAA's. When set it replaces the roots of the system.
    pub ca_pem: Option<String>,
    /// Who we are.
    pub auth: Auth,
    /// Limit of a read, its repeats included. Writes get theirs with each call.
    pub timeout: Duration,
    /// The `User-Agent` of each call.
    pub user_agent: String,
}

/// A client of one Director. Clones are cheap and share their connections.
///
/// Every call takes a [`CallContext`]; every write takes the time that is left for it (the act window). Reads are
/// repeated within [`DirectorSettings::timeout`], writes never. With a UAA the time for a token is part of these limits, and a call
/// that gets a 401, which says that nothing happened, is sent once more with a new token.
#[derive(Clone)]
pub struct Director {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    credentials: Credentials,
    http: Http,
    timeout: Duration,
}

impl fmt::Debug for Director {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Director")
            .field("url", &self.inner.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Director {
    /// Builds a client; nothing is sent.
    ///
    /// # Errors
    /// A text for the operator: the address, the certificate or the credentials can't be used.
    pub fn new(settings: DirectorSettings) -> Result<Self, String> {
        let trust = settings.ca_pem.clone().map_or(Trust::System, Trust::Only);
        let http = Http::new(&HttpSettings {
            trust,
            connect_timeout: CONNECT.min(settings.timeout),
            user_agent: settings.user_agent.clone(),
        })?;
        let base = base(&settings.url)?;
        let inner = Inner {
            credentials: Credentials::of(&settings, &base, &http)?,
            base,
            http,
            timeout: settings.timeout,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A request with our credentials; a token comes to it only when it is sent.
    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
    ) -> Result<Request, Fault> {
        let mut url = self.inner.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = Request::new(method, url, WHOM, context);
        // The URL library drops such segments, and then the call is another one: `DELETE /deployments`.
        if path.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return Err(request.fault(FaultKind::NotSent, "a name in it is empty, `.` or `..`"));
        }
        if let Credentials::Fixed(value) = &self.inner.credentials {
            request.headers.insert(AUTHORIZATION, value.clone());
        }
        Ok(request)
    }

    /// Sends a read within the settings' time-out.
    pub(super) async fn read(&self, request: Request) -> Result<Answer, Fault> {
        let Inner { http, timeout, .. } = &*self.inner;
        match &self.inner.credentials {
            Credentials::Fixed(_) => http.read(&request, *timeout).await,
            Credentials::Tokens(tokens) => tokens.read(http, request, Instant::now() + *timeout).await,
        }
    }

    /// Sends a read without credentials.
    pub(super) async fn read_openly(&self, mut request: Request) -> Result<Answer, Fault> {
        request.headers.remove(AUTHORIZATION);
        self.inner.http.read(&request, self.inner.timeout).await
    }

    /// Sends a read with a new token, if tokens are what we have; and says what that token may.
    pub(super) async fn read_anew(&self, request: Request) -> Result<(Answer, Option<Vec<String>>), Fault> {
        let Inner { http, timeout, .. } = &*self.inner;
        match &self.inner.credentials {
            Credentials::Fixed(_) => Ok((http.read(&request, *timeout).await?, None)),
            Credentials::Tokens(tokens) => {
                let (answer, token) = tokens.read_anew(http, request, Instant::now() + *timeout).await?;
                Ok((answer, token.scopes().map(<[String]>::to_vec)))
            }
        }
    }

    /// Reads `path` with our credentials.
    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        context: &CallContext,
    ) -> Result<Answer, Fault> {
        self.read(self.request(Method::GET, path, query, context)?).await
    }

    /// Sends a write; it takes effect at most once, and nothing is sent after `until`.
    pub(super) async fn write(&self, request: Request, until: Instant) -> Result<Answer, Fault> {
        match &self.inner.credentials {
            Credentials::Fixed(_) => self.inner.http.write(&request, until).await,
            Credentials::Tokens(tokens) => tokens.write(&self.inner.http, request, until).await,
        }
    }
}

/// `https://host:port/` of what an operator wrote, as ODB reads it.
fn base(text: &str) -> Result<Url, String> {
    let after_scheme = text.trim().split_once("://").map_or(text.trim(), |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("the Director's url must not carry credentials".to_owned());
    }
    if authority.is_empty() {
        return Err("the Director's url names no host".to_owned());
    }
    let mut url =
        Url::parse(&format!("https://{authority}/")).map_err(|e| format!("the Director's url can't be used: {e}"))?;
    // The library drops a port that is https's default, so `:443` is seen in the text only.
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    if !has_port {
        url.set_port(Some(PORT))
            .map_err(|()| "the Director's url can't have a port".to_owned())?;
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::base;

    #[test]
    fn reads_addresses_as_odb_does() {
        let cases = [
            ("https://10.0.0.6", "https://10.0.0.6:25555/"),
            (
                "http://bosh.example.com:25556/some/path?x",
                "https://bosh.example.com:25556/",
            ),
            ("bosh.example.com", "https://bosh.example.com:25555/"),
            ("127.0.0.1:8443", "https://127.0.0.1:8443/"),
            ("https://bosh:443", "https://bosh/"),
            ("https://[::1]", "https://[::1]:25555/"),
            ("[::1]:444/x", "https://[::1]:444/"),
        ];
        for (given, wanted) in cases {
            assert_eq!(base(given).unwrap().as_str(), wanted, "{given}");
        }
    }

    #[test]
    fn refuses_addresses_without_a_host_or_with_credentials() {
        for given in ["", "https://", "https:///x", "https://user:pass@bosh", "a b"] {
            let error = base(given).unwrap_err();
            assert!(!error.contains("pass@"), "{error}");
        }
    }
}
