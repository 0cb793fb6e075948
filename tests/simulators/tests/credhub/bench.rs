//! A UAA and a CredHub with a plain HTTP client; nothing here knows Chandler's own clients.

use std::time::Duration;

use chandler_simulators::credhub::{CredHub, Options};
use chandler_simulators::uaa::{self, Client, Uaa, User};
use reqwest::{Certificate, Method, RequestBuilder, redirect};
use serde_json::{Value, json};

/// What a client needs to use CredHub.
pub(crate) const SCOPES: [&str; 2] = ["credhub.read", "credhub.write"];

/// The text of 404 for reads and of 403 for writes.
pub(crate) const NO_ACCESS: &str = "The request could not be completed because the credential does not exist or you do not have sufficient authorization.";

/// Both servers, and an HTTP client that trusts them.
pub(crate) struct Bench {
    pub(crate) uaa: Uaa,
    pub(crate) credhub: CredHub,
    pub(crate) http: reqwest::Client,
}

/// Somebody who has a token.
pub(crate) struct Caller<'a> {
    bench: &'a Bench,
    pub(crate) token: String,
}

/// An answer: status and JSON (null for no body, a text for what isn't JSON).
pub(crate) type Answer = (u16, Value);

impl Bench {
    /// A runtime CredHub: the client `broker` may everything below `/c`, `app` nothing.
    pub(crate) async fn runtime() -> Self {
        Self::start(|uaa| Options::runtime(uaa.verifier()).granting("/c/*", "broker")).await
    }

    /// A BOSH CredHub, without permissions.
    pub(crate) async fn bosh() -> Self {
        Self::start(|uaa| Options::bosh(uaa.verifier())).await
    }

    pub(crate) async fn start(options: impl FnOnce(&Uaa) -> Options) -> Self {
        let uaa = Uaa::start(uaa::Options {
            clients: vec![
                Client::new("broker", "broker-secret", &SCOPES),
                Client::new("app", "app-secret", &SCOPES),
                Client::new("half", "half-secret", &SCOPES[..1]),
            ],
            users: vec![User::new("admin", "admin-secret", &SCOPES)],
            ..uaa::Options::default()
        });
        let uaa = uaa.await.expect("the UAA starts");
        let credhub = CredHub::start(options(&uaa)).await.expect("the CredHub starts");
        let http = http(&[uaa.ca_pem(), credhub.ca_pem()]);
        Self { uaa, credhub, http }
    }

    /// A client's token, asked for as the credhub CLI does.
    pub(crate) async fn token(&self, client: &str) -> String {
        let secret = format!("{client}-secret");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", &secret),
        ];
        let (status, body) = self.ask_token(&form).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn ask_token(&self, form: &[(&str, &str)]) -> Answer {
        let form: Vec<String> = form.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let request = self
            .http
            .post(format!("{}/oauth/token", self.uaa.url()))
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.join("&"));
        send(request).await.expect("an answer of the UAA")
    }

    pub(crate) async fn caller(&self, client: &str) -> Caller<'_> {
        Caller {
            bench: self,
            token: self.token(client).await,
        }
    }

    pub(crate) fn anonymous(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.http.request(method, format!("{}{path}", self.credhub.url()))
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}/control/{path}", self.credhub.control_url());
        let request = self.http.request(method, url);
        let request = if body.is_null() { request } else { request.json(&body) };
        send(request).await.expect("an answer of the control API")
    }
}

impl Caller<'_> {
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.bench.anonymous(method, path).bearer_auth(&self.token)
    }

    /// With a JSON body unless it is null.
    pub(crate) async fn try_call(&self, method: &str, path: &str, body: Value) -> reqwest::Result<Answer> {
        let request = self.request(method, path);
        send(if body.is_null() { request } else { request.json(&body) }).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_call(method, path, body).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, Value::Null).await
    }

    /// Sets a credential of type `json` or `value`.
    pub(crate) async fn set(&self, name: &str, value: Value) -> Answer {
        let body = set_body(name, value);
        self.call("PUT", "/api/v1/data", body).await
    }
}

pub(crate) fn set_body(name: &str, value: Value) -> Value {
    let kind = if value.is_object() { "json" } else { "value" };
    json!({"name": name, "type": kind, "value": value})
}

/// The body of an error.
pub(crate) fn error(text: &str) -> Value {
    json!({"error": text})
}

pub(crate) async fn send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await?;
    let body = match body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body))),
    };
    Ok((status, body))
}

/// A client that trusts these only, follows nothing, repeats nothing and keeps no connections.
pub(crate) fn http(authorities: &[&str]) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authorities = authorities
        .iter()
        .map(|pem| Certificate::from_pem(pem.as_bytes()).expect("a CA"));
    reqwest::Client::builder()
        .tls_certs_only(authorities)
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client")
}
