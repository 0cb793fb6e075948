//! What everybody may know: `/info`, `/login`, `/healthz`, the OpenID configuration.

use http::StatusCode;
use serde_json::json;

use crate::common::answer::Answer;
use crate::uaa::refusal::Refusal;
use crate::uaa::routes::Call;

pub(in crate::uaa) fn info(call: &Call<'_>) -> Result<Answer, Refusal> {
    let url = call.url();
    let host = url.trim_start_matches("https://");
    Ok(Answer::json(
        StatusCode::OK,
        &json!({
            "app": {"version": "77.30.0"},
            "links": {
                "uaa": url, "login": url, "passwd": format!("{url}/forgot_password"),
                "register": format!("{url}/create_account"),
            },
            "zone_name": "uaa", "entityID": host, "commit_id": "a1b2c3d", "idpDefinitions": {},
            "prompts": {"username": ["text", "Email"], "password": ["password", "Password"]},
            "timestamp": "2026-11-21T00:00:00+0000",
        }),
    ))
}

/// The same; who doesn't ask for JSON gets a page for people.
pub(in crate::uaa) fn login(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.request.header("accept") {
        Some(accept) if accept.contains("text/html") => Ok(Answer::of(
            StatusCode::OK,
            "text/html;charset=UTF-8",
            "<!DOCTYPE html>\n<html><head><title>Login</title></head><body></body></html>\n",
        )),
        Some(_) | None => info(call),
    }
}

pub(in crate::uaa) fn healthz(_: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::of(StatusCode::OK, "text/plain;charset=UTF-8", "ok\n"))
}

pub(in crate::uaa) fn openid(call: &Call<'_>) -> Result<Answer, Refusal> {
    let url = call.url();
    Ok(Answer::json(
        StatusCode::OK,
        &json!({
            "issuer": format!("{url}/oauth/token"),
            "authorization_endpoint": format!("{url}/oauth/authorize"),
            "token_endpoint": format!("{url}/oauth/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "userinfo_endpoint": format!("{url}/userinfo"),
            "jwks_uri": format!("{url}/token_keys"),
            "scopes_supported": ["openid", "profile", "email", "phone", "roles", "user_attributes"],
            "response_types_supported": ["code", "code id_token", "id_token", "token id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }),
    ))
}
