//! A UAA, a Cloud Controller and a broker, with a plain HTTP client; nothing here knows Chandler's own clients.

use std::time::Duration;

use chandler_simulators::cloud_controller::{CloudController, Options};
use chandler_simulators::uaa::{self, Client, Uaa, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::v3_broker::Broker;
pub(crate) use crate::v3_http::{Answer, PATIENCE, http};

/// Both servers, a broker, and an HTTP client that trusts the servers.
pub(crate) struct Bench {
    pub(crate) uaa: Uaa,
    pub(crate) cc: CloudController,
    pub(crate) broker: Broker,
    pub(crate) http: reqwest::Client,
}

/// Somebody with a token, or without one.
#[derive(Clone)]
pub(crate) struct Person<'a> {
    bench: &'a Bench,
    token: Option<String>,
}

impl Bench {
    /// Clients: `admin`, `reader` (read only), `auditor`, `developer`, `watcher` (reads, doesn't write), `stranger` (no scope of Cloud Controller),
    /// `dashboard`; each one's secret is `s`. A user `jo` (`pw`) who is an admin. Polls come at once.
    pub(crate) async fn new() -> Self {
        Self::start(|_| {}).await
    }

    pub(crate) async fn start(change: impl FnOnce(&mut Options)) -> Self {
        Self::over(uaa().await, &[], change).await
    }

    /// Over a UAA that runs; `others` are further authorities to be trusted.
    pub(crate) async fn over(uaa: Uaa, others: &[&str], change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(uaa.verifier());
        options.polling_seconds = 0.02;
        change(&mut options);
        let cc = CloudController::start(options).await.expect("Cloud Controller starts");
        let broker = Broker::start().await;
        let http = http(&[others, &[uaa.ca_pem(), cc.ca_pem()]].concat());
        Self { uaa, cc, broker, http }
    }

    /// One of the clients.
    pub(crate) async fn person(&self, client: &str) -> Person<'_> {
        let request = self
            .http
            .post(format!("{}/oauth/token", self.uaa.url()))
            .basic_auth(client, Some("s"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{client}: {answer:?}");
        self.bearer(answer.json["access_token"].as_str().expect("a token"))
    }

    pub(crate) fn bearer(&self, token: &str) -> Person<'_> {
        Person {
            bench: self,
            token: Some(token.to_owned()),
        }
    }

    pub(crate) fn nobody(&self) -> Person<'_> {
        Person {
            bench: self,
            token: None,
        }
    }

    pub(crate) async fn admin(&self) -> Person<'_> {
        self.person("admin").await
    }

    /// `demo/dev`, which every simulator begins with.
    pub(crate) fn space(&self) -> String {
        self.cc.space("demo", "dev").expect("demo/dev")
    }

    /// The broker, registered by an admin under this name, all plans public.
    pub(crate) async fn registered(&self, name: &str) -> Person<'_> {
        let admin = self.admin().await;
        admin.done("POST", "/v3/service_brokers", self.registration(name)).await;
        let plans = admin
            .get(&format!("/v3/service_plans?service_broker_names={name}"))
            .await
            .json["resources"]
            .clone();
        for plan in plans.as_array().expect("plans") {
            let path = format!(
                "/v3/service_plans/{}/visibility",
                plan["guid"].as_str().expect("a guid")
            );
            let answer = admin.post(&path, json!({"type": "public"})).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        admin
    }

    /// The body of a registration.
    pub(crate) fn registration(&self, name: &str) -> Value {
        let credentials = json!({"username": "broker", "password": "secret"});
        json!({
            "name": name,
            "url": self.broker.url,
            "authentication": {"type": "basic", "credentials": credentials},
        })
    }

    /// The guid of a plan.
    pub(crate) fn plan(&self, name: &str) -> String {
        let plans = self.cc.plans();
        let plan = plans.iter().find(|it| it.name == name);
        plan.expect("the plan").guid.clone()
    }

    /// The body of an instance in `demo/dev`.
    pub(crate) fn instance(&self, name: &str, plan: &str) -> Value {
        json!({
            "type": "managed",
            "name": name,
            "relationships": {
                "space": {"data": {"guid": self.space()}},
                "service_plan": {"data": {"guid": self.plan(plan)}},
            },
        })
    }

    /// The guid of an instance.
    pub(crate) fn guid_of(&self, name: &str) -> String {
        let all = self.cc.instances();
        all.iter()
            .find(|it| it.name == name)
            .expect("the instance")
            .guid
            .clone()
    }
}

impl Person<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask("PATCH", path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, Value::Null).await
    }

    /// `path` may be a whole address.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let url = match path.starts_with("https://") {
            true => path.to_owned(),
            false => format!("{}{path}", self.bench.cc.url()),
        };
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.bench.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("bearer {token}"));
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        Answer::of(request).await
    }

    /// The names of a list's rows.
    pub(crate) async fn names(&self, path: &str) -> Vec<String> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let rows = answer.json["resources"].as_array().expect("rows");
        rows.iter()
            .map(|it| it["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Asks for work: the job's address.
    pub(crate) async fn begin(&self, method: &str, path: &str, body: Value) -> String {
        let answer = self.ask(method, path, body).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (202, ""),
            "{method} {path}: {answer:?}"
        );
        let location = answer.location.expect("a location");
        assert!(
            location.starts_with(&format!("{}/v3/jobs/", self.bench.cc.url())),
            "{location}"
        );
        location
    }

    /// Asks for work, and waits for its end.
    pub(crate) async fn ended(&self, method: &str, path: &str, body: Value) -> Value {
        let job = self.begin(method, path, body).await;
        self.until(&job, |it| it["state"] == "COMPLETE" || it["state"] == "FAILED")
            .await
    }

    /// Asks for work that has to succeed.
    pub(crate) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let job = self.ended(method, path, body).await;
        assert_eq!(job["state"], "COMPLETE", "{method} {path}: {job}");
        job
    }

    /// Reads until it is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Value::Null;
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                seen = self.get(path).await.json;
                if wanted(&seen) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(found.await.is_ok(), "{path} isn't as it should be: {seen}");
        seen
    }

    /// An instance that is there; its guid.
    pub(crate) async fn with_instance(&self, name: &str, plan: &str) -> String {
        self.done("POST", "/v3/service_instances", self.bench.instance(name, plan))
            .await;
        self.bench.guid_of(name)
    }
}

/// With the clients and the user of [`Bench::new`].
pub(crate) async fn uaa() -> Uaa {
    let client = |id, scopes: &[&str]| Client::new(id, "s", scopes);
    let uaa = Uaa::start(uaa::Options {
        clients: vec![
            client("admin", &["cloud_controller.admin"]),
            client("reader", &["cloud_controller.admin_read_only"]),
            client("auditor", &["cloud_controller.global_auditor"]),
            client("developer", &["cloud_controller.read", "cloud_controller.write"]),
            client("watcher", &["cloud_controller.read"]),
            client("stranger", &["credhub.read"]),
            client("dashboard", &["cloud_controller_service_permissions.read"]),
            client("cc_service_key_client", &["credhub.read", "credhub.write"]),
        ],
        users: vec![User::new(
            "jo",
            "pw",
            &["cloud_controller.admin", "cloud_controller.read"],
        )],
        ..uaa::Options::default()
    });
    uaa.await.expect("the UAA starts")
}
