//! What a developer does with services.
use super::{End, NAME, User};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn instance_path(instance: &str) -> String {
    format!("/v3/service_instances/{instance}")
}

fn binding_path(binding: &str) -> String {
    format!("/v3/service_credential_bindings/{binding}")
}

fn to(guid: &str) -> Value {
    json!({"data": {"guid": guid}})
}

impl User {
    /// The guid of a plan of the broker [`NAME`].
    pub async fn plan(&self, name: &str) -> String {
        self.plan_of(NAME, name).await
    }

    /// The guid of a plan of a broker.
    pub async fn plan_of(&self, broker: &str, name: &str) -> String {
        let query = [("service_broker_names", broker), ("names", name)];
        let plan = self.one("/v3/service_plans", &query).await;
        plan["guid"].as_str().unwrap().to_owned()
    }

    /// The body of [`User::create_service`].
    pub fn service_body(&self, name: &str, plan: &str, parameters: Value) -> Value {
        json!({"type": "managed", "name": name, "parameters": parameters,
               "relationships": {"space": to(&self.space), "service_plan": to(plan)}})
    }

    /// Begins to make an instance of the plan of this guid: the instance's guid, and the job.
    pub async fn create_service(&self, name: &str, plan: &str, parameters: Value) -> (String, String) {
        let body = self.service_body(name, plan, parameters);
        let job = self.begin(Method::POST, "/v3/service_instances", Some(&body)).await;
        (self.service(name).await, job)
    }

    /// `create-service --wait` of a plan by name of the broker [`NAME`]; panics unless it succeeds. The instance's guid.
    pub async fn created(&self, name: &str, plan: &str, parameters: Value) -> String {
        let plan = self.plan(plan).await;
        let (instance, job) = self.create_service(name, &plan, parameters).await;
        self.ended(&job, Some(&instance)).await.succeeded();
        instance
    }

    /// The guid of the instance of this name in the space.
    pub async fn service(&self, name: &str) -> String {
        let query = [("names", name), ("space_guids", self.space.as_str())];
        let instance = self.one("/v3/service_instances", &query).await;
        instance["guid"].as_str().unwrap().to_owned()
    }

    /// An instance as Cloud Controller shows it.
    pub async fn instance(&self, instance: &str) -> Value {
        self.get(&instance_path(instance)).await
    }

    /// `update-service --wait`: the body of the PATCH.
    pub async fn update_service(&self, instance: &str, body: &Value) -> End {
        self.done(Method::PATCH, &instance_path(instance), Some(body), Some(instance))
            .await
    }

    /// The body of an update that changes the plan.
    pub fn to_plan(plan: &str) -> Value {
        json!({"relationships": {"service_plan": to(plan)}})
    }

    /// `upgrade-service --wait`, to the version of the plan.
    pub async fn upgrade_service(&self, instance: &str) -> End {
        let row = self.instance(instance).await;
        assert_eq!(row["upgrade_available"], true, "{row}");
        let plan = row["relationships"]["service_plan"]["data"]["guid"].as_str().unwrap();
        let plan = self.get(&format!("/v3/service_plans/{plan}")).await;
        let body = json!({"maintenance_info": {"version": plan["maintenance_info"]["version"]}});
        self.update_service(instance, &body).await
    }

    /// `delete-service --wait`.
    pub async fn delete_service(&self, instance: &str) -> End {
        self.done(Method::DELETE, &instance_path(instance), None, Some(instance))
            .await
    }

    /// The body of a key without parameters.
    pub fn key_body(&self, instance: &str, name: &str) -> Value {
        json!({"type": "key", "name": name, "relationships": {"service_instance": to(instance)}})
    }

    /// `create-service-key`; the job's end.
    pub async fn create_key(&self, instance: &str, name: &str, parameters: Value) -> End {
        let mut body = self.key_body(instance, name);
        body["parameters"] = parameters;
        self.done(Method::POST, "/v3/service_credential_bindings", Some(&body), None)
            .await
    }

    /// The guid of a key.
    pub async fn key(&self, instance: &str, name: &str) -> String {
        let query = [("service_instance_guids", instance), ("type", "key"), ("names", name)];
        let key = self.one("/v3/service_credential_bindings", &query).await;
        key["guid"].as_str().unwrap().to_owned()
    }

    /// Makes a key that panics unless it is made: its guid, and its credentials as `service-key` shows them.
    pub async fn keyed(&self, instance: &str, name: &str) -> (String, Value) {
        self.create_key(instance, name, json!({})).await.succeeded();
        let key = self.key(instance, name).await;
        let credentials = self.credentials(&key).await;
        (key, credentials)
    }

    /// The credentials of a binding.
    pub async fn credentials(&self, binding: &str) -> Value {
        let details = self.get(&format!("{}/details", binding_path(binding))).await;
        details["credentials"].clone()
    }

    /// Makes an app that does nothing: its guid.
    pub async fn create_app(&self, name: &str) -> String {
        let body = json!({"name": name, "relationships": {"space": to(&self.space)}});
        let answer = self.ask(Method::POST, "/v3/apps", Some(&body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.body["guid"].as_str().unwrap().to_owned()
    }

    /// `bind-service`; the job's end.
    pub async fn bind_app(&self, instance: &str, app: &str) -> End {
        let body = json!({"type": "app",
                          "relationships": {"service_instance": to(instance), "app": to(app)}});
        self.done(Method::POST, "/v3/service_credential_bindings", Some(&body), None)
            .await
    }

    /// The guid of the binding of an app.
    pub async fn app_binding(&self, instance: &str, app: &str) -> String {
        let query = [("service_instance_guids", instance), ("app_guids", app)];
        let binding = self.one("/v3/service_credential_bindings", &query).await;
        binding["guid"].as_str().unwrap().to_owned()
    }

    /// `delete-service-key` or `unbind-service`; the job's end.
    pub async fn unbind(&self, binding: &str) -> End {
        self.done(Method::DELETE, &binding_path(binding), None, None).await
    }
}
