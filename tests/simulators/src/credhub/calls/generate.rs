//! `POST /api/v1/data` and `/api/v1/regenerate`: values that CredHub makes.

use serde_json::{Map, Value};

use super::{Call, check_keys, ok, text};
use crate::common::answer::Answer;
use crate::credhub::generate::{Mode, Recipe};
use crate::credhub::kind::Kind;
use crate::credhub::name;
use crate::credhub::refusal::Refusal;
use crate::credhub::store::accept_metadata;
use crate::credhub::vault::{Vault, Wish};

/// `POST /api/v1/data`: generate, or (`"regenerate":true`) regenerate.
pub(in crate::credhub) fn generate(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let body = call.object()?;
    if body.get("regenerate") == Some(&Value::Bool(true)) {
        check_keys(&body, &["name", "regenerate", "metadata"])?;
        return again(vault, call, &body);
    }
    let kind = body.get("type").and_then(Value::as_str).and_then(Kind::parse);
    let kind = kind.ok_or(Refusal::UnknownTypeToGenerate)?;
    let known = [
        "name",
        "type",
        "parameters",
        "mode",
        "overwrite",
        "metadata",
        "value",
        "regenerate",
    ];
    check_keys(&body, &known)?;
    let wish = Wish {
        name: name::check_name(text(&body, "name", Refusal::MissingName)?)?,
        kind,
        mode: Mode::parse(body.get("mode"), body.get("overwrite"))?,
        recipe: Recipe::parse(kind, body.get("parameters"), body.get("value"))?,
        metadata: accept_metadata(body.get("metadata"))?,
    };
    Ok(ok(&vault.generate(call.actor, wish, call.now)?))
}

/// `POST /api/v1/regenerate` `{"name"}`.
pub(in crate::credhub) fn regenerate(vault: &mut Vault, call: &Call<'_>) -> Result<Answer, Refusal> {
    let body = call.object()?;
    check_keys(&body, &["name", "metadata"])?;
    again(vault, call, &body)
}

fn again(vault: &mut Vault, call: &Call<'_>, body: &Map<String, Value>) -> Result<Answer, Refusal> {
    let name = name::check_name(text(body, "name", Refusal::MissingName)?)?;
    let metadata = accept_metadata(body.get("metadata"))?;
    Ok(ok(&vault.regenerate(call.actor, &name, metadata, call.now)?))
}
