//! What CredHub says about itself, and its read-only mode.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Call, body, ok};
use crate::common::answer::Answer;
use crate::common::request::Request;
use crate::credhub::refusal::Refusal;
use crate::credhub::vault::Vault;

/// `GET /info`: where tokens come from. Anonymous.
pub(in crate::credhub) fn info(uaa: &str) -> Answer {
    ok(&json!({"auth-server": {"url": uaa}, "app": {"name": "CredHub"}}))
}

/// `GET /health`. Anonymous.
pub(in crate::credhub) fn health() -> Answer {
    ok(&json!({"status": "UP"}))
}

/// `GET /management`. Anonymous.
pub(in crate::credhub) fn management(vault: &Vault) -> Answer {
    ok(&json!({"read_only_mode": vault.read_only}))
}

/// `POST /management` `{"read_only_mode":true}`. Anonymous.
pub(in crate::credhub) fn set_management(vault: &mut Vault, request: &Request) -> Result<Answer, Refusal> {
    match body(request)?.get("read_only_mode") {
        Some(Value::Bool(read_only)) => {
            vault.read_only = *read_only;
            Ok(management(vault))
        }
        Some(_) | None => Err(Refusal::BadRequest),
    }
}

/// `GET /version`.
pub(in crate::credhub) fn version(_: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(ok(&json!({"version": call.version})))
}

/// `GET /api/v1/key-usage`: all versions are encrypted with one key.
pub(in crate::credhub) fn key_usage(vault: &mut Vault, _: &Call<'_>) -> Result<Answer, Refusal> {
    let active = vault.store.count();
    Ok(Answer::json(
        StatusCode::OK,
        &json!({"active_key": active, "inactive_keys": 0, "unknown_keys": 0}),
    ))
}
