//! The simulated service instances API, asked over HTTPS as the on-demand broker asks one.

#![allow(clippy::expect_used, reason = "a test may end so")]

use std::time::Duration;

use chandler_simulators::common::{CallAction, CallFault, Outage};
use chandler_simulators::instances_api::{Instance, InstancesApi, Options};
use reqwest::{Certificate, RequestBuilder};
use serde_json::{Value, json};

struct Bench {
    api: InstancesApi,
    http: reqwest::Client,
}

impl Bench {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let instances = vec![
            Instance::new("i1", "p1").within("s1"),
            Instance::new("i2", "p1").within("s2"),
            Instance::new("i3", "p2"),
        ];
        let options = Options {
            instances,
            ..Options::default()
        };
        let api = InstancesApi::start(options).await.expect("the simulator starts");
        let http = reqwest::Client::builder()
            .tls_certs_only([Certificate::from_pem(api.ca_pem().as_bytes()).expect("a CA")])
            .pool_max_idle_per_host(0)
            .retry(reqwest::retry::never())
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client");
        Self { api, http }
    }

    fn get(&self, query: &str) -> RequestBuilder {
        let request = self.http.get(format!("{}{query}", self.api.url()));
        request.basic_auth("lister", Some("lister-secret"))
    }

    /// Status and body.
    async fn ask(&self, query: &str) -> (u16, Value) {
        let answer = self.get(query).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }
}

#[tokio::test]
async fn it_lists_what_there_is() {
    let bench = Bench::start().await;
    let answer = bench.get("").send().await.expect("an answer");
    let head = answer.headers()["content-type"].to_str().expect("a text");
    assert!(head.starts_with("application/json"), "{head}");
    let all = json!([
        {"service_instance_id": "i1", "plan_id": "p1", "space_guid": "s1"},
        {"service_instance_id": "i2", "plan_id": "p1", "space_guid": "s2"},
        {"service_instance_id": "i3", "plan_id": "p2"},
    ]);
    assert_eq!(bench.ask("").await, (200, all));
    bench.api.set_instances([]);
    assert_eq!(bench.ask("").await, (200, json!([])));
    assert!(bench.api.instances().is_empty());
}

#[tokio::test]
async fn members_are_filters() {
    let bench = Bench::start().await;
    let ids = async |query: &str| -> Vec<String> {
        let (status, body) = bench.ask(query).await;
        assert_eq!(status, 200, "{query}");
        let rows = body.as_array().expect("a list").iter();
        rows.map(|row| row["service_instance_id"].as_str().expect("an id").to_owned())
            .collect()
    };
    assert_eq!(ids("?plan_id=p1").await, ["i1", "i2"]);
    assert_eq!(ids("?plan_id=p1&space_guid=s2").await, ["i2"]);
    assert_eq!(ids("?service_instance_id=i3&other=x").await, ["i3"]);
    assert!(ids("?space_guid=nowhere").await.is_empty());
}

#[tokio::test]
async fn it_wants_the_right_user() {
    let bench = Bench::start().await;
    for request in [
        bench.http.get(bench.api.url()),
        bench.http.get(bench.api.url()).basic_auth("lister", Some("wrong")),
        bench
            .http
            .get(bench.api.url())
            .basic_auth("other", Some("lister-secret")),
        bench.http.get(bench.api.url()).bearer_auth("lister-secret"),
    ] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        assert!(
            answer.headers()["www-authenticate"]
                .to_str()
                .expect("a text")
                .starts_with("Basic ")
        );
        assert_eq!(answer.text().await.expect("a body"), "");
    }
    bench.api.set_password("another");
    assert_eq!(bench.ask("").await.0, 401);
}

#[tokio::test]
async fn there_is_one_call() {
    let bench = Bench::start().await;
    let post = bench
        .http
        .post(bench.api.url())
        .basic_auth("lister", Some("lister-secret"));
    assert_eq!(post.send().await.expect("an answer").status(), 405);
    assert_eq!(bench.ask("/more").await.0, 404);
}

#[tokio::test]
async fn it_can_be_told_to_misbehave() {
    let bench = Bench::start().await;
    let body = || Some("{\"not\":\"a list\"}".to_owned());
    bench.api.set_fault(CallFault::once(
        "GET",
        "/",
        CallAction::Answer {
            status: 200,
            body: body(),
        },
    ));
    assert_eq!(bench.ask("").await, (200, json!({"not": "a list"})));
    bench
        .api
        .set_fault(CallFault::once("GET", "/", CallAction::CutResponse));
    let cut = bench.get("").send().await.expect("a head").text().await;
    assert!(cut.is_err(), "{cut:?}");
    bench.api.set_outage(Some(Outage::Connections));
    assert!(bench.get("").send().await.is_err());
    bench.api.set_outage(Some(Outage::Api));
    assert_eq!(bench.ask("").await.0, 502);
    bench.api.clear_faults();
    assert_eq!(bench.ask("").await.0, 200);

    let calls: Value = {
        let url = format!("{}/control/calls", bench.api.control_url());
        let answer = bench.http.get(url).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    };
    assert!(calls.to_string().contains("GET /service_instances"), "{calls}");
    assert!(!calls.to_string().contains("lister-secret"));
}
