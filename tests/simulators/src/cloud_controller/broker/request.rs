//! A call of a broker before it is sent, and its headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use super::User;
use crate::cloud_controller::model::Broker;

/// Where a broker is, and as whom it is called.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) username: String,
    pub(super) password: String,
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Catalog,
    Provision,
    Update,
    Deprovision,
    Poll,
    Bind,
    Unbind,
    Fetch,
    Orphan,
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    pub(super) purpose: Purpose,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

/// On whose behalf calls are made. One job has one.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    user: Option<User>,
    /// `X-VCAP-Request-ID`.
    request: String,
    /// 32 hexadecimal digits.
    trace: Option<String>,
    /// `X-Api-Info-Location`.
    location: String,
}

impl Target {
    pub(super) fn of(broker: &Broker) -> Self {
        Self {
            url: broker.url.trim_end_matches('/').to_owned(),
            username: broker.username.clone(),
            password: broker.password.clone(),
        }
    }
}

impl Purpose {
    pub(super) fn name(self) -> &'static str {
        match self {
            Purpose::Catalog => "catalog",
            Purpose::Provision => "provision",
            Purpose::Update => "update",
            Purpose::Deprovision => "deprovision",
            Purpose::Poll => "poll",
            Purpose::Bind => "bind",
            Purpose::Unbind => "unbind",
            Purpose::Fetch => "fetch",
            Purpose::Orphan => "orphan",
        }
    }
}

impl Ask {
    pub(super) fn new(purpose: Purpose, method: Method, path: impl Into<String>) -> Self {
        Self {
            purpose,
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
        }
    }

    #[must_use]
    pub(super) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    /// The broker may answer before it is done.
    #[must_use]
    pub(super) fn asynchronous(self) -> Self {
        self.with("accepts_incomplete", "true")
    }

    #[must_use]
    pub(super) fn saying(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

impl Origin {
    /// `url` is Cloud Controller's own. Clean-ups have no user.
    pub(super) fn new(user: Option<User>, url: &str, tracing: bool) -> Self {
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        Self {
            user,
            request: uuid::Uuid::new_v4().to_string(),
            trace: tracing.then(|| uuid::Uuid::new_v4().simple().to_string()),
            // There is no API v2 here, whose `/v2/info` would stand at the end.
            location: format!("{host}/"),
        }
    }

    /// All headers but those of the connection, for a call that begins.
    pub(super) fn headers(&self, target: &Target, ask: &Ask) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: String| {
            if let Ok(mut value) = HeaderValue::from_str(&value) {
                value.set_sensitive(name == "authorization");
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        let basic = STANDARD.encode(format!("{}:{}", target.username, target.password));
        put("authorization", format!("Basic {basic}"));
        put("accept", "application/json".to_owned());
        put("x-broker-api-version", "2.15".to_owned());
        put("x-broker-api-request-identity", uuid::Uuid::new_v4().to_string());
        put("x-vcap-request-id", self.request.clone());
        put("x-api-info-location", self.location.clone());
        if let Some(user) = &self.user {
            let identity = STANDARD.encode(json!({"user_id": user}).to_string());
            put("x-broker-api-originating-identity", format!("cloudfoundry {identity}"));
        }
        if let Some(trace) = &self.trace {
            put("x-b3-traceid", trace.clone());
            put("x-b3-spanid", trace[16..].to_owned());
        }
        if ask.body.is_some() {
            put("content-type", "application/json".to_owned());
        }
        headers
    }
}
