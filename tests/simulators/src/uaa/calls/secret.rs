//! `PUT /oauth/clients/ID/secret`.

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::wanted::invalid;
use crate::common::answer::Answer;
use crate::uaa::refusal::Refusal;
use crate::uaa::routes::Call;

const SCOPE: &str = "clients.secret clients.admin";

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "oldSecret")]
    old: Option<String>,
    secret: Option<String>,
    #[serde(rename = "changeMode")]
    mode: Option<String>,
}

/// An own secret with the old one; any with `clients.admin`.
pub(in crate::uaa) fn change(call: &Call<'_>) -> Result<Answer, Refusal> {
    let claims = call.bearer()?;
    let id = call.arg(0);
    let admin = claims.has("clients.admin") || claims.has("uaa.admin");
    if !admin && !claims.has("clients.secret") && claims.client_id != id {
        return Err(Refusal::scope(SCOPE));
    }
    let change: Change = serde_json::from_slice(&call.request.body)
        .map_err(|_| Refusal::bad("invalid_request", "The request body is no JSON object"))?;
    let mut state = call.shared.lock();
    let client = state.clients.get_mut(id).ok_or_else(Refusal::absent)?;
    let proved = change.old.is_some_and(|old| client.secrets.contains(&old));
    if !admin && !proved {
        return Err(invalid("Previous secret is required and must be valid"));
    }
    let new = change.secret.filter(|s| !s.is_empty());
    let message = match (change.mode.as_deref(), new) {
        (Some("ADD"), Some(new)) if client.secrets.len() < 2 => {
            client.secrets.push(new);
            "Secret is added"
        }
        (Some("ADD"), _) => {
            return Err(invalid(
                "client secret is either empty or client already has two secrets.",
            ));
        }
        (Some("DELETE"), _) if client.secrets.len() < 2 => {
            return Err(invalid("client secret is either empty or client has only one secret."));
        }
        (Some("DELETE"), _) => {
            client.secrets.remove(0);
            "Secret is deleted"
        }
        (Some(_) | None, Some(new)) => {
            client.secrets = vec![new];
            "secret updated"
        }
        (Some(_) | None, None) => return Err(invalid("client_secret is required")),
    };
    let body = json!({"status": "ok", "message": message});
    Ok(Answer::json(StatusCode::OK, &body).by(claims.client_id))
}
