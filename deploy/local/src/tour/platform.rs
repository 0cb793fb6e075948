//! The calls that a platform makes.

use super::Place;
use anyhow::{Context as _, bail, ensure};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A platform.
#[derive(Debug)]
pub(super) struct Platform {
    client: Client,
    broker: String,
    credential: (String, String),
}

/// The one service offering.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) service_id: String,
    pub(super) service_name: String,
    pub(super) plans: Vec<Plan>,
}

/// A plan.
#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
}

/// What a poll answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Poll {
    InProgress(String),
    Succeeded(String),
    Failed(String),
    /// 410: it was deleted.
    Gone,
}

#[derive(Deserialize)]
struct Services {
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    id: String,
    name: String,
    plans: Vec<Plan>,
}

#[derive(Deserialize)]
struct Accepted {
    operation: String,
}

#[derive(Deserialize)]
struct LastOperation {
    state: String,
    #[serde(default)]
    description: String,
}

impl Platform {
    /// A platform whose calls may take up to `limit`.
    pub(super) fn new(place: &Place, limit: Duration) -> anyhow::Result<Platform> {
        let client = Client::builder().no_proxy().timeout(limit).build()?;
        Ok(Platform {
            client,
            broker: place.broker.clone(),
            credential: place.credential.clone(),
        })
    }

    /// `GET /v2/catalog`.
    pub(super) async fn catalog(&self) -> anyhow::Result<Catalog> {
        let (status, body) = self.send(self.request(Method::GET, "/v2/catalog")).await?;
        ensure!(status == StatusCode::OK, "the catalog: {status} {body}");
        let services: Services = serde_json::from_value(body).context("the catalog")?;
        let service = services.services.into_iter().next().context("the catalog is empty")?;
        Ok(Catalog {
            service_id: service.id,
            service_name: service.name,
            plans: service.plans,
        })
    }

    /// `PUT` of an instance; the operation.
    pub(super) async fn provision(
        &self,
        id: &str,
        service: &str,
        plan: &str,
        parameters: &Value,
    ) -> anyhow::Result<String> {
        let body = json!({
            "service_id": service, "plan_id": plan, "parameters": parameters,
            "organization_guid": "00000000-0000-4000-8000-00000000000a",
            "space_guid": "00000000-0000-4000-8000-00000000000b",
            "context": { "platform": "cloudfoundry", "instance_name": id },
        });
        let path = format!("/v2/service_instances/{id}");
        let request = self
            .request(Method::PUT, &path)
            .query(&[("accepts_incomplete", "true")]);
        self.accepted(request.json(&body)).await
    }

    /// `DELETE` of an instance; the operation.
    pub(super) async fn deprovision(&self, id: &str, service: &str, plan: &str) -> anyhow::Result<String> {
        let path = format!("/v2/service_instances/{id}");
        let query = [
            ("accepts_incomplete", "true"),
            ("service_id", service),
            ("plan_id", plan),
        ];
        self.accepted(self.request(Method::DELETE, &path).query(&query)).await
    }

    /// `GET …/last_operation`.
    pub(super) async fn poll(&self, id: &str, operation: &str) -> anyhow::Result<Poll> {
        let path = format!("/v2/service_instances/{id}/last_operation");
        let request = self.request(Method::GET, &path).query(&[("operation", operation)]);
        let (status, body) = self.send(request).await?;
        if status == StatusCode::GONE {
            return Ok(Poll::Gone);
        }
        ensure!(status == StatusCode::OK, "a poll of {id}: {status} {body}");
        let LastOperation { state, description } = serde_json::from_value(body).context("a poll")?;
        match state.as_str() {
            "in progress" => Ok(Poll::InProgress(description)),
            "succeeded" => Ok(Poll::Succeeded(description)),
            "failed" => Ok(Poll::Failed(description)),
            other => bail!("a poll of {id} answered the state {other:?}"),
        }
    }

    /// `GET` of an instance: its status and body.
    pub(super) async fn instance(&self, id: &str) -> anyhow::Result<(StatusCode, Value)> {
        self.send(self.request(Method::GET, &format!("/v2/service_instances/{id}")))
            .await
    }

    async fn accepted(&self, request: RequestBuilder) -> anyhow::Result<String> {
        let (status, body) = self.send(request).await?;
        ensure!(status == StatusCode::ACCEPTED, "202 was expected, not {status} {body}");
        Ok(serde_json::from_value::<Accepted>(body)
            .context("the answer with 202")?
            .operation)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let (user, password) = &self.credential;
        self.client
            .request(method, format!("{}{path}", self.broker))
            .basic_auth(user, Some(password))
            .header("X-Broker-API-Version", "2.17")
            .header("X-Broker-API-Request-Identity", uuid::Uuid::new_v4().to_string())
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<(StatusCode, Value)> {
        let answer = request.send().await.context("the broker doesn't answer")?;
        let status = answer.status();
        let text = answer.text().await.context("the broker's answer was cut off")?;
        let body = serde_json::from_str(&text).with_context(|| format!("{status} without JSON: {text:?}"))?;
        Ok((status, body))
    }
}
