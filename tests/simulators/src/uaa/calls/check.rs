//! `POST /check_token`, `POST /introspect`: a resource server asks about a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};

use crate::common::answer::Answer;
use crate::uaa::credentials::{get, parameters};
use crate::uaa::refusal::Refusal;
use crate::uaa::routes::Call;

const SCOPE: &str = "uaa.resource";

/// The asker is a client with `uaa.resource`.
fn asker(call: &Call<'_>, given: &[(String, String)]) -> Result<String, Refusal> {
    let state = call.shared.lock();
    let client = state.authenticated(call.request, given)?;
    match client.authorities.iter().any(|a| a == SCOPE) {
        true => Ok(client.client_id.clone()),
        false => Err(Refusal::scope(SCOPE)),
    }
}

/// All claims, as they are in the token.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

pub(in crate::uaa) fn check_token(call: &Call<'_>) -> Result<Answer, Refusal> {
    let given = parameters(call.request);
    let asker = asker(call, &given)?;
    let token = get(&given, "token").unwrap_or_default();
    let known = call.check(token).map_err(Refusal::asked)?;
    let missing: Vec<&str> = get(&given, "scopes")
        .map(|scopes| scopes.split(',').filter(|scope| !known.has(scope)).collect())
        .unwrap_or_default();
    if !missing.is_empty() {
        let text = format!("Some requested scopes are missing: {}", missing.join(","));
        return Err(Refusal::bad("invalid_scope", text));
    }
    Ok(Answer::json(StatusCode::OK, &claims(token)).by(asker))
}

pub(in crate::uaa) fn introspect(call: &Call<'_>) -> Result<Answer, Refusal> {
    let given = parameters(call.request);
    let asker = match call.request.bearer() {
        Some(_) => call.bearer_with(SCOPE)?.client_id,
        None => asker(call, &given)?,
    };
    let token = get(&given, "token").unwrap_or_default();
    let body = match call.check(token) {
        Ok(_) => {
            let mut all = claims(token);
            all["active"] = json!(true);
            all
        }
        Err(_) => json!({"active": false}),
    };
    Ok(Answer::json(StatusCode::OK, &body).by(asker))
}
