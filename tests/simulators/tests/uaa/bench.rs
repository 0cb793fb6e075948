//! A plain HTTP client and a running simulator; nothing here knows Chandler's own clients.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chandler_simulators::uaa::{Client, Options, Uaa, User};
use reqwest::{Certificate, Method, RequestBuilder, Response, redirect};
use serde_json::Value;

/// A simulator with a client that trusts it.
pub(crate) struct Bench {
    pub(crate) uaa: Uaa,
    pub(crate) client: reqwest::Client,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self {
            status,
            headers,
            text,
            json,
        }
    }

    /// Status, `error` and `error_description`.
    pub(crate) fn refusal(&self) -> (u16, &str, &str) {
        let of = |key: &str| self.json[key].as_str().unwrap_or_default();
        (self.status, of("error"), of("error_description"))
    }
}

impl Bench {
    /// With the clients `bosh` (secret `s`), `admin` (`s`) and `asker` (`s`), and the user `jo` (`pw`).
    pub(crate) async fn new() -> Self {
        Self::start(Options::default()).await
    }

    pub(crate) async fn start(options: Options) -> Self {
        let options = Options {
            clients: vec![
                Client::new("bosh", "s", &["bosh.admin", "bosh.teams.a.admin", "credhub.read"]),
                Client::new("admin", "s", &["clients.admin"]),
                Client::new("asker", "s", &["uaa.resource"]),
                Client::for_users("app", "s", &["openid", "bosh.read", "bosh.admin"]),
            ],
            users: vec![User::new("jo", "pw", &["bosh.read", "bosh.admin", "scim.me"])],
            ..options
        };
        let uaa = Uaa::start(options).await.expect("the simulator starts");
        let client = client(uaa.ca_pem());
        Self { uaa, client }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.client.request(method, format!("{}{path}", self.uaa.url()))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.expect("an answer")).await
    }

    pub(crate) fn form(&self, path: &str, body: &str) -> RequestBuilder {
        self.request("POST", path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
    }

    /// `POST /oauth/token` of a client by Basic.
    pub(crate) fn grant(&self, id: &str, secret: &str, body: &str) -> RequestBuilder {
        self.form("/oauth/token", body).basic_auth(id, Some(secret))
    }

    /// A token of a client for itself.
    pub(crate) async fn token(&self, id: &str) -> String {
        let answer = self.send(self.grant(id, "s", "grant_type=client_credentials")).await;
        answer.json["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}/control/{path}", self.uaa.control_url());
        let request = self.client.request(method, url);
        let request = if body.is_null() { request } else { request.json(&body) };
        self.send(request).await
    }
}

/// A client that trusts `ca`, follows nothing and keeps no connections.
pub(crate) fn client(ca: &str) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only([Certificate::from_pem(ca.as_bytes()).expect("a CA")])
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client")
}

/// Header and claims of a token.
pub(crate) fn opened(token: &str) -> (Value, Value) {
    let part = |at: usize| {
        let text = token.split('.').nth(at).expect("a part");
        let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    (part(0), part(1))
}
