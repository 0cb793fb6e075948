//! The control API over HTTP, beside a state that is written by hand.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::cloud_controller::broker::Work;
use crate::cloud_controller::model::*;
use crate::cloud_controller::{CloudController, Options};
use crate::uaa::Verifier;

/// A simulator and its control API.
struct Bench {
    simulator: CloudController,
    http: Client,
}

impl Bench {
    async fn start() -> Self {
        // Only the control API is asked, in plain HTTP; the client wants a provider all the same.
        _ = rustls::crypto::ring::default_provider().install_default();
        let options = Options::new(Verifier::offline("https://uaa.test"));
        let simulator = CloudController::start(options).await.expect("it starts");
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { simulator, http }
    }

    /// Status, and JSON or null.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let address = format!("{}/control/{path}", self.simulator.control_url());
        let mut request = self.http.request(method, address);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Lets the broker's catalog be read (there is nobody), and waits until that is over.
    async fn synchronise(&self) {
        let world = self.simulator.world();
        let job = world.shared.lock().add_job("service_broker.update", None, 1.0);
        let broker = "b".to_owned();
        world.brokers.start(&job, Work::Synchronise { broker, user: None });
        let idle = async {
            while self.get("idle").await != json!({"idle": true}) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), idle).await;
        waited.expect("it comes to an end");
        assert_eq!(world.job(&job).map(|it| it.state), Some(JobState::Failed));
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}");
        body
    }
}

/// A broker with a binding, both full of secrets.
fn fill(simulator: &CloudController) {
    let world = simulator.world();
    let mut state = world.shared.lock();
    let broker = Broker {
        guid: "b".to_owned(),
        name: "odb".to_owned(),
        url: "http://127.0.0.1:9".to_owned(),
        username: "user".to_owned(),
        password: "hush".to_owned(),
        space: None,
        state: BrokerState::Available,
        pending: Some(BrokerChange {
            credentials: Some(("user".to_owned(), "hush".to_owned())),
            ..BrokerChange::default()
        }),
        metadata: Metadata::default(),
        stamp: state.stamp(1.0),
    };
    state.brokers.insert(broker.guid.clone(), broker);
    // The names count backwards: rows come by age.
    for name in ["z", "y", "x"] {
        let binding = Binding {
            guid: name.to_owned(),
            name: Some("key".to_owned()),
            kind: BindingKind::Key,
            instance: "i".to_owned(),
            credentials: Some(json!({"password": "hush"})),
            syslog_drain_url: Some("https://drain.test/hush".to_owned()),
            volume_mounts: Some(json!([{"device": {"mount_config": "hush"}}])),
            metadata: Metadata::default(),
            last_operation: LastOperation::begin(OperationKind::Create, 1.0),
            stamp: state.stamp(1.0),
        };
        state.bindings.insert(binding.guid.clone(), binding);
    }
    for ends in [
        JobState::Processing,
        JobState::Polling,
        JobState::Complete,
        JobState::Failed,
    ] {
        let job = state.add_job("service_keys.create", Some(("service_credential_binding", "z")), 1.0);
        state.job_is(&job, ends, 1.0);
    }
}

#[tokio::test]
async fn the_state_shows_rows_and_no_secrets() {
    let bench = Bench::start().await;
    fill(&bench.simulator);
    let state = bench.get("state").await;
    let all = [
        "organizations",
        "spaces",
        "brokers",
        "offerings",
        "plans",
        "instances",
        "bindings",
        "jobs",
    ];
    assert_eq!(
        state.as_object().map(|it| it.keys().map(String::as_str).collect()),
        Some(Vec::from(all))
    );
    assert_eq!(state["organizations"][0]["name"], "demo");
    assert_eq!(
        (&state["spaces"][0]["name"], &state["spaces"][0]["organization"]),
        (&json!("dev"), &state["organizations"][0]["guid"])
    );
    assert_eq!(
        (&state["brokers"][0]["name"], &state["brokers"][0]["username"]),
        (&json!("odb"), &json!("user"))
    );
    let guids: Vec<&Value> = state["bindings"]
        .as_array()
        .expect("bindings")
        .iter()
        .map(|it| &it["guid"])
        .collect();
    assert_eq!(guids, ["z", "y", "x"]);
    assert_eq!(state["bindings"][0]["last_operation"]["state"], "initial");
    let running: Vec<&Value> = state["jobs"]
        .as_array()
        .expect("jobs")
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(running, ["PROCESSING", "POLLING"]);
    assert!(!state.to_string().contains("hush"), "{state}");
    bench.simulator.stop().await;
}

#[tokio::test]
async fn calls_of_brokers_are_shown_and_forgotten() {
    let bench = Bench::start().await;
    fill(&bench.simulator);
    assert_eq!(bench.get("outgoing").await, json!([]));
    bench.synchronise().await;
    let calls = bench.get("outgoing").await;
    assert_eq!(calls.as_array().map(Vec::len), Some(1), "{calls}");
    assert_eq!(
        (&calls[0]["method"], &calls[0]["path"]),
        (&json!("GET"), &json!("/v2/catalog"))
    );
    assert_eq!(
        (&calls[0]["purpose"], &calls[0]["fate"]),
        (&json!("catalog"), &json!("unreachable"))
    );
    assert_eq!(bench.ask(Method::DELETE, "outgoing", None).await.0, 204);
    assert_eq!(bench.get("outgoing").await, json!([]));
    bench.synchronise().await;
    assert_eq!(bench.get("outgoing").await.as_array().map(Vec::len), Some(1));
    bench.simulator.stop().await;
}

#[tokio::test]
async fn faults_of_outgoing_calls_are_armed_and_cleared() {
    let bench = Bench::start().await;
    fill(&bench.simulator);
    let fault = |method: &str| json!({"method": method, "path": "/v2/catalog", "action": "time_out_unsent"});
    let mut numbers = Vec::new();
    for method in ["GET", "PUT"] {
        let (status, armed) = bench.ask(Method::POST, "outgoing/faults", Some(fault(method))).await;
        assert_eq!(status, 201);
        numbers.push(armed["id"].as_u64().expect("a number"));
    }
    let nonsense = json!({"action": "explode"});
    assert_eq!(bench.ask(Method::POST, "outgoing/faults", Some(nonsense)).await.0, 422);
    let disarm = async |number: u64| {
        bench
            .ask(Method::DELETE, &format!("outgoing/faults/{number}"), None)
            .await
            .0
    };
    assert_eq!(disarm(numbers[1]).await, 204);
    bench.synchronise().await;
    assert_eq!(disarm(numbers[0]).await, 204);
    bench.synchronise().await;
    assert_eq!(
        bench.ask(Method::POST, "outgoing/faults", Some(fault("GET"))).await.0,
        201
    );
    bench.synchronise().await;
    assert_eq!(bench.ask(Method::DELETE, "outgoing/faults", None).await.0, 204);
    bench.synchronise().await;
    let calls = bench.get("outgoing").await;
    let fates: Vec<&Value> = calls.as_array().expect("calls").iter().map(|it| &it["fate"]).collect();
    assert_eq!(fates, ["timed_out", "unreachable", "timed_out", "unreachable"]);
    bench.simulator.stop().await;
}

/// The common routes are there, too.
#[tokio::test]
async fn faults_of_incoming_calls_are_those_of_all_simulators() {
    let bench = Bench::start().await;
    let fault = json!({"path": "/v3/jobs", "call": {"do": "lose_request"}});
    assert_eq!(bench.ask(Method::POST, "faults", Some(fault)).await.0, 201);
    assert_eq!(bench.get("faults").await[0]["fault"]["path"], "/v3/jobs");
    assert_eq!(
        bench
            .ask(Method::PUT, "settings", Some(json!({"latency_ms": 1})))
            .await
            .0,
        204
    );
    bench.simulator.stop().await;
}
