//! A plain HTTP client and a running simulator; nothing here knows Chandler's own clients.

use std::time::{Duration, Instant};

use chandler_simulators::bosh::{BoshOptions, BoshSimulator, BoshWorld};
use reqwest::{Certificate, Client, Method, RequestBuilder, redirect};
use serde_json::Value;

/// A simulator with a client that trusts it.
pub(crate) struct Bench {
    pub(crate) simulator: BoshSimulator,
    pub(crate) world: BoshWorld,
    pub(crate) client: Client,
}

impl Bench {
    pub(crate) async fn start(options: BoshOptions) -> Self {
        let simulator = BoshSimulator::start(options).await.expect("the simulator starts");
        let client = client(simulator.ca_pem());
        let world = simulator.world();
        Self {
            simulator,
            world,
            client,
        }
    }

    pub(crate) async fn new() -> Self {
        Self::start(BoshOptions::default()).await
    }

    pub(crate) fn anonymous(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.client.request(method, format!("{}{path}", self.simulator.url()))
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.anonymous(method, path)
            .header("Authorization", "Basic YWRtaW46YWRtaW4=")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.request("GET", path).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    }

    pub(crate) fn post_manifest(&self, manifest: &str) -> RequestBuilder {
        self.request("POST", "/deployments")
            .header("Content-Type", "text/yaml")
            .body(manifest.to_owned())
    }

    /// Deploys; the answer is the task's id.
    pub(crate) async fn deploy(&self, manifest: &str) -> u64 {
        task_of(self.post_manifest(manifest).send().await.expect("an answer"))
    }

    pub(crate) async fn delete(&self, name: &str) -> u64 {
        let request = self.request("DELETE", &format!("/deployments/{name}"));
        task_of(request.send().await.expect("an answer"))
    }

    pub(crate) async fn state(&self, task: u64) -> String {
        let task = self.get(&format!("/tasks/{task}")).await;
        task["state"].as_str().expect("a state").to_owned()
    }

    pub(crate) async fn events(&self, task: u64) -> String {
        let path = format!("/tasks/{task}/output?type=event");
        let answer = self.request("GET", &path).send().await.expect("an answer");
        answer.text().await.expect("text")
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> reqwest::Response {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}/control/{path}", self.simulator.control_url());
        let request = self.client.request(method, url);
        let request = if body.is_null() { request } else { request.json(&body) };
        request.send().await.expect("an answer of the control API")
    }
}

/// A client that trusts `ca`, follows nothing and keeps no connections.
pub(crate) fn client(ca: &str) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(ca.as_bytes()).expect("a CA")])
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .timeout(Duration::from_secs(20))
        .build()
        .expect("a client")
}

pub(crate) fn task_of(answer: reqwest::Response) -> u64 {
    assert_eq!(answer.status(), 302);
    let location = answer.headers()["location"].to_str().expect("text").to_owned();
    location
        .rsplit('/')
        .next()
        .and_then(|id| id.parse().ok())
        .expect("a task's id")
}

/// A manifest with one group of `instances`.
pub(crate) fn manifest(name: &str, instances: usize, port: u16) -> String {
    format!(
        "name: {name}\nreleases: [{{name: sandbox-svc, version: latest}}]\nstemcells: [{{alias: default, os: toronto-os, version: latest}}]\nupdate: {{canaries: 1, max_in_flight: 2}}\ninstance_groups:\n- name: node\n  azs: [z1]\n  instances: {instances}\n  vm_type: small\n  stemcell: default\n  networks: [{{name: default}}]\n  jobs: [{{name: svc, release: sandbox-svc, properties: {{port: {port}}}}}]\n"
    )
}

/// Waits for a condition, at most 10 s.
pub(crate) async fn until(what: &str, mut seen: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !seen().await {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
