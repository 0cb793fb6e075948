//! A plain HTTP client, and its answers.

use std::time::Duration;

use reqwest::{Certificate, redirect};
use serde_json::Value;

/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An answer, read.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let location = response
            .headers()
            .get("location")
            .map(|it| it.to_str().expect("text").to_owned());
        let text = response.text().await.expect("a body");
        Self {
            status,
            location,
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    /// Status, code and detail of the first error.
    pub(crate) fn refusal(&self) -> (u16, u64, &str) {
        let error = &self.json["errors"][0];
        let (code, detail) = (error["code"].as_u64(), error["detail"].as_str());
        (self.status, code.unwrap_or_default(), detail.unwrap_or_default())
    }
}

/// A client that trusts these authorities (PEM) and follows nothing.
pub(crate) fn http(authorities: &[&str]) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = |pem: &&str| Certificate::from_pem(pem.as_bytes()).expect("a CA");
    reqwest::Client::builder()
        .tls_certs_only(authorities.iter().map(certificate))
        .redirect(redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .expect("a client")
}
