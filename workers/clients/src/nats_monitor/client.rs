//! The client itself: where the monitoring of one nats-server is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};

use crate::fault::Fault;
use crate::http::{Answer, CallContext, Http, HttpSettings, Request, Trust, below, open_address};
use crate::text;

const WHOM: &str = "a nats-server's monitoring";
const CONNECT: Duration = Duration::from_secs(10);

/// How to reach the monitoring of a nats-server. It asks nobody who they are.
#[derive(Debug, Clone)]
pub struct NatsMonitorSettings {
    /// `https://` or `http://`, host, port, and the server's `http_base_path` if it has one.
    pub url: String,
    /// Whom to trust as that server.
    pub trust: Trust,
    /// Limit of a call, its repeats included.
    pub timeout: Duration,
    /// The `User-Agent` of each call.
    pub user_agent: String,
}

/// A client of the monitoring of one nats-server. Clones are cheap and share connections.
#[derive(Clone)]
pub struct NatsMonitor {
    inner: Arc<Inner>,
}

struct Inner {
    url: Url,
    /// As people are told it, without a slash at its end.
    address: String,
    http: Http,
    timeout: Duration,
}

impl fmt::Debug for NatsMonitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NatsMonitor").field(&self.inner.address).finish()
    }
}

impl NatsMonitor {
    /// Builds a client; nothing is sent.
    ///
    /// # Errors
    /// A text for the operator: the address or a certificate can't be used.
    pub fn new(settings: NatsMonitorSettings) -> Result<Self, String> {
        let url = address(&settings.url)?;
        let http = HttpSettings {
            // Without TLS nobody shows a certificate, and the roots of the system need not be there.
            trust: match url.scheme() {
                "http" => Trust::Anyone,
                _ => settings.trust,
            },
            connect_timeout: CONNECT.min(settings.timeout),
            user_agent: settings.user_agent,
        };
        let inner = Inner {
            address: text::cut(url.as_str().trim_end_matches('/'), 256),
            url,
            http: Http::also_in_clear(&http)?,
            timeout: settings.timeout,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where it is, for people: `http://10.0.0.6:8222`.
    pub fn address(&self) -> &str {
        &self.inner.address
    }

    /// Reads one of its pages.
    pub(super) async fn get(&self, page: &str, call: &CallContext) -> Result<Answer, Fault> {
        let Inner {
            url,
            address,
            http,
            timeout,
        } = &*self.inner;
        let whom = format!("the nats-server at {address}");
        let url = below(url, &[page], &[]).unwrap_or_else(|| url.clone());
        let request = Request::new(Method::GET, url, &whom, call).header("accept", "application/json")?;
        http.read(&request, *timeout).await
    }
}

/// # Errors
/// A text for the operator; it never quotes the address, which may carry credentials.
fn address(text: &str) -> Result<Url, String> {
    let url = open_address(text, WHOM)?;
    match url.query() {
        Some(_) => Err(format!("the url of {WHOM} must not have a query")),
        None => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_last_slash() {
        for (given, wanted) in [
            ("http://10.0.0.6:8222", "http://10.0.0.6:8222"),
            (" https://nats-z1:8222/ ", "https://nats-z1:8222"),
            ("http://[::1]:8222/nats/", "http://[::1]:8222/nats"),
        ] {
            let settings = NatsMonitorSettings {
                url: given.into(),
                trust: Trust::Anyone,
                timeout: CONNECT,
                user_agent: "test".into(),
            };
            assert_eq!(NatsMonitor::new(settings).unwrap().address(), wanted);
        }
    }

    #[test]
    fn what_cannot_be_an_address_is_told_without_it() {
        for given in [
            "",
            "nats-z1:8222",
            "nats://pass:8222",
            "http://",
            "http://u:pass@nats-z1:8222",
            "http://nats-z1:8222/?pass=x",
            "http://nats-z1:8222/#pass",
        ] {
            let error = address(given).unwrap_err();
            assert!(error.contains(WHOM) && !error.contains("pass"), "{error}");
        }
    }
}
