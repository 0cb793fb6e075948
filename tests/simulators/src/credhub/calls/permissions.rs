//! `/api/v2/permissions`.

use http::StatusCode;
use serde_json::{Map, Value};

use super::{Call, check_keys, ok, text};
use crate::common::answer::Answer;
use crate::credhub::grants::Grant;
use crate::credhub::name;
use crate::credhub::permissions::accept_operations;
use crate::credhub::refusal::Refusal;
use crate::credhub::vault::Vault;

/// `POST /api/v2/permissions`.
pub(in crate::credhub) fn create(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let created = vault.grant(call.actor, grant(&call.object()?)?)?;
    Ok(Answer::json(StatusCode::CREATED, &created))
}

/// `GET /api/v2/permissions?path=&actor=`.
pub(in crate::credhub) fn find(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (path, actor) = (call.query("path")?, call.query("actor")?);
    Ok(ok(&vault.grant_of(call.actor, path, actor)?))
}

/// `GET /api/v2/permissions/ID`.
pub(in crate::credhub) fn by_id(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(ok(&vault.grant_by_id(call.actor, call.arg())?))
}

/// `PUT /api/v2/permissions/ID`.
pub(in crate::credhub) fn replace(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let grant = grant(&call.object()?)?;
    Ok(ok(&vault.replace_grant(call.actor, call.arg(), grant)?))
}

/// `PATCH /api/v2/permissions/ID`.
pub(in crate::credhub) fn change(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let body = call.object()?;
    check_keys(&body, &["operations"])?;
    let operations = accept_operations(body.get("operations"))?;
    Ok(ok(&vault.change_grant(call.actor, call.arg(), operations)?))
}

/// `DELETE /api/v2/permissions/ID`.
pub(in crate::credhub) fn delete(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(ok(&vault.revoke(call.actor, call.arg())?))
}

fn grant(body: &Map<String, Value>) -> Result<Grant, Refusal> {
    check_keys(body, &["path", "actor", "operations"])?;
    Ok(Grant {
        path: name::check_path(text(body, "path", Refusal::MissingPath)?)?,
        actor: text(body, "actor", Refusal::MissingActor)?.to_owned(),
        operations: accept_operations(body.get("operations"))?,
    })
}
