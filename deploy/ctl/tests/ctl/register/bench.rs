//! A UAA, a Cloud Controller, a broker that shows a catalog, and a file that names them.

use crate::run::{Said, chandler};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, put};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chandler_simulators::cloud_controller::{Broker, CloudController, Options, Plan};
use chandler_simulators::uaa::{self, Uaa};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// As whom the broker is called.
pub(crate) const BROKER: (&str, &str) = ("broker", "s3cret-of-the-broker");
/// As whom we call Cloud Controller, unless a test is somebody else there.
const CLIENT: (&str, &str) = ("registrar", "s3cret-of-the-registrar");

/// All of it, still to be registered.
pub(crate) struct Bench {
    pub(crate) cc: CloudController,
    pub(crate) uaa: Uaa,
    pub(crate) shop: Shop,
    url: String,
    file: PathBuf,
    _dir: TempDir,
}

/// What the broker shows.
#[derive(Clone)]
pub(crate) struct Shop(Arc<Mutex<Value>>);

#[derive(Clone)]
struct Counter {
    shop: Shop,
    /// The header `Authorization` of who may look.
    basic: String,
}

impl Shop {
    /// Changes the catalog; `null` keeps everybody waiting.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.0.lock().unwrap());
    }
}

/// The plans of the sample: names, and who may see them.
const PLANS: [(&str, &str); 4] = [
    ("small", "enable"),
    ("trial", "disable"),
    ("large", "org-restricted"),
    ("odd", "manual"),
];
/// Whom the plan `large` is for.
pub(crate) const ORGANIZATION: &str = "data & more";

fn catalog() -> Value {
    let plans = PLANS.map(|(name, _)| json!({"id": format!("id-{name}"), "name": name, "description": "a plan"}));
    json!({"services": [{"id": "s", "name": "store", "description": "a store", "bindable": true, "plans": plans}]})
}

/// The file: JSON, which is YAML.
fn file(cf: &Value) -> Value {
    let key = STANDARD.encode([0; 32]);
    let plans = PLANS.map(|(name, access)| {
        let mut plan = json!({"plan_id": format!("id-{name}"), "name": name, "description": "a plan",
            "cf_service_access": access,
            "instance_groups": [{"name": "g", "vm_type": "t", "instances": 1, "networks": ["n"], "azs": ["z"]}]});
        if access == "org-restricted" {
            plan["service_access_org"] = json!(ORGANIZATION);
        }
        plan
    });
    json!({
        "broker": {"port": 8080, "username": BROKER.0, "password": BROKER.1},
        "service_adapter": {"path": "/nowhere"},
        "service_deployment": {"releases": [{"name": "r", "version": "1", "jobs": ["j"]}],
                               "stemcells": [{"os": "o", "version": "1"}]},
        "service_catalog": {"id": "s", "service_name": "store", "service_description": "a store", "bindable": true,
                            "plan_updatable": false, "plans": plans},
        "cf": cf,
        "chandler": {"bus": {"urls": ["nats://127.0.0.1:4222"]},
                     "seal": {"fingerprint_key": key, "keys": [{"id": "k1", "key": key}]}}})
}

/// A broker on a port of its own, as long as the test runs.
async fn open(shop: &Shop, login: (&str, &str)) -> String {
    let counter = Counter {
        shop: shop.clone(),
        basic: format!("Basic {}", STANDARD.encode(format!("{}:{}", login.0, login.1))),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let made = put(async || (StatusCode::CREATED, Json(json!({}))));
    let router = Router::new()
        .route("/v2/catalog", get(show))
        .route("/v2/service_instances/{id}", made)
        .with_state(counter);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn show(State(counter): State<Counter>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let sent = headers.get("authorization").and_then(|it| it.to_str().ok());
    if sent != Some(counter.basic.as_str()) {
        return (StatusCode::UNAUTHORIZED, Json(json!({"description": "who are you?"})));
    }
    let shown = counter.shop.0.lock().unwrap().clone();
    match shown.is_null() {
        true => std::future::pending().await,
        false => (StatusCode::OK, Json(shown)),
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = uaa::Options {
            clients: vec![uaa::Client::new(CLIENT.0, CLIENT.1, &["cloud_controller.admin"])],
            ..uaa::Options::default()
        };
        let uaa = Uaa::start(options).await.unwrap();
        let spaces = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let options = Options {
            polling_seconds: 0.1,
            organizations: vec![
                ("demo".to_owned(), spaces(&["a space"])),
                (ORGANIZATION.to_owned(), spaces(&["dev"])),
                // Those that a name with a comma or an ampersand could be taken for.
                ("data ".to_owned(), spaces(&[])),
                (" more".to_owned(), spaces(&[])),
            ],
            ..Options::new(uaa.verifier())
        };
        let cc = CloudController::start(options).await.unwrap();
        let shop = Shop(Arc::new(Mutex::new(catalog())));
        let url = open(&shop, BROKER).await;
        let dir = tempfile::tempdir().unwrap();
        let bench = Bench {
            file: dir.path().join("broker.yml"),
            _dir: dir,
            cc,
            uaa,
            shop,
            url,
        };
        let client = json!({"client_credentials": {"client_id": CLIENT.0, "client_secret": CLIENT.1}});
        let cas = format!("{}{}", bench.cc.ca_pem(), bench.uaa.ca_pem());
        let cf = json!({"url": bench.cc.url(), "root_ca_cert": cas,
                        "uaa": {"url": bench.uaa.url(), "authentication": client}});
        std::fs::write(&bench.file, file(&cf).to_string()).unwrap();
        bench
    }

    /// Where the broker is.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// The same broker at another address, with another login.
    pub(crate) async fn another_broker(&self, login: (&str, &str)) -> String {
        open(&self.shop, login).await
    }

    /// Changes the file.
    pub(crate) fn rewrite(&self, change: impl FnOnce(&mut Value)) {
        let text = std::fs::read_to_string(&self.file).unwrap();
        let mut file = serde_json::from_str(&text).unwrap();
        change(&mut file);
        std::fs::write(&self.file, file.to_string()).unwrap();
    }

    /// From now on we are this user, whom the UAA knows.
    pub(crate) fn as_user(&self, name: &str, password: &str, groups: &[&str]) {
        self.uaa.add_user(uaa::User::new(name, password, groups));
        self.rewrite(|file| {
            let user = json!({"username": name, "password": password});
            file["cf"]["uaa"]["authentication"] = json!({"user_credentials": user});
        });
    }

    /// Runs `chandler`; `FILE` stands for the file. In a thread of its own: the simulators must be able to answer.
    pub(crate) async fn chandler(&self, arguments: &[&str]) -> Said {
        let file = self.file.to_str().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|it| it.replace("FILE", file)).collect();
        let run = move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            chandler(&arguments, &[])
        };
        let said = tokio::task::spawn_blocking(run).await.unwrap();
        for secret in ["s3cret", "panicked"] {
            assert!(!said.out.contains(secret) && !said.err.contains(secret), "{said:?}");
        }
        said
    }

    /// `chandler register` as `kv`.
    pub(crate) async fn register(&self, more: &[&str]) -> Said {
        let arguments = ["register", "FILE", "--name", "kv", "--url", &self.url];
        self.chandler(&[&arguments[..], more].concat()).await
    }

    /// `chandler deregister` of `kv`.
    pub(crate) async fn deregister(&self) -> Said {
        self.chandler(&["deregister", "FILE", "--name", "kv"]).await
    }

    /// The guids of all organizations, by name.
    pub(crate) async fn organizations(&self) -> BTreeMap<String, String> {
        let answer = reqwest::get(format!("{}/control/state", self.cc.control_url()))
            .await
            .unwrap();
        let state: Value = answer.json().await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = state["organizations"].as_array().unwrap().iter();
        rows.map(|it| (text(&it["name"]), text(&it["guid"]))).collect()
    }

    /// Somebody makes an instance of a plan; its guid.
    pub(crate) async fn make_instance(&self, plan: &str) -> String {
        let plan = self.plan(plan).unwrap().guid;
        let to = |guid: &str| json!({"data": {"guid": guid}});
        let space = self.cc.space("demo", "a space").unwrap();
        let body = json!({"type": "managed", "name": "i",
                          "relationships": {"space": to(&space), "service_plan": to(&plan)}});
        self.as_somebody(Method::POST, "/v3/service_instances", Some(&body))
            .await;
        self.is_idle().await;
        self.cc.instances()[0].guid.clone()
    }

    /// Waits until Cloud Controller has done all that it was told.
    pub(crate) async fn is_idle(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.cc.is_idle() {
            assert!(Instant::now() < end, "Cloud Controller is still at it");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Somebody has Cloud Controller forget it.
    pub(crate) async fn purge_instance(&self, instance: &str) {
        let path = format!("/v3/service_instances/{instance}?purge=true");
        self.as_somebody(Method::DELETE, &path, None).await;
    }

    /// Sends a write as our client, and panics unless it is taken.
    async fn as_somebody(&self, method: Method, path: &str, body: Option<&Value>) {
        let cas = format!("{}{}", self.cc.ca_pem(), self.uaa.ca_pem());
        let cas = reqwest::Certificate::from_pem_bundle(cas.as_bytes()).unwrap();
        let http = reqwest::Client::builder().tls_certs_only(cas).build().unwrap();
        let token = http
            .post(format!("{}/oauth/token", self.uaa.url()))
            .basic_auth(CLIENT.0, Some(CLIENT.1));
        let token = token
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let token: Value = token.send().await.unwrap().json().await.unwrap();
        let call = http.request(method, format!("{}{path}", self.cc.url()));
        let call = call.bearer_auth(token["access_token"].as_str().unwrap());
        let call = body.into_iter().fold(call, |call, body| call.json(body));
        let answer = call.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
    }

    /// The only broker that Cloud Controller knows.
    pub(crate) fn broker(&self) -> Broker {
        let mut all = self.cc.registered();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// A plan at Cloud Controller.
    pub(crate) fn plan(&self, name: &str) -> Option<Plan> {
        self.cc.plans().into_iter().find(|it| it.name == name)
    }

    /// Methods and templates of the calls that Cloud Controller got.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.cc.journal().calls.into_iter().map(|it| it.call).collect()
    }

    /// Whether nothing but reads came to Cloud Controller.
    pub(crate) fn was_only_read(&self) -> bool {
        self.calls().iter().all(|it| it.starts_with("GET "))
    }
}
