//! What a platform does with bindings. Each call is for a platform that polls, or for one that waits in its request.
use crate::{
    platform::{Answer, Platform},
    settings::{SERVICE, SMALL},
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// How the platform learns what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// It polls (`accepts_incomplete=true`).
    Asynchronous,
    /// Its request is answered at the end.
    Synchronous,
}

/// The app that bindings are for, unless the body says otherwise.
pub const APP: &str = "app-of-the-tests";

fn path(instance: &str, binding: &str) -> String {
    format!("/v2/service_instances/{instance}/service_bindings/{binding}")
}

impl Style {
    fn query(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Style::Asynchronous => &[("accepts_incomplete", "true")],
            Style::Synchronous => &[],
        }
    }
}

impl Platform {
    /// The body of a bind with these parameters, for [`APP`].
    pub fn bind_body(parameters: Value) -> Value {
        json!({"service_id": SERVICE, "plan_id": SMALL, "app_guid": APP, "bind_resource": {"app_guid": APP},
               "context": {"platform": "cloudfoundry"}, "parameters": parameters})
    }
    /// `PUT` of a binding for [`APP`].
    pub fn bind(&self, instance: &str, binding: &str, parameters: Value, style: Style) -> RequestBuilder {
        self.bind_with(instance, binding, &Self::bind_body(parameters), style)
    }
    /// `PUT` of a binding with this body.
    pub fn bind_with(&self, instance: &str, binding: &str, body: &Value, style: Style) -> RequestBuilder {
        let call = self.call(Method::PUT, &path(instance, binding)).query(style.query());
        call.json(body)
    }
    /// `DELETE` of a binding.
    pub fn unbind(&self, instance: &str, binding: &str, style: Style) -> RequestBuilder {
        let ids = [("service_id", SERVICE), ("plan_id", SMALL)];
        let call = self.call(Method::DELETE, &path(instance, binding)).query(&ids);
        call.query(style.query())
    }
    /// `GET` of a binding.
    pub fn fetch_binding(&self, instance: &str, binding: &str) -> RequestBuilder {
        self.call(Method::GET, &path(instance, binding))
    }
    /// `last_operation` of a binding.
    pub fn binding_last_operation(&self, instance: &str, binding: &str, operation: Option<&str>) -> RequestBuilder {
        let call = self.call(Method::GET, &format!("{}/last_operation", path(instance, binding)));
        let operation = operation.map(|it| [("operation", it)]);
        operation.into_iter().fold(call, |call, it| call.query(&it))
    }
    /// Polls until the operation of the binding has ended, as [`Platform::ended`].
    pub async fn binding_ended(
        &self,
        instance: &str,
        binding: &str,
        operation: &str,
        limit: Duration,
    ) -> (Answer, Vec<String>) {
        let poll = || self.binding_last_operation(instance, binding, Some(operation));
        self.polled(binding, poll, limit).await
    }
    /// Binds, waits until the binding is there, and gives what GET says of it.
    pub async fn bound(&self, instance: &str, binding: &str, parameters: Value) -> Value {
        let call = self.bind(instance, binding, parameters, Style::Asynchronous);
        let operation = self.accepted(call).await;
        let limit = Duration::from_secs(60);
        let (answer, _) = self.binding_ended(instance, binding, &operation, limit).await;
        assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
        self.fetched_binding(instance, binding).await
    }
    /// What GET says of a binding that is there.
    pub async fn fetched_binding(&self, instance: &str, binding: &str) -> Value {
        let answer = self.send(self.fetch_binding(instance, binding)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }
    /// Unbinds and waits until the binding is gone.
    pub async fn unbound(&self, instance: &str, binding: &str) {
        let operation = self.accepted(self.unbind(instance, binding, Style::Asynchronous)).await;
        let limit = Duration::from_secs(60);
        let (answer, _) = self.binding_ended(instance, binding, &operation, limit).await;
        assert_eq!(answer.status, StatusCode::GONE, "{answer:?}");
    }
}
