//! A broker that says what it is told, word for word, and a Cloud Controller that knows it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use chandler_simulators::cloud_controller::{Instance, Options, OutgoingCall};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::v3_bench::{Bench, Person};

/// Cloud Controller with a registered broker whose plans are public.
pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) script: Script,
}

/// A running broker. What it isn't told it does at once.
pub(crate) struct Script {
    pub(crate) url: String,
    desk: Arc<Mutex<Desk>>,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Desk {
    catalog: Value,
    told: BTreeMap<String, Vec<Say>>,
    asked: Vec<Asked>,
}

/// An answer.
#[derive(Clone)]
pub(crate) struct Say {
    status: u16,
    body: String,
    retry_after: Option<&'static str>,
    gate: Option<watch::Receiver<bool>>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// As in `PUT instance`, `DELETE binding`, `GET instance poll`, `GET catalog`.
    pub(crate) what: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// An answer; a text goes out as it is.
pub(crate) fn say(status: u16, body: impl Into<Value>) -> Say {
    let body = match body.into() {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Say {
        status,
        body,
        retry_after: None,
        gate: None,
    }
}

impl Say {
    pub(crate) fn after(self, retry_after: &'static str) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..self
        }
    }

    /// It isn't given before `true` is sent.
    pub(crate) fn held(self) -> (Self, watch::Sender<bool>) {
        let (open, gate) = watch::channel(false);
        let held = Self {
            gate: Some(gate),
            ..self
        };
        (held, open)
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    pub(crate) async fn with(options: impl FnOnce(&mut Options), offer: impl FnOnce(&mut Value)) -> Self {
        let bench = Bench::start(options).await;
        let script = Script::start().await;
        script.offers(offer);
        Self::on(bench, script).await
    }

    /// Registers the broker, and makes its plans public.
    pub(crate) async fn on(bench: Bench, script: Script) -> Self {
        let admin = bench.admin().await;
        let body = registration("scripted", &script.url);
        admin.done("POST", "/v3/service_brokers", body).await;
        for plan in bench.cc.plans() {
            let path = format!("/v3/service_plans/{}/visibility", plan.guid);
            assert_eq!(admin.post(&path, json!({"type": "public"})).await.status, 200);
        }
        Self { bench, script }
    }

    pub(crate) async fn admin(&self) -> Person<'_> {
        self.bench.admin().await
    }

    /// Has the catalog read again.
    pub(crate) async fn synchronised(&self) {
        let broker = self.bench.cc.registered().remove(0);
        let path = format!("/v3/service_brokers/{}", broker.guid);
        self.admin()
            .await
            .done("PATCH", &path, json!({"url": broker.url}))
            .await;
    }

    /// Creates an instance of `small`; the job as it ended.
    pub(crate) async fn create(&self, name: &str) -> Value {
        let body = self.bench.instance(name, "small");
        self.admin().await.ended("POST", "/v3/service_instances", body).await
    }

    /// An instance that is there; its guid.
    pub(crate) async fn created(&self, name: &str) -> String {
        let job = self.create(name).await;
        assert_eq!(job["state"], "COMPLETE", "{job}");
        self.bench.guid_of(name)
    }

    /// Creates a service key; the job as it ended.
    pub(crate) async fn key(&self, instance: &str, name: &str) -> Value {
        let body = self.key_body(instance, name);
        let admin = self.admin().await;
        admin.ended("POST", "/v3/service_credential_bindings", body).await
    }

    pub(crate) fn key_body(&self, instance: &str, name: &str) -> Value {
        let instance = json!({"service_instance": {"data": {"guid": instance}}});
        json!({"type": "key", "name": name, "relationships": instance})
    }

    pub(crate) fn instance(&self, name: &str) -> Instance {
        let all = self.bench.cc.instances();
        all.into_iter().find(|it| it.name == name).expect("the instance")
    }

    /// Type, state and description of what an instance does.
    pub(crate) fn standing(&self, name: &str) -> (String, String, String) {
        standing(&json!(self.instance(name).last_operation))
    }

    /// The guid of a binding, and what it does.
    pub(crate) fn binding(&self, name: &str) -> (String, (String, String, String)) {
        let all = self.bench.cc.bindings();
        let one = all
            .into_iter()
            .find(|it| it.name.as_deref() == Some(name))
            .expect("the binding");
        (one.guid, standing(&json!(one.last_operation)))
    }

    /// Waits until no work is under way.
    pub(crate) async fn idle(&self) {
        self.until(|| self.bench.cc.is_idle()).await;
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, so: impl Fn() -> bool) {
        let waited = tokio::time::timeout(crate::v3_bench::PATIENCE, async {
            while !so() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        });
        assert!(waited.await.is_ok(), "{:?}", self.bench.cc.outgoing());
    }

    /// The calls for this purpose.
    pub(crate) fn outgoing(&self, purpose: &str) -> Vec<OutgoingCall> {
        let all = self.bench.cc.outgoing();
        all.into_iter().filter(|it| it.purpose == purpose).collect()
    }
}

fn standing(operation: &Value) -> (String, String, String) {
    let of = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
    (of("type"), of("state"), of("description"))
}

/// What `standing` is compared with.
pub(crate) fn stands(kind: &str, state: &str, description: &str) -> (String, String, String) {
    (kind.to_owned(), state.to_owned(), description.to_owned())
}

/// Code and detail of the first error of a job that has failed.
pub(crate) fn failure(job: &Value) -> (u64, &str) {
    assert_eq!(job["state"], "FAILED", "{job}");
    let error = &job["errors"][0];
    (
        error["code"].as_u64().unwrap_or_default(),
        error["detail"].as_str().unwrap_or_default(),
    )
}

/// The body of a registration.
pub(crate) fn registration(name: &str, url: &str) -> Value {
    let credentials = json!({"username": "u", "password": "p"});
    json!({"name": name, "url": url, "authentication": {"type": "basic", "credentials": credentials}})
}

impl Script {
    pub(crate) async fn start() -> Self {
        let desk = Arc::new(Mutex::new(Desk {
            catalog: crate::v3_broker::catalog(),
            ..Desk::default()
        }));
        let router = Router::new().fallback(answer).with_state(desk.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, desk, serving }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().expect("the desk")
    }

    /// Changes its catalog; who knows it doesn't notice.
    pub(crate) fn offers(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.desk().catalog);
    }

    /// What it answers from now on, one after the other; the last one stays.
    pub(crate) fn says(&self, what: &str, answers: impl IntoIterator<Item = Say>) {
        self.desk().told.insert(what.to_owned(), answers.into_iter().collect());
    }

    /// It does this at once again.
    pub(crate) fn behaves(&self, what: &str) {
        self.desk().told.remove(what);
    }

    /// The requests of this kind so far.
    pub(crate) fn asked(&self, what: &str) -> Vec<Asked> {
        self.desk().asked.iter().filter(|it| it.what == what).cloned().collect()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.asked(what).len()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(desk): State<Arc<Mutex<Desk>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    let kind = match (path.contains("/service_bindings/"), path.ends_with("/last_operation")) {
        _ if path == "/v2/catalog" => "catalog",
        (false, false) => "instance",
        (false, true) => "instance poll",
        (true, false) => "binding",
        (true, true) => "binding poll",
    };
    let what = format!("{method} {kind}");
    let said = {
        let mut desk = desk.lock().expect("the desk");
        desk.asked.push(Asked {
            what: what.clone(),
            path: path.to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        let usual = usual(&what, &desk.catalog);
        match desk.told.get_mut(&what) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers.first().cloned().unwrap_or(usual),
            None => usual,
        }
    };
    if let Some(mut gate) = said.gate {
        // A gate that was dropped is open, too.
        let _ = gate.wait_for(|open| *open).await;
    }
    let mut response = Response::builder()
        .status(said.status)
        .header("content-type", "application/json");
    if let Some(after) = said.retry_after {
        response = response.header("retry-after", after);
    }
    response.body(said.body.into()).expect("a response")
}

fn usual(what: &str, catalog: &Value) -> Say {
    match what {
        "GET catalog" => say(200, catalog.clone()),
        "PUT instance" => say(201, json!({})),
        "PUT binding" => say(201, json!({"credentials": {"password": "at once"}})),
        "GET instance poll" | "GET binding poll" => say(200, json!({"state": "succeeded", "description": "done"})),
        "GET binding" => say(200, json!({"credentials": {"password": "fetched"}})),
        _ => say(200, json!({})),
    }
}
