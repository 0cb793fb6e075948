//! The broker under test, and a journal of everything that was asked and answered.
use super::{
    binding,
    items::{Covered, Endpoint, Item},
    updates,
    wire::{Reply, Request, talk},
};
use chandler_proto::{layout::instance_key, records::Record};
use chandler_simulators::bosh::{TaskKind, TaskView};
use chandler_tests::{
    platform::Platform,
    settings::{SERVICE, SMALL},
    wait,
    world::World,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// No operation of a check may take longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

pub(crate) struct Floor {
    pub(crate) world: World,
    pub(crate) address: String,
    journal: Mutex<Vec<Exchange>>,
    covered: Mutex<Covered>,
    /// What only who has the right to a binding may read.
    secrets: Mutex<BTreeSet<String>>,
}

/// A request and what was answered.
pub(crate) struct Exchange {
    /// `None` for what is no call of this release.
    pub(crate) at: Option<Endpoint>,
    pub(crate) request: Request,
    pub(crate) reply: Reply,
    pub(crate) took: Duration,
    /// The status that the check asked for.
    pub(crate) wanted: Option<u16>,
}

/// The path of an instance.
pub(crate) fn path(id: &str) -> String {
    format!("/v2/service_instances/{id}")
}

/// PUT of an instance; `query` without `?`.
pub(crate) fn put_with(id: &str, query: &str, body: &Value) -> Request {
    Request::new("PUT", &format!("{}?{query}", path(id))).json(body)
}
pub(crate) fn put(id: &str, parameters: Value) -> Request {
    put_with(id, "accepts_incomplete=true", &Platform::body(parameters))
}
pub(crate) fn get(id: &str) -> Request {
    Request::new("GET", &path(id))
}
pub(crate) fn delete(id: &str) -> Request {
    let ids = format!("service_id={SERVICE}&plan_id={SMALL}");
    Request::new("DELETE", &format!("{}?accepts_incomplete=true&{ids}", path(id)))
}
/// A poll as Cloud Controller sends it. Everything in `operation` is encoded that isn't unreserved.
pub(crate) fn poll(id: &str, operation: Option<&str>) -> Request {
    let mut target = format!("{}/last_operation?service_id={SERVICE}&plan_id={SMALL}", path(id));
    if let Some(operation) = operation {
        target.push_str("&operation=");
        target.push_str(&encoded(operation));
    }
    Request::new("GET", &target)
}

/// Whether RFC 3986 leaves it alone in every part of a URL.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if is_unreserved(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

impl Endpoint {
    /// A call that changes nothing, and the status that says that it was looked at. The instance must not exist.
    pub(crate) fn probe(self, id: &str) -> (Request, u16) {
        match self {
            Endpoint::Catalog => (Request::new("GET", "/v2/catalog"), 200),
            Endpoint::Provision => (put_with(id, "", &Platform::body(serde_json::json!({}))), 422),
            Endpoint::Fetch => (get(id), 404),
            Endpoint::Deprovision => (
                Request::new("DELETE", &format!("{}?service_id={SERVICE}&plan_id={SMALL}", path(id))),
                422,
            ),
            Endpoint::LastOperation => (poll(id, None), 404),
            Endpoint::Update => (updates::patch(id, &serde_json::json!({"parameters": {}})), 404),
            Endpoint::Bind => (binding::bind(id, "probe", serde_json::json!({})), 404),
            Endpoint::FetchBinding => (binding::fetch(id, "probe"), 404),
            // It leaves a mark where nothing is.
            Endpoint::Unbind => (binding::unbind(id, "probe-of-unbind"), 410),
            Endpoint::BindingLastOperation => (binding::poll(id, "probe", None), 404),
        }
    }
    fn of(request: &Request) -> Option<Self> {
        let path = request.target.split('?').next()?;
        let segments: Vec<_> = path.split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            (_, ["v2", "service_instances", "", ..] | ["v2", "service_instances", _, "service_bindings", "", ..]) => {
                None
            }
            ("GET" | "HEAD", ["v2", "catalog"]) => Some(Endpoint::Catalog),
            ("PUT", ["v2", "service_instances", _]) => Some(Endpoint::Provision),
            ("GET" | "HEAD", ["v2", "service_instances", _]) => Some(Endpoint::Fetch),
            ("DELETE", ["v2", "service_instances", _]) => Some(Endpoint::Deprovision),
            ("PATCH", ["v2", "service_instances", _]) => Some(Endpoint::Update),
            ("GET" | "HEAD", ["v2", "service_instances", _, "last_operation"]) => Some(Endpoint::LastOperation),
            ("PUT", ["v2", "service_instances", _, "service_bindings", _]) => Some(Endpoint::Bind),
            ("GET" | "HEAD", ["v2", "service_instances", _, "service_bindings", _]) => Some(Endpoint::FetchBinding),
            ("DELETE", ["v2", "service_instances", _, "service_bindings", _]) => Some(Endpoint::Unbind),
            ("GET" | "HEAD", ["v2", "service_instances", _, "service_bindings", _, "last_operation"]) => {
                Some(Endpoint::BindingLastOperation)
            }
            _ => None,
        }
    }
}

impl Floor {
    pub(crate) fn new(world: World) -> Self {
        let address = world.platform.url.trim_start_matches("http://").to_owned();
        Floor {
            world,
            address,
            journal: Mutex::default(),
            covered: Mutex::default(),
            secrets: Mutex::default(),
        }
    }
    /// Whether credentials of bindings go to CredHub.
    pub(crate) fn is_secure(&self) -> bool {
        self.world.systems.credhub.is_some()
    }
    /// From now on nobody else may be told.
    pub(crate) fn keeps(&self, secret: &str) {
        self.secrets.lock().unwrap().insert(secret.to_owned());
    }
    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        self.secrets.lock().unwrap().clone()
    }

    /// To be called after the assertions have passed.
    pub(crate) fn covers(&self, ids: &[&str]) {
        self.covered.lock().unwrap().add(None, ids);
    }
    /// The same for items of the scope `each`.
    pub(crate) fn covers_at(&self, at: Endpoint, ids: &[&str]) {
        self.covered.lock().unwrap().add(Some(at), ids);
    }
    /// What was checked on the other floor was checked.
    pub(crate) fn takes_over(&self, other: &Floor) {
        self.covered.lock().unwrap().merge(&other.covered.lock().unwrap());
    }
    pub(crate) fn gaps(&self, items: &[Item]) -> Vec<String> {
        self.covered.lock().unwrap().gaps(items)
    }
    pub(crate) fn journal(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.journal.lock().unwrap()
    }

    pub(crate) async fn ask(&self, request: Request) -> Reply {
        self.exchange(request, None).await
    }
    async fn exchange(&self, request: Request, wanted: Option<u16>) -> Reply {
        let began = Instant::now();
        let reply = talk(&self.address, &request.wire(), false).await;
        let Some(reply) = reply else {
            panic!("the connection ended without an answer: {request:?}")
        };
        let exchange = Exchange {
            at: Endpoint::of(&request),
            request,
            reply: reply.clone(),
            took: began.elapsed(),
            wanted,
        };
        self.journal().push(exchange);
        reply
    }
    /// Asks, and expects this status.
    pub(crate) async fn expect(&self, status: u16, request: Request) -> Reply {
        let said = format!(
            "{} {} {:?}",
            request.method,
            request.target,
            String::from_utf8_lossy(&request.body[..request.body.len().min(300)])
        );
        let reply = self.exchange(request, Some(status)).await;
        assert_eq!(
            reply.status,
            status,
            "{said}: {:?} {:?}",
            reply.headers,
            String::from_utf8_lossy(&reply.bytes)
        );
        reply
    }
    /// Has an operation accepted: its string.
    pub(crate) async fn accepted(&self, request: Request) -> String {
        let reply = self.expect(202, request).await;
        reply.body["operation"]
            .as_str()
            .unwrap_or_else(|| panic!("no operation: {reply:?}"))
            .to_owned()
    }
    /// Polls until the operation has ended: 410, or `succeeded` or `failed`.
    pub(crate) async fn ended(&self, id: &str, operation: &str) -> Reply {
        wait::until(&format!("{operation} of {id} ends"), LIMIT, || async {
            let reply = self.ask(poll(id, Some(operation))).await;
            assert!([200, 410].contains(&reply.status), "{reply:?}");
            (reply.body["state"] != "in progress").then_some(reply)
        })
        .await
    }
    /// Provisions and waits for `succeeded`: the operation string.
    pub(crate) async fn provisioned(&self, id: &str, parameters: Value) -> String {
        let operation = self.accepted(put(id, parameters)).await;
        let reply = self.ended(id, &operation).await;
        assert_eq!(reply.body["state"], "succeeded", "{reply:?}");
        operation
    }
    /// Deletes and waits until it is gone: the operation string.
    pub(crate) async fn deprovisioned(&self, id: &str) -> String {
        let operation = self.accepted(delete(id)).await;
        let reply = self.ended(id, &operation).await;
        assert_eq!(reply.status, 410, "{reply:?}");
        operation
    }

    /// The record as the bus has it.
    pub(crate) async fn record(&self, id: &str) -> Option<Record> {
        let read = self.world.bus.read(instance_key(id).as_str()).await.unwrap();
        read.entry.map(|entry| Record::parse(&entry.value).unwrap())
    }
    /// The Director's tasks of an instance.
    pub(crate) fn tasks(&self, id: &str, kind: TaskKind) -> Vec<TaskView> {
        let name = format!("service-instance_{id}");
        self.world
            .director
            .tasks()
            .into_iter()
            .filter(|task| task.deployment == name && task.kind == kind)
            .collect()
    }
    pub(crate) fn is_deployed(&self, id: &str) -> bool {
        let name = format!("service-instance_{id}");
        self.world
            .director
            .deployments()
            .iter()
            .any(|deployment| deployment.name == name)
    }
    /// Nothing is there, on the bus and at the Director.
    pub(crate) async fn is_unknown(&self, id: &str) {
        let record = self.record(id).await;
        assert!(record.is_none(), "{id}: {record:?}");
        assert!(
            !self.is_deployed(id) && self.tasks(id, TaskKind::Deploy).is_empty(),
            "{id} reached the Director"
        );
    }
}
