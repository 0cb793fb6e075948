//! The part of the control API that all simulators but the Director share: plain HTTP, JSON, no credentials, loopback only.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::controls::Controls;
use super::fault::{CallFault, Outage};
use super::journal::Calls;

pub(crate) fn router(controls: Controls) -> Router {
    Router::new()
        .route("/control/calls", get(calls).delete(clear_calls))
        .route("/control/faults", get(faults).post(arm).delete(clear))
        .route("/control/faults/{id}", delete(disarm))
        .route("/control/outage", put(outage))
        .route("/control/settings", put(settings))
        .route("/control/clock", put(clock))
        .with_state(controls)
}

async fn calls(State(controls): State<Controls>) -> Json<Calls> {
    Json(controls.journal())
}

async fn clear_calls(State(controls): State<Controls>) -> StatusCode {
    controls.clear_journal();
    StatusCode::NO_CONTENT
}

async fn faults(State(controls): State<Controls>) -> Json<Value> {
    let rows = controls
        .faults()
        .into_iter()
        .map(|(id, fault)| json!({"id": id, "fault": fault}));
    Json(rows.collect())
}

async fn arm(State(controls): State<Controls>, Json(fault): Json<CallFault>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"id": controls.set_fault(fault)})))
}

async fn disarm(State(controls): State<Controls>, Path(id): Path<u64>) -> StatusCode {
    controls.clear_fault(id);
    StatusCode::NO_CONTENT
}

async fn clear(State(controls): State<Controls>) -> StatusCode {
    controls.clear_faults();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Away {
    outage: Option<Outage>,
    /// Until somebody ends it if there is no number.
    seconds: Option<f64>,
}

async fn outage(State(controls): State<Controls>, Json(away): Json<Away>) -> StatusCode {
    match (away.outage, away.seconds.map(Duration::try_from_secs_f64)) {
        (Some(outage), Some(Ok(time))) => controls.set_outage_for(outage, time),
        (_, Some(Err(_))) => return StatusCode::BAD_REQUEST,
        (outage, None | Some(Ok(_))) => controls.set_outage(outage),
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    latency_ms: u64,
}

async fn settings(State(controls): State<Controls>, Json(new): Json<Settings>) -> StatusCode {
    controls.set_latency(Duration::from_millis(new.latency_ms));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shift {
    frozen: Option<bool>,
    skip_seconds: Option<f64>,
}

async fn clock(State(controls): State<Controls>, Json(shift): Json<Shift>) -> StatusCode {
    let Ok(skip) = Duration::try_from_secs_f64(shift.skip_seconds.unwrap_or(0.0)) else {
        return StatusCode::BAD_REQUEST;
    };
    if let Some(frozen) = shift.frozen {
        controls.freeze(frozen);
    }
    controls.skip(skip);
    StatusCode::NO_CONTENT
}
