//! The broker's own API: the calls of the Open Service Broker API, and those of operators.

use super::Place;
use anyhow::{Context as _, bail, ensure};
use chandler_proto::secret::Secret;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Who calls the broker.
#[derive(Debug)]
pub(super) struct Osb {
    client: Client,
    /// What one call may take.
    limit: Duration,
    broker: String,
    credential: (String, Secret),
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
    #[serde(default)]
    maintenance_info: Option<Maintenance>,
}

#[derive(Debug, Deserialize)]
struct Maintenance {
    version: String,
}

impl Plan {
    /// The maintenance version that is offered.
    pub(super) fn version(&self) -> Option<&str> {
        Some(self.maintenance_info.as_ref()?.version.as_str())
    }
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

impl Catalog {
    /// The name of a plan, or its id.
    pub(super) fn name<'a>(&'a self, plan: &'a str) -> &'a str {
        let found = self.plans.iter().find(|it| it.id == plan);
        found.map_or(plan, |it| &it.name)
    }
}

/// Where every instance belongs to that isn't made through Cloud Controller.
const ORGANIZATION: &str = "00000000-0000-4000-8000-00000000000a";
/// See [`ORGANIZATION`].
pub(super) const SPACE: &str = "00000000-0000-4000-8000-00000000000b";

fn context(id: &str) -> Value {
    json!({
        "platform": "cloudfoundry", "organization_guid": ORGANIZATION, "space_guid": SPACE, "instance_name": id,
    })
}

/// Where an operator finds an instance, and what is done to it there.
pub(super) fn managed_path(id: &str, what: &str) -> String {
    format!("/mgmt/service_instances/{id}?operation_type={what}")
}

/// Where an instance is.
pub(super) fn instance_path(id: &str) -> String {
    format!("/v2/service_instances/{id}")
}

/// Where a binding is.
pub(super) fn binding_path(instance: &str, id: &str) -> String {
    format!("{}/service_bindings/{id}", instance_path(instance))
}

impl Osb {
    /// Whose calls may take up to `limit`.
    pub(super) fn new(place: &Place<'_>, limit: Duration) -> Osb {
        Osb {
            client: place.client.clone(),
            limit,
            broker: place.broker.clone(),
            credential: place.credential.clone(),
        }
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
            "organization_guid": ORGANIZATION, "space_guid": SPACE, "context": context(id),
        });
        let path = instance_path(id);
        let request = self
            .request(Method::PUT, &path)
            .query(&[("accepts_incomplete", "true")]);
        self.accepted(request.json(&body)).await
    }

    /// `PATCH` of an instance that has the plan `old`: `change` and what stands beside it; the operation.
    pub(super) async fn update(&self, id: &str, service: &str, old: &str, change: &Value) -> anyhow::Result<String> {
        let mut body = json!({
            "service_id": service, "previous_values": { "plan_id": old }, "context": context(id),
        });
        for (name, value) in change.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let path = instance_path(id);
        let request = self.request(Method::PATCH, &path);
        self.accepted(request.query(&[("accepts_incomplete", "true")]).json(&body))
            .await
    }

    /// `DELETE` of an instance; the operation.
    pub(super) async fn deprovision(&self, id: &str, service: &str, plan: &str) -> anyhow::Result<String> {
        let path = instance_path(id);
        let query = [
            ("accepts_incomplete", "true"),
            ("service_id", service),
            ("plan_id", plan),
        ];
        self.accepted(self.request(Method::DELETE, &path).query(&query)).await
    }

    /// An operator's `PATCH` of an instance that has this plan: status and body.
    pub(super) async fn manage(&self, path: &str, plan: &str) -> anyhow::Result<(StatusCode, Value)> {
        let body = json!({ "plan_id": plan });
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// `PUT` of a binding: status and body.
    pub(super) async fn bind(
        &self,
        path: &str,
        body: &Value,
        asynchronous: bool,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let request = self.request(Method::PUT, path).json(body);
        let asked = asynchronous.then_some(("accepts_incomplete", "true"));
        self.send(request.query(&asked.as_slice())).await
    }

    /// `DELETE` of a binding: status and body.
    pub(super) async fn unbind(
        &self,
        path: &str,
        service: &str,
        plan: &str,
        asynchronous: bool,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let request = self.request(Method::DELETE, path);
        let request = request.query(&[("service_id", service), ("plan_id", plan)]);
        let asked = asynchronous.then_some(("accepts_incomplete", "true"));
        self.send(request.query(&asked.as_slice())).await
    }

    /// `GET …/last_operation` of what lies at a path.
    pub(super) async fn poll(&self, path: &str, operation: &str) -> anyhow::Result<Poll> {
        let last = format!("{path}/last_operation");
        let request = self.request(Method::GET, &last).query(&[("operation", operation)]);
        let (status, body) = self.send(request).await?;
        if status == StatusCode::GONE {
            return Ok(Poll::Gone);
        }
        ensure!(status == StatusCode::OK, "a poll of {path}: {status} {body}");
        let LastOperation { state, description } = serde_json::from_value(body).context("a poll")?;
        match state.as_str() {
            "in progress" => Ok(Poll::InProgress(description)),
            "succeeded" => Ok(Poll::Succeeded(description)),
            "failed" => Ok(Poll::Failed(description)),
            other => bail!("a poll of {path} answered the state {other:?}"),
        }
    }

    /// `GET`: status and body.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<(StatusCode, Value)> {
        self.send(self.request(Method::GET, path)).await
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
            .timeout(self.limit)
            .basic_auth(user, Some(password.expose()))
            .header("X-Broker-API-Version", "2.17")
            .header("X-Broker-API-Request-Identity", uuid::Uuid::new_v4().to_string())
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<(StatusCode, Value)> {
        let answer = request.send().await.context("the broker doesn't answer")?;
        let status = answer.status();
        let text = answer.text().await.context("the broker's answer was cut off")?;
        if status == StatusCode::NO_CONTENT && text.is_empty() {
            return Ok((status, Value::Null));
        }
        let body = serde_json::from_str(&text).with_context(|| format!("{status} without JSON: {text:?}"))?;
        Ok((status, body))
    }
}
