//! What must hold at any Director, check by check. The checks' numbers are in the names of the tests.

mod access;
mod deployments;
mod objects;
mod output;
mod tasks;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::client::{Bench, task_of};

/// An answer, read.
#[derive(Debug)]
struct Seen {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Seen {
    async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.expect("an answer");
        Self {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.expect("text"),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Status and text.
    fn plain(&self) -> (u16, &str) {
        (self.status, self.text.as_str())
    }
}

async fn ask(bench: &Bench, method: &str, path: &str) -> Seen {
    Seen::of(bench.request(method, path)).await
}

async fn send(bench: &Bench, method: &str, path: &str, body: &Value) -> Seen {
    Seen::of(bench.request(method, path).json(body)).await
}

/// The body of an error.
fn error(code: u32, description: &str) -> Value {
    json!({"code": code, "description": description})
}

/// Starts an errand; the answer is its task.
async fn errand(bench: &Bench, deployment: &str, name: &str, body: &str) -> u64 {
    let path = format!("/deployments/{deployment}/errands/{name}/runs");
    let request = bench.request("POST", &path).body(body.to_owned());
    task_of(request.send().await.expect("an answer"))
}

async fn shown(bench: &Bench, task: u64) -> Value {
    bench.get(&format!("/tasks/{task}")).await
}

/// The lines of a task's event output, each of which must be JSON.
async fn lines(bench: &Bench, task: u64) -> Vec<Value> {
    let events = bench.events(task).await;
    assert!(events.is_empty() || events.ends_with('\n'), "whole lines: {events}");
    let parsed = events.lines().map(serde_json::from_str);
    parsed.collect::<Result<_, _>>().expect("events")
}

fn keys(object: &Value) -> Vec<&str> {
    let map = object.as_object().expect("an object");
    map.keys().map(String::as_str).collect()
}
