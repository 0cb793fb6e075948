//! What a platform does: OSBAPI calls, polling.
use crate::settings::{SERVICE, SMALL};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;

#[derive(Clone)]
pub struct Platform {
    pub url: String,
    pub http: reqwest::Client,
}

/// A status, headers and a JSON body (`null` when it is none).
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Platform {
    pub fn new(port: u16) -> Self {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(65))
            .build()
            .unwrap();
        Platform {
            url: format!("http://127.0.0.1:{port}"),
            http,
        }
    }
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .basic_auth("broker", Some("secret"))
            .header("X-Broker-API-Version", "2.17")
    }
    /// Sends it; an error is a connection that broke.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await?;
        Ok(Answer {
            status,
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        })
    }
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }
    /// The platform's context of every instance.
    fn context() -> Value {
        json!({"platform": "cloudfoundry", "organization_guid": "org", "space_guid": "space", "instance_name": "mine"})
    }
    /// The body of a provision with these parameters.
    pub fn body(parameters: Value) -> Value {
        json!({"service_id": SERVICE, "plan_id": SMALL, "organization_guid": "org", "space_guid": "space",
               "context": Self::context(), "parameters": parameters})
    }
    pub fn put(&self, id: &str, parameters: Value) -> RequestBuilder {
        self.call(
            Method::PUT,
            &format!("/v2/service_instances/{id}?accepts_incomplete=true"),
        )
        .json(&Self::body(parameters))
    }
    pub fn delete(&self, id: &str) -> RequestBuilder {
        let path = format!("/v2/service_instances/{id}?accepts_incomplete=true&service_id={SERVICE}&plan_id={SMALL}");
        self.call(Method::DELETE, &path)
    }
    /// The body of an update to this plan of what has the plan [`SMALL`], as Cloud Controller sends it.
    pub fn update_body(plan: &str, parameters: Value) -> Value {
        let mut body = json!({"service_id": SERVICE, "plan_id": plan, "parameters": parameters,
            "context": Self::context(),
            "previous_values": {"plan_id": SMALL, "service_id": SERVICE, "organization_id": "org", "space_id": "space",
                                "maintenance_info": {"version": "1.0.0"}}});
        if plan != SMALL {
            body["maintenance_info"] = json!({"version": "1.0.0"});
        }
        body
    }
    /// The body of an upgrade of what has the plan [`SMALL`], from one maintenance version to another.
    pub fn upgrade_body(from: &str, to: &str) -> Value {
        let mut body = Self::update_body(SMALL, json!({}));
        body["previous_values"]["maintenance_info"]["version"] = json!(from);
        body["maintenance_info"] = json!({"version": to});
        body
    }
    /// `PATCH` of an instance with this body.
    pub fn patch(&self, id: &str, body: &Value) -> RequestBuilder {
        let path = format!("/v2/service_instances/{id}?accepts_incomplete=true");
        self.call(Method::PATCH, &path).json(body)
    }
    /// `PATCH` of an instance whose plan was [`SMALL`].
    pub fn update(&self, id: &str, plan: &str, parameters: Value) -> RequestBuilder {
        self.patch(id, &Self::update_body(plan, parameters))
    }
    /// An operator's order for an instance with the plan `plan`: `recreate` or `upgrade`, through the management API.
    pub fn manage(&self, id: &str, operation: &str, plan: &str) -> RequestBuilder {
        let path = format!("/mgmt/service_instances/{id}?operation_type={operation}");
        self.call(Method::PATCH, &path).json(&json!({ "plan_id": plan }))
    }
    pub fn get(&self, id: &str) -> RequestBuilder {
        self.call(Method::GET, &format!("/v2/service_instances/{id}"))
    }
    pub fn last_operation(&self, id: &str, operation: Option<&str>) -> RequestBuilder {
        let path = format!("/v2/service_instances/{id}/last_operation");
        let call = self.call(Method::GET, &path);
        operation.map_or_else(|| self.call(Method::GET, &path), |o| call.query(&[("operation", o)]))
    }
    /// Sends a request again while its connection breaks or the broker says 503: what a person at a prompt does.
    pub async fn insist(&self, make: impl Fn() -> RequestBuilder, limit: Duration) -> Answer {
        let end = Instant::now() + limit;
        loop {
            match self.try_send(make()).await {
                Ok(answer) if answer.status != StatusCode::SERVICE_UNAVAILABLE => return answer,
                Ok(answer) => assert!(Instant::now() < end, "still {answer:?}"),
                Err(why) => assert!(Instant::now() < end, "still {why}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
    /// Accepts an operation: its operation string.
    pub async fn accepted(&self, request: RequestBuilder) -> String {
        let answer = self.send(request).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        answer.body["operation"].as_str().unwrap().to_owned()
    }
    /// Polls until the operation has ended; the last answer and all descriptions on the way. Broken connections and
    /// 503s are polled over.
    pub async fn ended(&self, id: &str, operation: &str, limit: Duration) -> (Answer, Vec<String>) {
        self.polled(id, || self.last_operation(id, Some(operation)), limit)
            .await
    }
    pub(crate) async fn polled(
        &self,
        id: &str,
        poll: impl Fn() -> RequestBuilder,
        limit: Duration,
    ) -> (Answer, Vec<String>) {
        let (end, mut seen) = (Instant::now() + limit, Vec::<String>::new());
        loop {
            if let Ok(answer) = self.try_send(poll()).await {
                let text = answer.body["description"].as_str().unwrap_or_default().to_owned();
                if answer.status == StatusCode::OK && seen.last() != Some(&text) {
                    seen.push(text);
                }
                if answer.status == StatusCode::GONE
                    || answer.body["state"] == "succeeded"
                    || answer.body["state"] == "failed"
                {
                    return (answer, seen);
                }
                assert!(Instant::now() < end, "{id}: not ended after {limit:?}: {answer:?}");
            }
            assert!(Instant::now() < end, "{id}: not ended after {limit:?}");
            sleep(Duration::from_millis(150)).await;
        }
    }
    /// Provisions and waits for `succeeded`.
    pub async fn provision(&self, id: &str, parameters: Value) -> Vec<String> {
        let operation = self.accepted(self.put(id, parameters)).await;
        let (answer, seen) = self.ended(id, &operation, Duration::from_secs(60)).await;
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
        seen
    }
    /// Changes it and waits for `succeeded`; all descriptions on the way.
    pub async fn changed(&self, id: &str, body: &Value) -> Vec<String> {
        let operation = self.accepted(self.patch(id, body)).await;
        let (answer, seen) = self.ended(id, &operation, Duration::from_secs(60)).await;
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
        seen
    }
    /// What GET says of an instance that is there.
    pub async fn fetched(&self, id: &str) -> Value {
        let answer = self.send(self.get(id)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }
    /// Deletes and waits until it is gone.
    pub async fn deprovision(&self, id: &str) {
        let operation = self.accepted(self.delete(id)).await;
        let (answer, _) = self.ended(id, &operation, Duration::from_secs(60)).await;
        assert_eq!(answer.status, StatusCode::GONE, "{answer:?}");
    }
}
