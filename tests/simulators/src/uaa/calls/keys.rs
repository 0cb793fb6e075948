//! `/token_key`, `/token_keys`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::common::answer::Answer;
use crate::uaa::keys::{kid, shown};
use crate::uaa::refusal::Refusal;
use crate::uaa::routes::Call;

pub(in crate::uaa) fn current(call: &Call<'_>) -> Result<Answer, Refusal> {
    let key = call.shared.lock().key();
    let body = shown(key).map_err(|error| Refusal::broken(&error))?;
    Ok(tagged(call, &kid(key), &body))
}

/// All published ones, the one that signs first.
pub(in crate::uaa) fn all(call: &Call<'_>) -> Result<Answer, Refusal> {
    let keys = call.shared.lock().keys.clone();
    let rows: Result<Vec<Value>, _> = keys.iter().rev().map(|key| shown(*key)).collect();
    let rows = rows.map_err(|error| Refusal::broken(&error))?;
    let ids: Vec<String> = keys.iter().map(|key| kid(*key)).collect();
    Ok(tagged(call, &ids.join("-"), &json!({"keys": rows})))
}

/// 304 for who has it already.
fn tagged(call: &Call<'_>, tag: &str, body: &Value) -> Answer {
    let tag = format!("\"{tag}\"");
    let answer = match call.request.header("if-none-match") {
        Some(known) if known == tag => Answer::empty(StatusCode::NOT_MODIFIED),
        Some(_) | None => Answer::json(StatusCode::OK, body),
    };
    answer.with("etag", tag)
}
