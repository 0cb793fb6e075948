//! A request before it is sent.

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::Serialize;
use zeroize::Zeroizing;

use super::CallContext;
use crate::fault::{Fault, FaultKind};

/// One request. Its `name` is how faults and logs call it; it holds no query, where values may be.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) name: String,
}

impl Request {
    /// A request to `url`, called `<method> <path> of <whom>`.
    pub(crate) fn new(method: Method, url: Url, whom: &str, context: &CallContext) -> Self {
        let name = format!("{method} {} of {whom}", url.path());
        let mut headers = HeaderMap::new();
        context.add_to(&mut headers);
        Self {
            method,
            url,
            headers,
            body: None,
            name,
        }
    }

    /// Adds a header.
    ///
    /// # Errors
    /// [`FaultKind::NotSent`] when the value can't stand in a header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Result<Self, Fault> {
        let value = HeaderValue::from_str(value)
            .map_err(|_| self.fault(FaultKind::NotSent, format!("{name}: not a header value")))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: Bytes) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets a JSON body. It is wiped when the last copy of the request is gone.
    ///
    /// # Errors
    /// [`FaultKind::NotSent`] when it can't be written as JSON.
    pub(crate) fn json(self, body: &impl Serialize) -> Result<Self, Fault> {
        let json = serde_json::to_vec(body)
            .map_err(|_| self.fault(FaultKind::NotSent, "its body can't be written as JSON"))?;
        let body = Bytes::from_owner(Zeroizing::new(json));
        Ok(self.header("content-type", "application/json")?.body(body))
    }

    /// A fault of this request.
    pub(crate) fn fault(&self, kind: FaultKind, detail: impl AsRef<str>) -> Fault {
        Fault::new(kind, self.name.clone(), detail)
    }
}
