//! The client itself: where the list is, who we are there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Url};
use zeroize::Zeroizing;

use crate::Secret;
use crate::fault::Fault;
use crate::http::{Answer, CallContext, Http, HttpSettings, Request, Trust, open_address};

const WHOM: &str = "the service instances API";
const CONNECT: Duration = Duration::from_secs(10);

/// How to reach a service instances API.
#[derive(Clone)]
pub struct InstancesApiSettings {
    /// The address of the list itself, `https://` or `http://`. Its query is sent as it is: these are the filters.
    pub url: String,
    /// Whom to trust as that server.
    pub trust: Trust,
    /// Who we are there.
    pub username: String,
    /// The password that goes with it.
    pub password: Secret,
    /// Limit of a call, its repeats included.
    pub timeout: Duration,
    /// The `User-Agent` of each call.
    pub user_agent: String,
}

/// A client of one service instances API. Clones are cheap and share connections.
#[derive(Clone)]
pub struct InstancesApi {
    inner: Arc<Inner>,
}

struct Inner {
    url: Url,
    http: Http,
    /// The value of `Authorization`.
    basic: Zeroizing<String>,
    timeout: Duration,
}

/// Without the address: its query may hold what isn't for everybody.
impl fmt::Debug for InstancesApiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancesApiSettings")
            .field("trust", &self.trust)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for InstancesApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancesApi")
            .field("host", &self.inner.url.host_str())
            .finish_non_exhaustive()
    }
}

impl InstancesApi {
    /// Builds a client; nothing is sent.
    ///
    /// # Errors
    /// A text for the operator: the address, a certificate or the user can't be used.
    pub fn new(settings: InstancesApiSettings) -> Result<Self, String> {
        if settings.username.contains(':') {
            return Err(format!("the user of {WHOM} must not contain a colon"));
        }
        let http = HttpSettings {
            trust: settings.trust,
            connect_timeout: CONNECT.min(settings.timeout),
            user_agent: settings.user_agent,
        };
        let pair = Zeroizing::new(format!("{}:{}", settings.username, settings.password.expose()));
        let inner = Inner {
            url: open_address(&settings.url, WHOM)?,
            http: Http::also_in_clear(&http)?,
            basic: Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))),
            timeout: settings.timeout,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks for the list.
    pub(super) async fn get(&self, context: &CallContext) -> Result<Answer, Fault> {
        let Inner {
            url,
            http,
            basic,
            timeout,
        } = &*self.inner;
        let request = Request::new(Method::GET, url.clone(), WHOM, context)
            .header("accept", "application/json")?
            .header("authorization", basic)?;
        http.read(&request, *timeout).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_it_is_written() {
        for (given, wanted) in [
            ("https://si.example.com", "https://si.example.com/"),
            (" http://10.0.0.6:8443/list ", "http://10.0.0.6:8443/list"),
            (
                "https://si/list/?cf_org=a%20b&cf_space=",
                "https://si/list/?cf_org=a%20b&cf_space=",
            ),
        ] {
            assert_eq!(open_address(given, WHOM).unwrap().as_str(), wanted, "{given}");
        }
    }

    #[test]
    fn what_cannot_be_an_address_is_told_without_it() {
        for given in [
            "",
            "si.example.com",
            "ftp://si/pass",
            "https://",
            "https://u:pass@si",
            "https://si/#pass",
        ] {
            let error = open_address(given, WHOM).unwrap_err();
            assert!(error.contains(WHOM) && !error.contains("pass"), "{error}");
        }
    }
}
