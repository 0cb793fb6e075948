//! A broker that does as it is told, over plain HTTP.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running broker. Unless it is told otherwise it does everything at once.
pub(super) struct Broker {
    pub(super) url: String,
    desk: Desk,
    serving: JoinHandle<()>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Method and path.
    pub(super) line: String,
    pub(super) authorization: String,
    pub(super) body: Value,
}

type Desk = Arc<Mutex<Told>>;

struct Told {
    catalog: Value,
    rules: Vec<Rule>,
    asked: Vec<Asked>,
}

#[derive(Clone)]
struct Rule {
    line: String,
    answer: Option<(u16, Value)>,
    gate: Option<watch::Receiver<bool>>,
}

/// A call that waits until this is opened, or dropped.
pub(super) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(super) fn open(&self) {
        self.0.send_replace(true);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Broker {
    pub(super) async fn start() -> Self {
        let told = Told {
            catalog: catalog("1.0.0"),
            rules: Vec::new(),
            asked: Vec::new(),
        };
        let desk: Desk = Arc::new(Mutex::new(told));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(desk.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, desk, serving }
    }

    fn desk(&self) -> MutexGuard<'_, Told> {
        self.desk.lock().unwrap()
    }

    /// What it offers from now on.
    pub(super) fn offers(&self, catalog: Value) {
        self.desk().catalog = catalog;
    }

    /// What it answers from now on when method and path begin with this.
    pub(super) fn answers(&self, line: &str, status: u16, body: Value) {
        self.rule(line, Some((status, body)), None);
    }

    /// From now on it answers as usual, but not before the gate is open.
    pub(super) fn holds(&self, line: &str) -> Gate {
        let (open, gate) = watch::channel(false);
        self.rule(line, None, Some(gate));
        Gate(open)
    }

    fn rule(&self, line: &str, answer: Option<(u16, Value)>, gate: Option<watch::Receiver<bool>>) {
        let line = line.to_owned();
        self.desk().rules.push(Rule { line, answer, gate });
    }

    /// It does everything at once again.
    pub(super) fn behaves(&self) {
        self.desk().rules.clear();
    }

    /// The requests so far whose method and path begin with this.
    pub(super) fn asked(&self, line: &str) -> Vec<Asked> {
        let desk = self.desk();
        let asked = desk.asked.iter().filter(|it| it.line.starts_with(line));
        asked.cloned().collect()
    }
}

async fn answer(State(desk): State<Desk>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let line = format!("{method} {}", uri.path());
    let authorization = headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
    let (rule, catalog) = {
        let mut desk = desk.lock().unwrap();
        desk.asked.push(Asked {
            line: line.clone(),
            authorization: authorization.unwrap_or_default(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        let rule = desk.rules.iter().rev().find(|it| line.starts_with(&it.line)).cloned();
        (rule, desk.catalog.clone())
    };
    let (told, gate) = rule.map_or((None, None), |rule| (rule.answer, rule.gate));
    if let Some(mut gate) = gate {
        // One that was dropped is open, too.
        let _ = gate.wait_for(|open| *open).await;
    }
    let (status, body) = told.unwrap_or_else(|| usual(&line, catalog));
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn usual(line: &str, catalog: Value) -> (u16, Value) {
    let is_binding = line.contains("/service_bindings/");
    match line.split(' ').next() {
        Some("GET") if line.ends_with("/v2/catalog") => (200, catalog),
        Some("GET") => (200, json!({"state": "succeeded", "description": "all done"})),
        Some("PUT") if is_binding => (201, json!({"credentials": {"password": "open sesame"}})),
        Some("PUT") => (201, json!({"dashboard_url": "https://dashboard.example/1"})),
        _ => (200, json!({})),
    }
}

/// `redis` with `small`, which has this version, and `large`, which has none.
pub(super) fn catalog(version: &str) -> Value {
    let mut small = plan("small-id", "small");
    small["maintenance_info"] = json!({"version": version, "description": "an update"});
    json!({"services": [service("redis-id", "redis", &[small, plan("large-id", "large")])]})
}

pub(super) fn service(id: &str, name: &str, plans: &[Value]) -> Value {
    json!({
        "id": id, "name": name, "description": "a service", "bindable": true, "plan_updateable": true, "plans": plans,
    })
}

pub(super) fn plan(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "description": "a plan"})
}
