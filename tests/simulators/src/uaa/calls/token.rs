//! `POST /oauth/token`.

use http::StatusCode;

use crate::common::answer::Answer;
use crate::common::fault::glob;
use crate::uaa::Client;
use crate::uaa::credentials::{get, parameters};
use crate::uaa::issue::Grant;
use crate::uaa::options::User;
use crate::uaa::refusal::Refusal;
use crate::uaa::routes::Call;
use crate::uaa::verify::Verifier;

/// Grants that UAA knows and this one doesn't carry out.
const ELSEWHERE: [&str; 4] = [
    "authorization_code",
    "implicit",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
];

pub(in crate::uaa) fn grant(call: &Call<'_>) -> Result<Answer, Refusal> {
    let given = parameters(call.request);
    let client = call.shared.lock().authenticated(call.request, &given)?.clone();
    let kind = get(&given, "grant_type").ok_or_else(|| Refusal::bad("invalid_request", "Missing grant type"))?;
    if !["client_credentials", "password", "refresh_token"].contains(&kind) {
        return Err(match ELSEWHERE.contains(&kind) && !client.may(kind) {
            true => Refusal::client("Unauthorized grant type"),
            false => Refusal::bad("unsupported_grant_type", "Unsupported grant type"),
        });
    }
    if !client.may(kind) {
        return Err(Refusal::client("Unauthorized grant type"));
    }
    let asked: Vec<String> = get(&given, "scope")
        .map(|scope| {
            scope
                .split([' ', ','])
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default();
    let grant = match kind {
        "client_credentials" => for_itself(client, asked)?,
        "password" => {
            let (name, password) = (get(&given, "username"), get(&given, "password"));
            for_user(
                call,
                client,
                name.unwrap_or_default(),
                password.unwrap_or_default(),
                asked,
            )?
        }
        _ => again(call, client, get(&given, "refresh_token").unwrap_or_default(), asked)?,
    };
    let id = grant.client.client_id.clone();
    let body = call.shared.lock().issue(&grant, call.now);
    let body = body.map_err(|error| Refusal::broken(&error))?;
    Ok(Answer::json(StatusCode::OK, &body)
        .with("cache-control", "no-store")
        .with("pragma", "no-cache")
        .by(id))
}

fn for_itself(client: Client, asked: Vec<String>) -> Result<Grant, Refusal> {
    let scope = narrowed(&client.authorities, asked)?;
    Ok(Grant {
        client,
        user: None,
        grant_type: "client_credentials",
        scope,
        refresh: false,
    })
}

fn for_user(call: &Call<'_>, client: Client, name: &str, password: &str, asked: Vec<String>) -> Result<Grant, Refusal> {
    let state = call.shared.lock();
    let user: &User = state
        .options
        .users
        .iter()
        .find(|user| user.name == name && user.password == password)
        .ok_or_else(|| Refusal::credentials(state.options.bad_credentials))?;
    let through = |scope: &str| client.scope.iter().any(|known| glob(&format!("{known}$"), scope));
    if let Some(foreign) = asked.iter().find(|scope| !through(scope)) {
        return Err(invalid(foreign));
    }
    let allowed = user.groups.iter().filter(|group| through(group));
    let scope: Vec<String> = allowed
        .filter(|g| asked.is_empty() || asked.contains(g))
        .cloned()
        .collect();
    if scope.is_empty() {
        let wanted = if asked.is_empty() { &client.scope } else { &asked };
        let text = "This user is not allowed any of the requested scopes";
        let text = format!("[{}] is invalid. {text}", wanted.join(", "));
        return Err(Refusal::bad("invalid_scope", text));
    }
    Ok(Grant {
        refresh: client.may("refresh_token"),
        user: Some(user.clone()),
        client,
        grant_type: "password",
        scope,
    })
}

fn again(call: &Call<'_>, client: Client, token: &str, asked: Vec<String>) -> Result<Grant, Refusal> {
    let bad = || Refusal::bad("invalid_grant", "Invalid refresh token");
    let verifier = Verifier::of(&call.url(), call.shared.clone());
    let claims = verifier.refresh(token, call.now).map_err(|_| bad())?;
    let state = call.shared.lock();
    let known = state
        .rev_sig(&claims.client_id)
        .is_some_and(|sig| sig == claims.rev_sig);
    if claims.client_id != client.client_id || !known || state.is_revoked(&claims.jti) {
        return Err(bad());
    }
    let user = state
        .options
        .users
        .iter()
        .find(|user| Some(&user.id) == claims.user_id.as_ref());
    Ok(Grant {
        user: Some(user.ok_or_else(bad)?.clone()),
        scope: narrowed(&claims.scope, asked)?,
        client,
        grant_type: "refresh_token",
        refresh: true,
    })
}

/// What was asked for out of what there is; all of it when nothing was.
fn narrowed(all: &[String], asked: Vec<String>) -> Result<Vec<String>, Refusal> {
    match asked.iter().find(|scope| !all.contains(scope)) {
        Some(foreign) => Err(invalid(foreign)),
        None if asked.is_empty() => Ok(all.to_vec()),
        None => Ok(asked),
    }
}

fn invalid(scope: &str) -> Refusal {
    let text = format!("{scope} is invalid. Please use a valid scope name in the request");
    Refusal::bad("invalid_scope", text)
}
