//! `/api/v1/data`: set, get, find, delete.

use http::StatusCode;
use serde_json::Value;

use super::{Call, check_keys, ok, text};
use crate::common::answer::Answer;
use crate::credhub::kind::Kind;
use crate::credhub::name;
use crate::credhub::refusal::Refusal;
use crate::credhub::store::{Draft, accept_metadata};
use crate::credhub::vault::Vault;

/// `PUT /api/v1/data`.
pub(in crate::credhub) fn set(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let body = call.object()?;
    let kind = body.get("type").and_then(Value::as_str).and_then(Kind::parse);
    let kind = kind.ok_or(Refusal::UnknownType)?;
    check_keys(&body, &["name", "type", "value", "metadata"])?;
    let draft = Draft {
        name: name::check_name(text(&body, "name", Refusal::MissingName)?)?,
        kind,
        value: kind.accept(body.get("value"))?,
        metadata: accept_metadata(body.get("metadata"))?,
        recipe: None,
    };
    Ok(ok(&vault.set(call.actor, draft, call.now)?))
}

/// `GET /api/v1/data`, by path, by a part of the name, or by name.
pub(in crate::credhub) fn find(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    if let Some(path) = call.request.query("path") {
        return Ok(ok(&vault.find_by_path(call.actor, path)));
    }
    if let Some(part) = call.request.query("name-like") {
        return Ok(ok(&vault.find_by_part(call.actor, part)));
    }
    let name = call.query("name")?;
    let current = match call.request.query("current") {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(Refusal::BadRequest),
    };
    let limit = match (current, call.request.query("versions")) {
        (true, Some(_)) => return Err(Refusal::CurrentAndVersions),
        (true, None) => 1,
        (false, Some(versions)) => versions.parse().map_err(|_| Refusal::BadRequest)?,
        (false, None) => usize::MAX,
    };
    Ok(ok(&vault.get(call.actor, name, limit)?))
}

/// `GET /api/v1/data/ID`: a version.
pub(in crate::credhub) fn by_id(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(ok(&vault.get_by_id(call.actor, call.arg())?))
}

/// `DELETE /api/v1/data?name=`.
pub(in crate::credhub) fn delete(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    vault.delete(call.actor, call.query("name")?)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
