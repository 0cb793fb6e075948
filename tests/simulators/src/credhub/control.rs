//! The part of the control API that only a CredHub has: what it holds, and its switches.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::handle::CredHubWorld;
use super::journal::Write;

pub(super) fn router(world: CredHubWorld) -> Router {
    Router::new()
        .route("/control/credentials", get(credentials).delete(delete_all))
        .route("/control/permissions", get(permissions).put(grant))
        .route("/control/writes", get(writes).delete(clear_writes))
        .route("/control/mode", put(mode))
        .route("/control/interpolate", post(interpolate))
        .with_state(world)
}

async fn credentials(State(world): State<CredHubWorld>) -> Json<Value> {
    let row = |name: String| json!({"type": world.kind(&name), "versions": world.versions(&name), "value": world.get(&name), "name": name});
    Json(world.names().into_iter().map(row).collect())
}

async fn delete_all(State(world): State<CredHubWorld>) -> StatusCode {
    world.delete_all();
    StatusCode::NO_CONTENT
}

async fn permissions(State(world): State<CredHubWorld>) -> Json<Value> {
    let rows = world.permissions().into_iter();
    Json(
        rows.map(|(path, actor, operations)| json!({"path": path, "actor": actor, "operations": operations}))
            .collect(),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    path: String,
    actor: String,
    operations: Vec<String>,
}

async fn grant(State(world): State<CredHubWorld>, Json(new): Json<Grant>) -> StatusCode {
    let operations: Vec<&str> = new.operations.iter().map(String::as_str).collect();
    match world.grant(&new.path, &new.actor, &operations) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn writes(State(world): State<CredHubWorld>) -> Json<Vec<Write>> {
    Json(world.writes())
}

async fn clear_writes(State(world): State<CredHubWorld>) -> StatusCode {
    world.clear_writes();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Interpolate {
    actor: String,
    services: Value,
}

/// 404 with CredHub's text for what the actor may not read or what isn't there.
async fn interpolate(State(world): State<CredHubWorld>, Json(ask): Json<Interpolate>) -> (StatusCode, Json<Value>) {
    match world.interpolate_as(&ask.actor, &ask.services) {
        Ok(services) => (StatusCode::OK, Json(services)),
        Err(refused) => (StatusCode::NOT_FOUND, Json(json!({"error": refused.to_string()}))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mode {
    acls: Option<bool>,
    read_only: Option<bool>,
}

async fn mode(State(world): State<CredHubWorld>, Json(new): Json<Mode>) -> StatusCode {
    if let Some(acls) = new.acls {
        world.set_acls(acls);
    }
    if let Some(read_only) = new.read_only {
        world.set_read_only(read_only);
    }
    StatusCode::NO_CONTENT
}
