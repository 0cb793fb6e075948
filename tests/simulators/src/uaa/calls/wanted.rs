//! A client as callers send it, and what UAA doesn't take.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::uaa::Client;
use crate::uaa::refusal::Refusal;

const GRANTS: [&str; 8] = [
    "implicit",
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "password",
    "user_token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
];

/// What was sent; what is absent or empty is none.
pub(in crate::uaa) struct Wanted {
    pub(in crate::uaa) client_id: Option<String>,
    pub(in crate::uaa) secret: Option<String>,
    grant_types: Option<Vec<String>>,
    scope: Option<Vec<String>>,
    authorities: Option<Vec<String>>,
    redirect_uri: Option<Vec<String>>,
    autoapprove: Option<Vec<String>>,
    access_token_validity: Option<i64>,
    refresh_token_validity: Option<i64>,
    more: Map<String, Value>,
}

pub(in crate::uaa) fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::bad("invalid_client", text)
}

impl Wanted {
    pub(in crate::uaa) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let Ok(Value::Object(mut map)) = serde_json::from_slice::<Value>(body) else {
            return Err(Refusal::bad("invalid_request", "The request body is no JSON object"));
        };
        for ours in [
            "resource_ids",
            "lastModified",
            "required_user_groups",
            "approvals_deleted",
        ] {
            map.remove(ours);
        }
        let text = |value: Option<Value>| {
            value
                .and_then(|v| v.as_str().map(str::to_owned))
                .filter(|t| !t.is_empty())
        };
        let number = |value: Option<Value>| value.and_then(|v| v.as_i64());
        Ok(Self {
            client_id: text(map.remove("client_id")),
            secret: text(map.remove("client_secret")),
            grant_types: list(map.remove("authorized_grant_types"), "authorized_grant_types")?,
            scope: list(map.remove("scope"), "scope")?,
            authorities: list(map.remove("authorities"), "authorities")?,
            redirect_uri: list(map.remove("redirect_uri"), "redirect_uri")?,
            autoapprove: match map.remove("autoapprove") {
                Some(Value::Bool(all)) => Some(if all { vec!["true".to_owned()] } else { Vec::new() }),
                other => list(other, "autoapprove")?,
            },
            access_token_validity: number(map.remove("access_token_validity")),
            refresh_token_validity: number(map.remove("refresh_token_validity")),
            more: map,
        })
    }

    /// Puts what was sent over what there is, and checks the outcome but for the secret.
    pub(in crate::uaa) fn over(self, client: &mut Client) -> Result<(), Refusal> {
        let put = |new: Option<Vec<String>>, field: &mut Vec<String>| {
            if let Some(new) = new {
                *field = new;
            }
        };
        put(self.grant_types, &mut client.grant_types);
        put(self.scope, &mut client.scope);
        put(self.authorities, &mut client.authorities);
        put(self.redirect_uri, &mut client.redirect_uri);
        put(self.autoapprove, &mut client.autoapprove);
        client.access_token_validity = self.access_token_validity.or(client.access_token_validity);
        client.refresh_token_validity = self.refresh_token_validity.or(client.refresh_token_validity);
        client
            .more
            .extend(self.more.into_iter().filter(|(_, value)| !value.is_null()));
        for field in [&mut client.scope, &mut client.authorities] {
            if field.is_empty() {
                *field = vec!["uaa.none".to_owned()];
            }
        }
        sound(client)?;
        let users = client.may("authorization_code") || client.may("password");
        if users && !client.may("refresh_token") {
            client.grant_types.push("refresh_token".to_owned());
        }
        // What is kept of a list is one text with commas; only that of authorities loses its blanks when it is read.
        for field in [&mut client.scope, &mut client.redirect_uri] {
            *field = parted(field, |item| item);
        }
        client.authorities = parted(&client.authorities, str::trim);
        Ok(())
    }
}

/// Each item once, parted at commas, as it is read.
fn parted(list: &[String], read: fn(&str) -> &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let items = list.iter().flat_map(|item| item.split(',')).map(read);
    let items = items.filter(|item| !item.is_empty() && seen.insert(*item));
    items.map(str::to_owned).collect()
}

fn sound(client: &Client) -> Result<(), Refusal> {
    let known = format!("[{}]", GRANTS.join(", "));
    if client.grant_types.is_empty() {
        let text = "An authorized grant type must be provided. Must be one of:";
        return Err(invalid(format!("{text} {known}")));
    }
    if let Some(other) = client.grant_types.iter().find(|g| !GRANTS.contains(&g.as_str())) {
        return Err(invalid(format!(
            "{other} is not an allowed grant type. Must be one of: {known}"
        )));
    }
    for browser in ["authorization_code", "implicit"] {
        if client.may(browser) && client.redirect_uri.is_empty() {
            return Err(invalid(format!(
                "{browser} grant type requires at least one redirect URL."
            )));
        }
    }
    let is_url = |url: &str| {
        url.split_once("://")
            .is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
    };
    match client.redirect_uri.iter().find(|url| !is_url(url)) {
        Some(bad) => Err(invalid(format!("One of the redirect_uri is invalid: {bad}"))),
        None => Ok(()),
    }
}

/// The rules of the secret of a new client.
pub(in crate::uaa) fn secret(client: &Client, secret: Option<String>) -> Result<Vec<String>, Refusal> {
    let public = client
        .more
        .get("allowpublic")
        .is_some_and(|v| *v == true || *v == "true");
    let pure_implicit = client.grant_types.iter().all(|g| g == "implicit");
    match secret {
        Some(_) if pure_implicit => Err(invalid("Implicit grant should not have a client_secret")),
        Some(secret) => Ok(vec![secret]),
        None if public || pure_implicit => Ok(vec![String::new()]),
        None => {
            let first = client.grant_types.iter().find(|g| *g != "implicit");
            let first = first.map_or("client_credentials", String::as_str);
            Err(invalid(format!("Client secret is required for {first} grant type")))
        }
    }
}

/// A list of texts, or one text with commas; empty is none.
fn list(value: Option<Value>, field: &str) -> Result<Option<Vec<String>>, Refusal> {
    let all: Vec<String> = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text
            .split(',')
            .map(|t| t.trim().to_owned())
            .filter(|t| !t.is_empty())
            .collect(),
        Some(other) => serde_json::from_value(other)
            .map_err(|_| Refusal::bad("invalid_request", format!("{field} must be a list of texts")))?,
    };
    Ok(Some(all).filter(|all| !all.is_empty()))
}
