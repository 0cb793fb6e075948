//! A broker that does as it is told, over plain HTTP.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

/// A running broker. Unless it is told otherwise it does everything at once.
pub(crate) struct Broker {
    pub(crate) url: String,
    desk: Desk,
    serving: tokio::task::JoinHandle<()>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
}

type Desk = Arc<Mutex<Told>>;

struct Told {
    catalog: Value,
    rules: Vec<Rule>,
    asked: Vec<Asked>,
}

#[derive(Clone)]
struct Rule {
    method: String,
    /// How the path ends, or `*` and a part of it.
    path: String,
    status: u16,
    body: Value,
    /// It waits for this.
    gate: Option<watch::Receiver<bool>>,
}

/// A call that waits until this is opened, or dropped.
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(crate) fn open(self) {
        let _ = self.0.send(true);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Broker {
    pub(crate) async fn start() -> Self {
        let desk: Desk = Arc::new(Mutex::new(Told {
            catalog: catalog(),
            rules: Vec::new(),
            asked: Vec::new(),
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(desk.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, desk, serving }
    }

    /// What it offers from now on.
    pub(crate) fn offers(&self, catalog: Value) {
        self.desk.lock().expect("the desk").catalog = catalog;
    }

    /// What it answers from now on; the last that fits counts.
    pub(crate) fn answers(&self, method: &str, path: &str, status: u16, body: Value) {
        self.rule(method, path, status, body, None);
    }

    /// The same, but not before the gate is open.
    pub(crate) fn holds(&self, method: &str, path: &str, status: u16, body: Value) -> Gate {
        let (open, gate) = watch::channel(false);
        self.rule(method, path, status, body, Some(gate));
        Gate(open)
    }

    fn rule(&self, method: &str, path: &str, status: u16, body: Value, gate: Option<watch::Receiver<bool>>) {
        let rule = Rule {
            method: method.to_owned(),
            path: path.to_owned(),
            status,
            body,
            gate,
        };
        self.desk.lock().expect("the desk").rules.push(rule);
    }

    /// It does everything at once again.
    pub(crate) fn behaves(&self) {
        self.desk.lock().expect("the desk").rules.clear();
    }

    /// The requests so far.
    pub(crate) fn asked(&self, method: &str, path: &str) -> Vec<Asked> {
        let desk = self.desk.lock().expect("the desk");
        let all = desk
            .asked
            .iter()
            .filter(|it| it.method == method && it.path.contains(path));
        all.cloned().collect()
    }
}

async fn answer(State(desk): State<Desk>, method: Method, uri: Uri, body: Bytes) -> Response {
    let (method, path) = (method.as_str().to_owned(), uri.path().to_owned());
    let (rule, catalog) = {
        let mut desk = desk.lock().expect("the desk");
        desk.asked.push(Asked {
            method: method.clone(),
            path: path.clone(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        let fits = |it: &&Rule| {
            let place = match it.path.strip_prefix('*') {
                Some(part) => path.contains(part),
                None => path.ends_with(&it.path),
            };
            it.method == method && place
        };
        (desk.rules.iter().rev().find(fits).cloned(), desk.catalog.clone())
    };
    let (status, body) = match rule {
        Some(mut rule) => {
            if let Some(gate) = &mut rule.gate {
                // A gate that was dropped is open, too.
                let _ = gate.wait_for(|open| *open).await;
            }
            (rule.status, rule.body)
        }
        None => usual(&method, &path, catalog),
    };
    let status = StatusCode::from_u16(status).expect("a status");
    (status, axum::Json(body)).into_response()
}

fn usual(method: &str, path: &str, catalog: Value) -> (u16, Value) {
    let binding = path.contains("/service_bindings/");
    match method {
        "GET" if path == "/v2/catalog" => (200, catalog),
        "GET" if path.ends_with("/last_operation") => (200, json!({"state": "succeeded", "description": "done"})),
        "GET" => (200, json!({"parameters": {"size": 3}})),
        "PUT" if binding => (201, json!({"credentials": {"password": "open sesame"}})),
        "PUT" => (201, json!({"dashboard_url": "https://dashboard.example/1"})),
        _ => (200, json!({})),
    }
}

/// `redis` with `small` (version 1.0.0) and `large`, and `plain`, which can do nothing.
pub(crate) fn catalog() -> Value {
    let plan = |name: &str| json!({"id": format!("{name}-id"), "name": name, "description": name, "free": true});
    let mut small = plan("small");
    small["maintenance_info"] = json!({"version": "1.0.0", "description": "the first"});
    small["metadata"] = json!({"costs": [{"amount": {"usd": 9.5}, "unit": "MONTHLY"}]});
    small["schemas"] = json!({"service_instance": {"create": {"parameters": {
        "$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
    }}}});
    json!({"services": [
        {
            "id": "redis-id", "name": "redis", "description": "Redis", "bindable": true, "plan_updateable": true,
            "instances_retrievable": true, "bindings_retrievable": true, "tags": ["cache"],
            "metadata": {"documentationUrl": "https://docs.example", "shareable": true},
            "plans": [small, plan("large")],
        },
        {
            "id": "plain-id", "name": "plain", "description": "Plain", "bindable": false,
            "plans": [plan("bare")],
        },
    ]})
}
