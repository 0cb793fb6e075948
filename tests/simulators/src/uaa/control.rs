//! The control API: what all simulators have, and what is UAA's own.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::handle::UaaWorld;
use crate::common::control;

pub(super) fn router(world: UaaWorld) -> Router {
    let own = Router::new()
        .route("/control/clients", get(clients))
        .route("/control/clients/{id}", delete(remove))
        .route("/control/clients/{id}/secret", put(secret))
        .route("/control/keys/rotate", post(rotate))
        .route("/control/keys/old", delete(withdraw))
        .route("/control/tokens", get(tokens).put(lives).delete(expire))
        .with_state(world.clone());
    control::router(world.controls).merge(own)
}

/// As the API shows them: without secrets.
async fn clients(State(world): State<UaaWorld>) -> Json<Value> {
    Json(world.clients().iter().map(super::Client::shown).collect())
}

async fn remove(State(world): State<UaaWorld>, Path(id): Path<String>) -> StatusCode {
    found(world.remove_client(&id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    secret: String,
}

async fn secret(State(world): State<UaaWorld>, Path(id): Path<String>, Json(new): Json<Secret>) -> StatusCode {
    found(world.rotate_secret(&id, &new.secret))
}

async fn rotate(State(world): State<UaaWorld>) -> StatusCode {
    world.rotate_keys();
    StatusCode::NO_CONTENT
}

async fn withdraw(State(world): State<UaaWorld>) -> StatusCode {
    world.withdraw_old_keys();
    StatusCode::NO_CONTENT
}

async fn tokens(State(world): State<UaaWorld>) -> Json<Value> {
    let rows = world.all_tokens_issued();
    Json(
        rows.into_iter()
            .map(|(id, count)| json!({"client_id": id, "issued": count}))
            .collect(),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lives {
    token_seconds: Option<i64>,
    skew_seconds: Option<f64>,
    /// `null` or absent = the truth.
    expires_in: Option<i64>,
}

async fn lives(State(world): State<UaaWorld>, Json(new): Json<Lives>) -> StatusCode {
    if let Some(seconds) = new.token_seconds {
        world.set_token_seconds(seconds);
    }
    if let Some(seconds) = new.skew_seconds {
        world.set_skew_seconds(seconds);
    }
    world.set_expires_in(new.expires_in);
    StatusCode::NO_CONTENT
}

async fn expire(State(world): State<UaaWorld>) -> StatusCode {
    world.expire_tokens();
    StatusCode::NO_CONTENT
}

fn found(there: bool) -> StatusCode {
    match there {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::NOT_FOUND,
    }
}
