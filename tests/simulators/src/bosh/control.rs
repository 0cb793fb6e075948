//! The control API: plain HTTP, JSON, no credentials, loopback only.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::fault::Fault;
use super::handle::BoshWorld;
use super::task::Ending;
use crate::common::fault::Outage;

pub(super) fn router(world: BoshWorld) -> Router {
    Router::new()
        .route("/control/tasks", get(tasks))
        .route("/control/tasks/{id}/finish", post(finish))
        .route("/control/deployments", get(deployments))
        .route("/control/configs", get(configs))
        .route("/control/links", get(links))
        .route("/control/calls", get(calls).delete(clear_calls))
        .route("/control/faults", get(faults).post(arm).delete(clear))
        .route("/control/faults/{id}", delete(disarm))
        .route("/control/outage", put(outage))
        .route("/control/settings", put(settings))
        .route("/control/clock", put(clock))
        .route("/control/catalog", put(catalog))
        .route("/control/locks/{deployment}", put(lock).delete(unlock))
        .with_state(world)
}

async fn tasks(State(world): State<BoshWorld>) -> Response {
    Json(world.tasks()).into_response()
}

async fn finish(State(world): State<BoshWorld>, Path(id): Path<u64>, Json(ending): Json<Ending>) -> StatusCode {
    match world.finish_task(id, ending) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::CONFLICT,
    }
}

async fn deployments(State(world): State<BoshWorld>) -> Response {
    Json(world.deployments()).into_response()
}

/// Type and name of each config.
async fn configs(State(world): State<BoshWorld>) -> Json<Value> {
    let names = world.config_names().into_iter();
    Json(
        names
            .map(|(kind, name)| json!({ "type": kind, "name": name }))
            .collect(),
    )
}

/// The names of external consumers, one for each link, by deployment; deployments without one are left out.
async fn links(State(world): State<BoshWorld>) -> Json<Value> {
    let of = |deployment: String| {
        let names = world.external_links(&deployment);
        (!names.is_empty()).then(|| (deployment, Value::from(names)))
    };
    let deployments = world.deployments().into_iter().map(|it| it.name);
    Json(Value::Object(deployments.filter_map(of).collect()))
}

async fn calls(State(world): State<BoshWorld>) -> Response {
    Json(world.journal()).into_response()
}

async fn clear_calls(State(world): State<BoshWorld>) -> StatusCode {
    world.clear_journal();
    StatusCode::NO_CONTENT
}

async fn faults(State(world): State<BoshWorld>) -> Json<Value> {
    let rows = world
        .faults()
        .into_iter()
        .map(|(id, fault)| json!({"id": id, "fault": fault}));
    Json(rows.collect())
}

async fn arm(State(world): State<BoshWorld>, Json(fault): Json<Fault>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"id": world.set_fault(fault)})))
}

async fn disarm(State(world): State<BoshWorld>, Path(id): Path<u64>) -> StatusCode {
    world.clear_fault(id);
    StatusCode::NO_CONTENT
}

async fn clear(State(world): State<BoshWorld>) -> StatusCode {
    world.clear_faults();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Away {
    outage: Option<Outage>,
}

async fn outage(State(world): State<BoshWorld>, Json(away): Json<Away>) -> StatusCode {
    world.set_outage(away.outage);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    task_seconds: Option<f64>,
    queue_seconds: Option<f64>,
    lock_wait_seconds: Option<f64>,
    latency_ms: Option<u64>,
    workers: Option<usize>,
    /// An empty text: the release's own again.
    version: Option<String>,
}

async fn settings(State(world): State<BoshWorld>, Json(new): Json<Settings>) -> StatusCode {
    if let Some(seconds) = new.task_seconds {
        world.set_task_seconds(seconds);
    }
    if let Some(seconds) = new.queue_seconds {
        world.set_queue_seconds(seconds);
    }
    if let Some(seconds) = new.lock_wait_seconds {
        world.set_lock_wait_seconds(seconds);
    }
    if let Some(ms) = new.latency_ms {
        world.set_latency(Duration::from_millis(ms));
    }
    if let Some(workers) = new.workers {
        world.set_workers(workers);
    }
    if let Some(version) = new.version {
        world.set_version(Some(version).filter(|it| !it.is_empty()));
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    frozen: Option<bool>,
    skip_seconds: Option<f64>,
}

async fn clock(State(world): State<BoshWorld>, Json(clock): Json<Clock>) -> StatusCode {
    let Ok(skip) = Duration::try_from_secs_f64(clock.skip_seconds.unwrap_or(0.0)) else {
        return StatusCode::BAD_REQUEST;
    };
    if let Some(frozen) = clock.frozen {
        world.freeze(frozen);
    }
    world.skip(skip);
    StatusCode::NO_CONTENT
}

async fn catalog(State(world): State<BoshWorld>, Json(new): Json<Option<Catalog>>) -> StatusCode {
    world.set_catalog(new);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leave {
    #[serde(default)]
    task: u64,
    seconds: f64,
}

async fn lock(State(world): State<BoshWorld>, Path(deployment): Path<String>, Json(leave): Json<Leave>) -> StatusCode {
    match Duration::try_from_secs_f64(leave.seconds) {
        Ok(time) => {
            world.leave_lock(&deployment, leave.task, time);
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn unlock(State(world): State<BoshWorld>, Path(deployment): Path<String>) -> StatusCode {
    world.drop_lock(&deployment);
    StatusCode::NO_CONTENT
}
