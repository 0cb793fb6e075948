//! Calls of API v3.

use super::type_in;
use crate::config::User;
use anyhow::{Context as _, bail, ensure};
use reqwest::{Certificate, Client, Method, Response, StatusCode, Url};
use serde_json::Value;
use std::time::Duration;

/// Cloud Controller, for one user.
pub(super) struct Api {
    client: Client,
    url: String,
    token: String,
}

/// The token is a secret.
impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Api {
    /// As `cf api` and `cf auth` do it.
    pub(super) async fn login(url: &str, ca_pems: &[String], person: &User, limit: Duration) -> anyhow::Result<Api> {
        let authorities: Result<Vec<_>, _> = ca_pems
            .iter()
            .map(|pem| Certificate::from_pem(pem.as_bytes()))
            .collect();
        let client = Client::builder().no_proxy().timeout(limit).tls_certs_only(authorities?);
        let client = client.build()?;
        type_in(format_args!("api {url} --skip-ssl-validation"));
        let answer = client.get(url).send().await.context("Cloud Controller")?;
        let links: Value = answer.json().await.context("the links of Cloud Controller")?;
        let version = links["links"]["cloud_controller_v3"]["meta"]["version"].as_str();
        let login = links["links"]["login"]["href"].as_str();
        let (version, login) = version.zip(login).with_context(|| format!("{links}"))?;
        crate::say::line(format_args!("  API version {version}"));
        let (name, password) = (person.name.as_str(), person.password.expose());
        type_in(format_args!("auth {name} …"));
        let form = [("grant_type", "password"), ("username", name), ("password", password)];
        // What a form is, is what a query is.
        let form = Url::parse_with_params(login, form)?;
        let request = client.post(format!("{login}/oauth/token"));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned());
        let answer = request.basic_auth("cf", Some("")).send().await.context("the UAA")?;
        let status = answer.status();
        ensure!(status == StatusCode::OK, "the UAA gives {name} no token: {status}");
        let granted: Value = answer.json().await.context("the UAA")?;
        let token = granted["access_token"].as_str().context("the UAA gave no token")?;
        Ok(Api {
            url: url.to_owned(),
            token: token.to_owned(),
            client,
        })
    }

    /// What lies at a path or URL; `None`: it isn't there.
    pub(super) async fn look(&self, at: &str, query: &[(&str, &str)]) -> anyhow::Result<Option<Value>> {
        let answer = self.send(Method::GET, at, query, None).await?;
        let status = answer.status();
        let body = read(at, answer).await?;
        match status {
            StatusCode::OK => Ok(Some(body)),
            StatusCode::NOT_FOUND if body["errors"][0]["title"] == "CF-ResourceNotFound" => Ok(None),
            _ => bail!("GET {at}: {}", refusal(status, &body)),
        }
    }

    /// What has to lie there.
    pub(super) async fn get(&self, at: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let found = self.look(at, query).await?;
        found.with_context(|| format!("GET {at}: it isn't there"))
    }

    /// All pages of a list.
    pub(super) async fn list(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Vec<Value>> {
        Ok(self.included(path, query).await?.0)
    }

    /// All pages of a list; and what the last one had beside it.
    pub(super) async fn included(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<(Vec<Value>, Value)> {
        let mut all = Vec::new();
        let mut page = self.get(path, query).await?;
        loop {
            let resources = page["resources"].as_array_mut().context("a list without resources")?;
            all.append(resources);
            let Some(next) = page["pagination"]["next"]["href"].as_str() else {
                return Ok((all, page["included"].take()));
            };
            page = self.get(next, &[]).await?;
        }
    }

    /// The one resource of a list.
    pub(super) async fn one(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let mut all = self.list(path, query).await?;
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(one),
            (found, _) => {
                let count = all.len() + usize::from(found.is_some());
                bail!("{count} of {path} for {query:?}, where there should be one")
            }
        }
    }

    /// Makes something that needs no broker.
    pub(super) async fn made(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.send(Method::POST, path, &[], Some(body)).await?;
        let status = answer.status();
        let body = read(path, answer).await?;
        ensure!(status.is_success(), "POST {path}: {}", refusal(status, &body));
        Ok(body)
    }

    /// Begins something for which a broker is needed: the URL of the job.
    pub(super) async fn accepted(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<String> {
        let answer = self.send(method.clone(), path, &[], body).await?;
        let status = answer.status();
        let job = answer.headers().get("location").and_then(|it| it.to_str().ok());
        match (status, job.map(str::to_owned)) {
            (StatusCode::ACCEPTED, Some(job)) => Ok(job),
            _ => bail!("{method} {path}: {}", refusal(status, &read(path, answer).await?)),
        }
    }

    async fn send(
        &self,
        method: Method,
        at: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Response> {
        // What Cloud Controller gives is absolute, and its own.
        let path = at.strip_prefix(self.url.as_str()).unwrap_or(at);
        ensure!(path.starts_with('/'), "{at} is none of {}", self.url);
        let request = self.client.request(method, format!("{}{path}", self.url));
        let mut request = request.query(query).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request
            .send()
            .await
            .with_context(|| format!("Cloud Controller doesn't answer {path}"))
    }
}

async fn read(at: &str, answer: Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let text = answer.text().await?;
    match text.is_empty() {
        true => Ok(Value::Null),
        false => serde_json::from_str(&text).with_context(|| format!("{at}: {status} without JSON: {text:?}")),
    }
}

/// As the command shows it.
fn refusal(status: StatusCode, body: &Value) -> String {
    let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let details: Vec<&str> = errors.iter().filter_map(|it| it["detail"].as_str()).collect();
    format!("{status} {}", details.join("; "))
}
