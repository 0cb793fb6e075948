//! `/api/v1/permissions`, which old clients use: permissions of a credential.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Call, check_keys, ok, text};
use crate::common::answer::Answer;
use crate::credhub::grants::Grant;
use crate::credhub::name;
use crate::credhub::permissions::accept_operations;
use crate::credhub::refusal::Refusal;
use crate::credhub::vault::Vault;

/// `GET /api/v1/permissions?credential_name=`.
pub(in crate::credhub) fn list(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = name::canonical(call.query("credential_name")?);
    let rows = vault.grants_on(call.actor, &name)?.into_iter();
    let rows = rows.map(|row| json!({"actor": row.actor, "operations": row.names(), "path": row.path}));
    Ok(ok(
        &json!({"credential_name": name, "permissions": rows.collect::<Vec<_>>()}),
    ))
}

/// `POST /api/v1/permissions`.
pub(in crate::credhub) fn create(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let body = call.object()?;
    check_keys(&body, &["credential_name", "permissions"])?;
    let path = name::check_path(text(&body, "credential_name", Refusal::MissingPath)?)?;
    let rows = body
        .get("permissions")
        .and_then(Value::as_array)
        .ok_or(Refusal::BadRequest)?;
    let grants = rows.iter().map(|row| {
        let row = row.as_object().ok_or(Refusal::BadRequest)?;
        check_keys(row, &["actor", "operations", "path"])?;
        Ok(Grant {
            path: path.clone(),
            actor: text(row, "actor", Refusal::MissingActor)?.to_owned(),
            operations: accept_operations(row.get("operations"))?,
        })
    });
    for grant in grants.collect::<Result<Vec<_>, Refusal>>()? {
        vault.grant(call.actor, grant)?;
    }
    Ok(Answer::empty(StatusCode::CREATED))
}

/// `DELETE /api/v1/permissions?credential_name=&actor=`.
pub(in crate::credhub) fn delete(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (name, actor) = (call.query("credential_name")?, call.query("actor")?);
    vault.revoke_on(call.actor, name, actor)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
