//! What an operator does with brokers.
use super::{End, User};
use crate::platform::Answer;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// As whom Cloud Controller calls a broker.
#[derive(Clone, Copy)]
pub struct Login {
    pub username: &'static str,
    pub password: &'static str,
}

impl Login {
    /// The member `authentication` of a broker.
    pub fn member(self) -> Value {
        json!({"type": "basic", "credentials": {"username": self.username, "password": self.password}})
    }
}

impl User {
    /// `create-service-broker`; the job's end. The broker is known even when it failed.
    pub async fn create_broker(&self, name: &str, url: &str, login: Login) -> End {
        let body = json!({"name": name, "url": url, "authentication": login.member()});
        self.done(Method::POST, "/v3/service_brokers", Some(&body), None).await
    }

    /// The same with `--space-scoped`, in the space that is targeted.
    pub async fn create_space_broker(&self, name: &str, url: &str, login: Login) -> End {
        let body = json!({"name": name, "url": url, "authentication": login.member(),
                          "relationships": {"space": {"data": {"guid": self.space}}}});
        self.done(Method::POST, "/v3/service_brokers", Some(&body), None).await
    }

    /// The guid of a broker.
    pub async fn broker(&self, name: &str) -> String {
        let broker = self.one("/v3/service_brokers", &[("names", name)]).await;
        broker["guid"].as_str().unwrap().to_owned()
    }

    /// `update-service-broker` and `rename-service-broker`: the body of the PATCH. The catalog is read anew.
    pub async fn update_broker(&self, broker: &str, body: &Value) -> End {
        let path = format!("/v3/service_brokers/{broker}");
        self.done(Method::PATCH, &path, Some(body), None).await
    }

    /// Reads the catalog anew, and changes nothing else.
    pub async fn refresh_broker(&self, broker: &str, url: &str) -> End {
        self.update_broker(broker, &json!({ "url": url })).await
    }

    /// `delete-service-broker`: a refusal, or 202 with a job.
    pub async fn delete_broker(&self, broker: &str) -> Answer {
        let path = format!("/v3/service_brokers/{broker}");
        self.ask(Method::DELETE, &path, None).await
    }

    /// The same to its end; panics unless the broker goes.
    pub async fn broker_deleted(&self, broker: &str) {
        let path = format!("/v3/service_brokers/{broker}");
        self.done(Method::DELETE, &path, None, None).await.succeeded();
    }

    /// `enable-service-access` of all that a broker offers.
    pub async fn enable_access(&self, broker: &str) {
        for plan in self
            .list("/v3/service_plans", &[("service_broker_names", broker)])
            .await
        {
            let path = format!("/v3/service_plans/{}/visibility", plan["guid"].as_str().unwrap());
            let answer = self.ask(Method::POST, &path, Some(&json!({"type": "public"}))).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        }
    }

    /// `purge-service-instance`.
    pub async fn purge_service(&self, instance: &str) {
        self.gone(&format!("/v3/service_instances/{instance}?purge=true")).await;
    }

    /// `purge-service-offering`.
    pub async fn purge_offering(&self, offering: &str) {
        self.gone(&format!("/v3/service_offerings/{offering}?purge=true")).await;
    }

    async fn gone(&self, path: &str) {
        let answer = self.ask(Method::DELETE, path, None).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}: {answer:?}");
    }
}
