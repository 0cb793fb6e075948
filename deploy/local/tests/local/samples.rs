//! Each sample configuration, brought up: the catalog is that of the file, and where everything is simulated an instance lives and
//! ends. (The first sample is that of every other test here.)

use crate::world::{Local, one_of, until};
use chandler_proto::config::{Config, parse};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A sample that is up, and how a platform calls it.
struct Up {
    local: Local,
    config: Config,
    client: reqwest::Client,
}

impl Up {
    async fn of(name: &str) -> Up {
        let file = one_of(name);
        let config = parse(&std::fs::read_to_string(&file).unwrap()).unwrap().config;
        let local = Local::with(&file, &["--no-tour", "--task-seconds", "0"]);
        local.says("The broker is up");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Up { local, config, client }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.local.current()["broker"]["url"].as_str().unwrap());
        let credential = self.config.credentials().unwrap();
        let request = self
            .client
            .request(method, url)
            .basic_auth(&credential[0].username, Some(credential[0].password.expose()))
            .header("X-Broker-API-Version", "2.17");
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Each service of the file with the names of its plans, in order.
    fn wanted(&self) -> Vec<(String, Vec<String>)> {
        let names = |offering: &chandler_proto::catalog::Offering| {
            let plans = offering.plans.iter().map(|plan| plan.name.clone());
            (offering.name.clone(), plans.collect())
        };
        self.config.catalog.offerings.iter().map(names).collect()
    }

    /// The catalog, once it is there: with plan schemas it waits for the worker that asks the adapter.
    async fn catalog(&self) -> Value {
        let mut said = (StatusCode::SERVICE_UNAVAILABLE, Value::Null);
        for _ in 0..600 {
            said = self.call(Method::GET, "/v2/catalog", None).await;
            if said.0 != StatusCode::SERVICE_UNAVAILABLE {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(said.0, StatusCode::OK, "{}", said.1);
        let name = |it: &Value| it["name"].as_str().unwrap().to_owned();
        let plans = |it: &Value| it["plans"].as_array().unwrap().iter().map(name).collect::<Vec<_>>();
        let services = said.1["services"].as_array().unwrap();
        let told: Vec<_> = services.iter().map(|it| (name(it), plans(it))).collect();
        assert_eq!(told, self.wanted());
        said.1
    }

    /// Polls until the state, or the status, is another one than while it is under way.
    async fn ends(&self, path: &str) -> (StatusCode, Value) {
        for _ in 0..600 {
            let (status, said) = self.call(Method::GET, &format!("{path}/last_operation"), None).await;
            if status != StatusCode::OK || said["state"] != "in progress" {
                return (status, said);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{path}: not within 30 s\n{}", self.local.said());
    }

    /// One of the last plan, with all that this plan has, created and deleted.
    async fn an_instance_lives_and_ends(&self) {
        let offering = &self.config.catalog.offerings[0];
        let (service, plan) = (&offering.id, &offering.plans.last().unwrap().id);
        let path = "/v2/service_instances/an-instance";
        let context =
            json!({"platform": "cloudfoundry", "organization_guid": "o", "space_guid": "s", "instance_name": "mine"});
        let body = json!({"service_id": service, "plan_id": plan, "organization_guid": "o", "space_guid": "s", "context": context});
        let put = format!("{path}?accepts_incomplete=true");
        let (status, said) = self.call(Method::PUT, &put, Some(body)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{said}");
        let (_, said) = self.ends(path).await;
        assert_eq!(said["state"], "succeeded", "{said}");
        let ids = format!("accepts_incomplete=true&service_id={service}&plan_id={plan}");
        let (status, said) = self.call(Method::DELETE, &format!("{path}?{ids}"), None).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{said}");
        let (status, said) = self.ends(path).await;
        assert_eq!(status, StatusCode::GONE, "{said}");
    }

    /// What `/readyz` of a process tells.
    fn readyz(&self, name: &str) -> String {
        let admin = self.local.current()["admin"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let output = std::process::Command::new("curl")
            .args(["-sS", &format!("{admin}/readyz")])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[tokio::test]
async fn redis() {
    let up = Up::of("redis-properties").await;
    up.catalog().await;
    let told = up.local.said();
    for told_of in [
        "simulated CredHub: https://",
        "simulated UAA: https://",
        "simulated Cloud Controller: https://",
        "plan example-redis/cache-large: for ",
        "mount_paths: has no effect",
    ] {
        assert!(told.contains(told_of), "{told_of}: {told}");
    }
    up.an_instance_lives_and_ends().await;
}

#[tokio::test]
async fn kafka() {
    let up = Up::of("kafka-properties").await;
    let catalog = up.catalog().await;
    for plan in catalog["services"][0]["plans"].as_array().unwrap() {
        let schema = &plan["schemas"]["service_instance"]["create"]["parameters"];
        assert!(schema.is_object(), "{plan}");
    }
    let told = up.local.said();
    for told_of in [
        "simulated BOSH's CredHub: https://",
        "simulated UAA: https://",
        "broker chandler-local: registered at http://",
    ] {
        assert!(told.contains(told_of), "{told_of}: {told}");
    }
    assert!(!told.contains("simulated CredHub: "), "{told}");
    for process in ["provisioning", "binding", "errands", "uaa-clients"] {
        until(
            &format!("{process} tells that each write is synced"),
            || up.readyz(process).contains(r#"{"name":"bus sync","status":"ok""#),
            || up.readyz(process),
        );
    }
    up.an_instance_lives_and_ends().await;
}

/// Nothing is simulated, and at the addresses of the file nobody listens.
#[tokio::test]
async fn every_key() {
    let up = Up::of("every-key").await;
    up.catalog().await;
    let told = up.local.said();
    assert!(
        !told.contains("simulated ") && !told.contains("chandler register"),
        "{told}"
    );
    for (process, missing) in [
        ("provisioning", &["director", "credhub", "bosh credhub", "uaa"][..]),
        ("binding", &["director", "credhub", "bosh credhub"]),
        ("errands", &["director"]),
        ("uaa-clients", &["uaa", "cloud controller"]),
    ] {
        for check in missing {
            let line = format!("{{\"name\":\"{check}\",\"status\":\"degraded\"");
            until(
                &format!("{process} tells of {check}"),
                || up.readyz(process).contains(&line),
                || up.readyz(process),
            );
        }
    }
}
