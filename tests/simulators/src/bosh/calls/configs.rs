//! `/configs`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::bosh::access::Power;
use crate::bosh::answer::Answer;
use crate::bosh::configs::{Config, redump};
use crate::bosh::manifest::parse_yaml;
use crate::bosh::routes::Call;
use crate::bosh::world::World;

fn required(key: &str) -> Answer {
    Answer::bad_request(440_010, format!("'{key}' is required"))
}

/// Refused when one of them is another team's, or the Director's.
fn may_change(world: &World, call: &Call<'_>, fits: impl Fn(&Config) -> bool) -> Result<(), Answer> {
    let mut all = world.configs.all(fits);
    all.try_for_each(|config| call.access.require(Power::Admin, config.team.as_slice()))
}

fn unknown(id: &str) -> Answer {
    Answer::error(StatusCode::NOT_FOUND, 440_012, format!("Config {id} not found"))
}

pub(in crate::bosh) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let latest = match call.request.query("latest") {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Answer::bad_request(440_010, "'latest' must be 'true' or 'false'"),
    };
    let limit = match call.request.query("limit").map(str::parse::<usize>) {
        None => None,
        Some(Ok(limit)) if limit > 0 => Some(limit),
        Some(_) => return Answer::bad_request(440_010, "'limit' must be larger than zero"),
    };
    let limit = match (latest, limit) {
        (Some(true), _) | (None, None) => 1,
        (_, Some(limit)) => limit,
        (Some(false), None) => usize::MAX,
    };
    let (kind, name) = (call.request.query("type"), call.request.query("name"));
    Answer::ok(&world.configs.list(limit, |config| {
        kind.is_none_or(|k| k == config.kind)
            && name.is_none_or(|n| n == config.name)
            && call.access.sees(config.team.as_slice())
    }))
}

pub(in crate::bosh) fn show(world: &mut World, call: &Call<'_>) -> Answer {
    let found = call.arg(0).parse().ok().and_then(|id| world.configs.get(id));
    match found {
        Some(config) => match call.access.require(Power::Read, config.team.as_slice()) {
            Ok(()) => Answer::ok(&world.configs.shown(config)),
            Err(refused) => refused,
        },
        None => unknown(call.arg(0)),
    }
}

pub(in crate::bosh) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    if !call.request.is_type("application/json") {
        return Answer::no_endpoint(&call.request.path);
    }
    let Ok(body) = serde_json::from_slice::<Value>(&call.request.body) else {
        return super::invalid_json(&call.request.body);
    };
    let text = |key: &str| body[key].as_str().filter(|t| !t.is_empty());
    let (kind, name, content) = match (text("type"), text("name"), text("content")) {
        (None, _, _) => return required("type"),
        (_, None, _) => return required("name"),
        (_, _, None) => return required("content"),
        (Some(kind), Some(name), Some(content)) => (kind, name, content),
    };
    let parsed = match parse_yaml(content) {
        Ok(parsed @ Value::Object(_)) => parsed,
        Ok(_) => return Answer::bad_request(440_011, "YAML hash expected"),
        Err(detail) => {
            let text = format!("Config must be valid YAML: (<unknown>): {detail}");
            return Answer::bad_request(440_011, text);
        }
    };
    let latest = world.configs.latest(kind, name).map_or(0, |c| c.id).to_string();
    let expected = match &body["expected_latest_id"] {
        Value::Null => latest.clone(),
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    if expected != latest {
        let body = json!({
            "latest_id": latest, "expected_latest_id": expected,
            "description": format!("Latest Id: '{latest}' does not match expected latest id"),
        });
        return Answer::html(StatusCode::PRECONDITION_FAILED, body.to_string());
    }
    let content = if kind == "runtime" {
        redump(parsed)
    } else {
        content.to_owned()
    };
    let now = world.clock.now();
    let team = call.access.teams().into_iter().next();
    let row = world.configs.add(kind, name, content, team, now);
    Answer::html(StatusCode::CREATED, row.to_string())
}

pub(in crate::bosh) fn delete_named(world: &mut World, call: &Call<'_>) -> Answer {
    let query = |key: &str| call.request.query(key).filter(|v| !v.is_empty());
    let (kind, name) = match (query("type"), query("name")) {
        (None, _) => return required("type"),
        (_, None) => return required("name"),
        (Some(kind), Some(name)) => (kind, name),
    };
    let fits = |c: &Config| c.kind == kind && c.name == name;
    if let Err(refused) = may_change(world, call, fits) {
        return refused;
    }
    match world.configs.remove(fits) {
        true => Answer::no_content(),
        false => Answer::no_row(&call.request.path),
    }
}

pub(in crate::bosh) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.arg(0).parse::<u64>().ok();
    let fits = |c: &Config| id == Some(c.id);
    if let Err(refused) = may_change(world, call, fits) {
        return refused;
    }
    match world.configs.remove(fits) {
        true => Answer::no_content(),
        false => unknown(call.arg(0)),
    }
}
