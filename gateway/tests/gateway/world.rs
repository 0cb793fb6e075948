//! A bus, gateways, and the platform's side of the wire.
pub(crate) use crate::config::{PLAN, SERVICE, config, config_text, sealer};
use crate::nats::Nats;
use chandler_bus::{BootstrapSettings, Bus, Settings};
use chandler_gateway::{Checked, Ended, Gateway, Process, Reloader};
use chandler_process::{Clock, Health, Registry, Shutdown, SystemClock};
use chandler_proto::{
    config::Config,
    ids::{Millis, TurnId},
    job::{Event, Facts, OwnClient, Stamp},
    layout::{self, Key, Layout, instance_key},
    records::Record,
    step::{Step, UaaClientsStep, Worker},
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// One gateway of several.
pub(crate) struct Served {
    pub(crate) addr: SocketAddr,
    pub(crate) health: Health,
    pub(crate) registry: Registry,
    pub(crate) shutdown: Shutdown,
    pub(crate) reloader: Reloader,
    pub(crate) task: JoinHandle<Ended>,
}

pub(crate) struct World {
    pub(crate) nats: Nats,
    pub(crate) bus: Bus,
    pub(crate) gateways: Vec<Served>,
    http: Client,
}

/// What a request got.
#[derive(Debug, PartialEq)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl World {
    /// A bus that knows everything, and so many gateways.
    pub(crate) async fn new(gateways: usize) -> Self {
        let world = World::incomplete(gateways).await;
        world.bus.write(&layout::complete_key(), "{}".into(), 0).await.unwrap();
        world
    }

    /// A bus without the mark that it knows everything.
    pub(crate) async fn incomplete(gateways: usize) -> Self {
        let mut world = World::under(Nats::start(), "chandler").await;
        for _ in 0..gateways {
            world.gateway(Arc::new(SystemClock::new())).await;
        }
        world
    }

    /// The same without gateways, on a bus that may be others' too: its names begin with the prefix.
    pub(crate) async fn under(nats: Nats, prefix: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let layout = Layout::new(prefix).unwrap();
        let settings = Settings {
            urls: vec![nats.url()],
            user: None,
            password: None,
            ca_pem: None,
            layout,
            name: "test".into(),
        };
        let bus = Bus::connect(settings).await.unwrap();
        bus.connected().await;
        let workers = Worker::ALL.iter().map(|worker| worker.name());
        bus.bootstrap(&BootstrapSettings::new(workers)).await.unwrap();
        let http = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        World {
            nats,
            bus,
            gateways: Vec::new(),
            http,
        }
    }

    /// Starts one more gateway and waits until it is ready.
    pub(crate) async fn gateway(&mut self, clock: Arc<dyn Clock>) {
        let url = self.nats.url();
        self.gateway_at(clock, &url).await;
    }

    /// Starts one more gateway, which is configured otherwise.
    pub(crate) async fn gateway_of(&mut self, config: &Config) {
        self.start(Arc::new(SystemClock::new()), config).await;
    }

    /// Starts one more gateway, which knows the bus by this address.
    pub(crate) async fn gateway_at(&mut self, clock: Arc<dyn Clock>, url: &str) {
        self.start(clock, &config(url)).await;
    }

    /// Starts one more gateway and waits until it is ready.
    pub(crate) async fn start(&mut self, clock: Arc<dyn Clock>, config: &Config) {
        let (health, shutdown) = (Health::new(), Shutdown::manual());
        let registry = Registry::new("test", clock.as_ref());
        let process = Process {
            clock,
            registry: registry.clone(),
            health: health.clone(),
            shutdown: shutdown.clone(),
        };
        let checked = Checked::new(config).unwrap();
        let gateway: Gateway = checked.listen("127.0.0.1:0".parse().unwrap(), process).await.unwrap();
        let (addr, reloader) = (gateway.addr(), gateway.reloader());
        let task = tokio::spawn(gateway.run());
        let ready = health.clone();
        self.gateways.push(Served {
            addr,
            health,
            registry,
            shutdown,
            reloader,
            task,
        });
        until("the gateway is ready", || async { ready.is_ready() }).await;
    }

    /// A request as a platform makes it.
    pub(crate) fn ask(&self, gateway: usize, method: Method, path: &str) -> RequestBuilder {
        self.ask_at(self.gateways[gateway].addr, method, path)
    }

    /// The same, of a gateway that isn't one of this world's.
    pub(crate) fn ask_at(&self, addr: SocketAddr, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("http://{addr}{path}"))
            .basic_auth("broker", Some("p:ss"))
            .header("X-Broker-API-Version", "2.17")
    }

    pub(crate) fn put(&self, gateway: usize, id: &str, body: &Value) -> RequestBuilder {
        self.ask(
            gateway,
            Method::PUT,
            &format!("/v2/service_instances/{id}?accepts_incomplete=true"),
        )
        .json(body)
    }

    pub(crate) fn patch(&self, gateway: usize, id: &str, body: &Value) -> RequestBuilder {
        let path = format!("/v2/service_instances/{id}?accepts_incomplete=true");
        self.ask(gateway, Method::PATCH, &path).json(body)
    }

    pub(crate) fn delete(&self, gateway: usize, id: &str) -> RequestBuilder {
        let query = format!("accepts_incomplete=true&service_id={SERVICE}&plan_id={PLAN}");
        self.ask(gateway, Method::DELETE, &format!("/v2/service_instances/{id}?{query}"))
    }

    pub(crate) fn get(&self, gateway: usize, id: &str) -> RequestBuilder {
        self.ask(gateway, Method::GET, &format!("/v2/service_instances/{id}"))
    }

    pub(crate) fn poll(&self, gateway: usize, id: &str, operation: &str) -> RequestBuilder {
        let path = format!("/v2/service_instances/{id}/last_operation");
        self.ask(gateway, Method::GET, &path).query(&[("operation", operation)])
    }

    /// The record of an instance as the leader has it.
    pub(crate) async fn record(&self, id: &str) -> Option<(Record, u64)> {
        self.record_at(&instance_key(id)).await
    }

    pub(crate) async fn record_at(&self, key: &Key) -> Option<(Record, u64)> {
        let read = self.bus.read(key).await.unwrap();
        read.entry
            .map(|entry| (Record::parse(&entry.value).unwrap(), entry.revision))
    }

    /// What a worker would write.
    pub(crate) async fn turn(&self, id: &str, event: Event) {
        self.turn_at(&instance_key(id), event).await;
    }

    pub(crate) async fn turn_at(&self, key: &Key, event: Event) {
        self.turn_with(key, [event]).await;
    }

    /// Several events of one turn.
    pub(crate) async fn turn_with(&self, key: &Key, events: impl IntoIterator<Item = Event>) {
        let (mut record, over) = self.record_at(key).await.unwrap();
        let by = Stamp {
            now: now(),
            turn: TurnId(Uuid::now_v7()),
            over,
        };
        for event in events {
            record = record.apply(event, by, Duration::from_secs(600)).unwrap();
        }
        self.bus.write(key, record.bytes().into(), over).await.unwrap();
    }

    /// Polls until the operation has ended: what is running may be told from memory, a moment old.
    pub(crate) async fn ended(&self, gateway: usize, id: &str, operation: &str) -> Got {
        self.ended_by(|| self.poll(gateway, id, operation)).await
    }

    pub(crate) async fn ended_by(&self, poll: impl Fn() -> RequestBuilder) -> Got {
        let end = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let got = send(poll()).await;
            if got.body["state"] != "in progress" {
                return got;
            }
            assert!(tokio::time::Instant::now() < end, "it is in progress for ever: {got:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Plays the worker to the end of the job.
    pub(crate) async fn finish(&self, id: &str) {
        self.finish_at(&instance_key(id)).await;
    }

    pub(crate) async fn finish_at(&self, key: &Key) {
        loop {
            let job = self.record_at(key).await.unwrap().0.job;
            if job.finished() {
                return;
            }
            let own_client = match job.step() {
                Some(Step::UaaClients(UaaClientsStep::Ensure)) => Some(OwnClient::Made),
                Some(Step::UaaClients(UaaClientsStep::Remove)) => Some(OwnClient::Gone),
                Some(_) | None => None,
            };
            let facts = Facts {
                own_client,
                ..Facts::default()
            };
            self.turn_at(key, Event::LegDone { facts }).await;
        }
    }
}

/// The body of a PUT.
pub(crate) fn body(parameters: Value) -> Value {
    json!({
        "service_id": SERVICE, "plan_id": PLAN, "organization_guid": "o", "space_guid": "s",
        "context": { "platform": "cloudfoundry", "instance_name": "mine" },
        "parameters": parameters,
    })
}

pub(crate) fn now() -> Millis {
    Millis(SystemClock::new().now_ms())
}

/// Sends, and holds every answer to what goes for all: JSON, and a description where something went wrong.
pub(crate) async fn send(request: RequestBuilder) -> Got {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {text:?}: {error}"));
    assert_eq!(headers["content-type"], "application/json", "{status} {text}");
    assert!(body.is_object(), "{status} {text}");
    if (status.is_client_error() || status.is_server_error()) && status != StatusCode::GONE {
        assert!(
            body["description"].as_str().is_some_and(|text| !text.is_empty()),
            "{status} {text}"
        );
    }
    Got { status, headers, body }
}

impl Got {
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }
    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }
    pub(crate) fn operation(&self) -> String {
        self.is(202).body["operation"].as_str().unwrap().to_owned()
    }
    pub(crate) fn state(&self) -> &str {
        self.is(200).body["state"].as_str().unwrap()
    }
}

/// Waits for a condition, not for time.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let end = tokio::time::Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(tokio::time::Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
