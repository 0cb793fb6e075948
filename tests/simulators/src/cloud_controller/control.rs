//! The control API: what all simulators have, and what is Cloud Controller's own.

#[cfg(test)]
mod tests;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::broker::{OutgoingCall, OutgoingFault};
use super::model::{Binding, JobState};
use super::world::CloudControllerWorld;
use crate::common::control;

pub(super) fn router(world: CloudControllerWorld) -> Router {
    let own = Router::new()
        .route("/control/state", get(state))
        .route("/control/outgoing", get(outgoing).delete(clear_outgoing))
        .route("/control/outgoing/faults", post(arm).delete(clear))
        .route("/control/outgoing/faults/{id}", delete(disarm))
        .route("/control/idle", get(idle))
        .with_state(world.clone());
    control::router(world.controls).merge(own)
}

/// The rows, the oldest first; of the jobs only those that run.
async fn state(State(world): State<CloudControllerWorld>) -> Json<Value> {
    let state = world.shared.lock();
    let runs = |it: JobState| matches!(it, JobState::Processing | JobState::Polling);
    let jobs = state.jobs.values().filter(|it| runs(it.state));
    Json(json!({
        "organizations": rows(state.organizations.values()),
        "spaces": rows(state.spaces.values()),
        "brokers": rows(state.brokers.values()),
        "offerings": rows(state.offerings.values()),
        "plans": rows(state.plans.values()),
        "instances": rows(state.instances.values()),
        "bindings": rows(state.bindings.values().map(shown)),
        "jobs": rows(jobs),
    }))
}

fn rows(of: impl Iterator<Item = impl Serialize>) -> Vec<Value> {
    let mut rows: Vec<Value> = of.map(|it| json!(it)).collect();
    rows.sort_by_key(|it| it["stamp"]["serial"].as_u64());
    rows
}

/// What a broker gives with the credentials can hold some itself.
fn shown(binding: &Binding) -> Binding {
    Binding {
        credentials: None,
        syslog_drain_url: None,
        volume_mounts: None,
        ..binding.clone()
    }
}

async fn outgoing(State(world): State<CloudControllerWorld>) -> Json<Vec<OutgoingCall>> {
    Json(world.outgoing())
}

async fn clear_outgoing(State(world): State<CloudControllerWorld>) -> StatusCode {
    world.clear_outgoing();
    StatusCode::NO_CONTENT
}

async fn arm(State(world): State<CloudControllerWorld>, Json(fault): Json<OutgoingFault>) -> (StatusCode, Json<Value>) {
    let id = world.set_outgoing_fault(fault);
    (StatusCode::CREATED, Json(json!({ "id": id })))
}

async fn disarm(State(world): State<CloudControllerWorld>, Path(id): Path<u64>) -> StatusCode {
    world.clear_outgoing_fault(id);
    StatusCode::NO_CONTENT
}

async fn clear(State(world): State<CloudControllerWorld>) -> StatusCode {
    world.clear_outgoing_faults();
    StatusCode::NO_CONTENT
}

async fn idle(State(world): State<CloudControllerWorld>) -> Json<Value> {
    Json(json!({ "idle": world.is_idle() }))
}
