//! Secure manifests: the values behind the references of a deployed manifest, by ODB's rules.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;
use tracing::warn;

use crate::bosh::{Director, Variable};
use crate::credhub::{CredHub, Credential};
use crate::{CallContext, Fault, FaultKind};

/// What reading all values of a manifest may take.
pub const LIMIT: Duration = Duration::from_secs(60);
/// How the calls in faults of this module end, so that they are told apart from those of the platform's CredHub.
pub const BOSH: &str = "of BOSH CredHub";

/// Where CredHub has a value.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    /// The version that was deployed.
    Id(&'a str),
    /// The newest of this name.
    Name(&'a str),
}

/// The texts between double parentheses, each once.
fn references(manifest: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut rest = manifest;
    while let Some(at) = rest.find("((") {
        rest = rest[at..].trim_start_matches('(');
        let end = rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')');
        if let Some(end) = end.filter(|&end| end > 0 && rest[end..].starts_with("))")) {
            found.insert(&rest[..end]);
        }
    }
    found
}

/// Where to look for a reference, and which member of it is meant; one place after the other.
fn places<'a>(reference: &'a str, variables: &'a [Variable]) -> Vec<(Place<'a>, Option<&'a str>)> {
    let (base, member) = match reference.split_once('.') {
        Some((base, member)) => (base, Some(member).filter(|member| !member.contains('.'))),
        None => (reference, None),
    };
    if !reference.starts_with('/') {
        let ends = |it: &&Variable| it.name.strip_suffix(base).is_some_and(|before| before.ends_with('/'));
        let deployed = variables.iter().find(ends);
        return vec![match deployed {
            Some(variable) => (Place::Id(&variable.id), member),
            None => (Place::Name(reference), member),
        }];
    }
    // A name may hold a dot itself, so the whole comes first.
    let place = |name: &'a str| match variables.iter().find(|it| it.name == name) {
        Some(variable) => Place::Id(&variable.id),
        None => Place::Name(name),
    };
    let mut places = vec![(place(reference), None)];
    places.extend(member.map(|member| (place(base), Some(member))));
    places
}

/// The value as the adapter gets it: texts as they are, all else as JSON.
fn text(credential: &Credential, member: Option<&str>) -> Result<String, String> {
    let whole = || credential.value.parse::<Value>().map_err(|why| why.to_string());
    match (member, whole()?) {
        (None, Value::String(text)) => Ok(text),
        (None, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Ok(credential.value.expose().to_owned())
        }
        (Some(name), Value::Object(members)) => match members.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Ok(other.to_string()),
            None => Err(format!("credential does not contain key '{name}'")),
        },
        (Some(name), Value::String(_)) => Err(format!("string type credential cannot have key '{name}'")),
        (Some(_), Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            Err("unknown credential type".into())
        }
    }
}

/// The values behind the references of `manifest`, which is what is deployed as `deployment`: JSON for the adapter, by
/// reference with its parentheses. It holds secrets. What the Director or CredHub refuses, and what isn't there, is logged and
/// left out, as in ODB. The values take [`LIMIT`] at most, besides one call to the Director.
///
/// # Errors
/// The [`Fault`] of a Director or a CredHub that doesn't answer: without its secrets an adapter would fail for good.
pub async fn of_deployment(
    director: &Director,
    credhub: &CredHub,
    deployment: &str,
    manifest: &str,
    call: &CallContext,
) -> Result<String, Fault> {
    let variables = match director.variables(deployment, call).await {
        Ok(variables) => variables.unwrap_or_default(),
        Err(fault) if !fault.is_permanent() => return Err(fault),
        Err(fault) => {
            warn!("failed to retrieve deployment variables for deployment '{deployment}': {fault}");
            vec![]
        }
    };
    resolve(credhub, manifest, &variables, call, LIMIT).await
}

/// The values as JSON for the adapter, by reference with its parentheses. What can't be had is logged and left out, as
/// in ODB.
///
/// # Errors
/// The [`Fault`] of a CredHub that doesn't answer, or not within `limit`: without its secrets an adapter would fail for
/// good.
async fn resolve(
    credhub: &CredHub,
    manifest: &str,
    variables: &[Variable],
    call: &CallContext,
    limit: Duration,
) -> Result<String, Fault> {
    let until = Instant::now() + limit;
    let mut values = Map::new();
    for reference in references(manifest) {
        let found = tokio::time::timeout_at(until, one(credhub, reference, variables, call)).await;
        match found {
            Ok(Ok(Ok(value))) => {
                values.insert(format!("(({reference}))"), value.into());
            }
            Ok(Ok(Err(why))) => warn!("Could not resolve (({reference})): {why}"),
            Ok(Err(fault)) if fault.is_permanent() => warn!("Could not resolve (({reference})): {fault}"),
            Ok(Err(fault)) => return Err(of_bosh(fault)),
            Err(_) => {
                let call = format!("reading the secrets of the manifest {BOSH}");
                let detail = format!("could not resolve (({reference})) in time, {limit:?} for all of them");
                return Err(Fault::new(FaultKind::Unknown, call, detail));
            }
        }
    }
    Ok(Value::Object(values).to_string())
}

/// So that whoever waits knows which of the two CredHubs for.
fn of_bosh(fault: Fault) -> Fault {
    match fault.call.strip_suffix("of CredHub") {
        Some(call) => Fault {
            call: format!("{call}{BOSH}"),
            ..fault
        },
        None => fault,
    }
}

async fn one(
    credhub: &CredHub,
    reference: &str,
    variables: &[Variable],
    call: &CallContext,
) -> Result<Result<String, String>, Fault> {
    for (place, member) in places(reference, variables) {
        let found = match place {
            Place::Id(id) => credhub.get_by_id(id, call).await?,
            Place::Name(name) => credhub.get(name, call).await?,
        };
        if let Some(credential) = found {
            return Ok(text(&credential, member));
        }
    }
    Ok(Err("CredHub has no such credential, or we may not read it".into()))
}

#[cfg(test)]
mod tests;
