//! `POST /v3/service_brokers`; `PATCH` and `DELETE` of one.

use http::StatusCode;

use super::brokers::sees;
use crate::cloud_controller::broker::Work;
use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::{State, guid};
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::market::writes_broker;
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

pub(in crate::cloud_controller::v3) fn create(call: &Call<'_>) -> Outcome {
    let known = ["name", "url", "authentication", "relationships", "metadata"];
    let mut body = Body::read(call.request, &known)?;
    let name = body.needed_text("name");
    let url = body.needed_text("url");
    let url = address(&mut body, url);
    let (username, password) = credentials(&mut body);
    let space = match body.has("relationships") {
        true => Some(body.needed_related("space")),
        false => None,
    };
    let mut metadata = Metadata::default();
    body.metadata(&mut metadata);
    body.check()?;
    let mut state = call.shared.lock();
    match &space {
        None => call.who.admin()?,
        Some(guid) if !state.spaces.contains_key(guid) => return Err(invalid_space()),
        Some(_) => {}
    }
    unique(&state, &name, None)?;
    let row = Broker {
        guid: guid(),
        name,
        url,
        username,
        password,
        space,
        state: BrokerState::Synchronizing,
        pending: None,
        metadata,
        stamp: state.stamp(call.now),
    };
    let broker = row.guid.clone();
    state.brokers.insert(broker.clone(), row);
    let job = call.job(
        &mut state,
        "service_broker.catalog.synchronize",
        "service_brokers",
        &broker,
    );
    drop(state);
    let user = call.who.user.clone();
    Ok(call.begun(&job, Work::Synchronise { broker, user }))
}

pub(in crate::cloud_controller::v3) fn update(call: &Call<'_>) -> Outcome {
    let mut body = Body::read(call.request, &["name", "url", "authentication", "metadata"])?;
    let name = body.text("name");
    let url = body.text("url").map(|url| address(&mut body, url));
    let credentials = body.has("authentication").then(|| credentials(&mut body));
    body.check()?;
    let mut state = call.shared.lock();
    let guid = call.arg(0);
    let row = state.brokers.get(guid).ok_or_else(not_found)?;
    if !writes_broker(&call.who, row) {
        return Err(Refusal::not_authorized());
    }
    let mut metadata = row.metadata.clone();
    body.metadata(&mut metadata);
    body.check()?;
    // A new name is a job too, although the broker isn't asked for it: older versions of `cf` wait for one.
    let at_once = !["name", "url", "authentication"].iter().any(|key| body.has(key));
    if !at_once {
        match row.state {
            BrokerState::Synchronizing | BrokerState::DeleteInProgress => {
                let text = "Cannot update a broker when other operation is already in progress";
                return Err(Refusal::unprocessable(text));
            }
            BrokerState::Available | BrokerState::SynchronizationFailed | BrokerState::DeleteFailed => {}
        }
        if let Some(name) = &name {
            unique(&state, name, Some(guid))?;
        }
    }
    let broker = state.brokers.get_mut(guid).ok_or_else(not_found)?;
    broker.metadata = metadata;
    if at_once {
        broker.stamp.updated_at = call.now;
        let broker = state.brokers.get(guid).ok_or_else(not_found)?;
        return Ok(Answer::json(StatusCode::OK, &views::broker(&state, broker)));
    }
    broker.state = BrokerState::Synchronizing;
    broker.pending = Some(BrokerChange { name, url, credentials });
    let broker = guid.to_owned();
    let job = call.job(&mut state, "service_broker.update", "service_brokers", &broker);
    drop(state);
    let user = call.who.user.clone();
    Ok(call.begun(&job, Work::Synchronise { broker, user }))
}

pub(in crate::cloud_controller::v3) fn delete(call: &Call<'_>) -> Outcome {
    let mut state = call.shared.lock();
    let broker = call.arg(0).to_owned();
    let row = state
        .brokers
        .get(&broker)
        .filter(|it| sees(&call.who, it))
        .ok_or_else(not_found)?;
    if !writes_broker(&call.who, row) {
        return Err(Refusal::not_authorized());
    }
    let plans = state.offerings_of(&broker).flat_map(|it| state.plans_of(&it.guid));
    if plans
        .into_iter()
        .any(|it| state.instances_of(&it.guid).next().is_some())
    {
        let text = format!(
            "Can not remove brokers that have associated service instances: {}",
            row.name
        );
        return Err(Refusal::new(422, 270_010, "CF-ServiceBrokerNotRemovable", text));
    }
    if let Some(row) = state.brokers.get_mut(&broker) {
        row.state = BrokerState::DeleteInProgress;
    }
    let job = call.job(&mut state, "service_broker.delete", "service_broker", &broker);
    drop(state);
    Ok(call.begun(&job, Work::DeleteBroker { broker }))
}

fn not_found() -> Refusal {
    Refusal::not_found("Service broker")
}

pub(super) fn invalid_space() -> Refusal {
    Refusal::unprocessable("Invalid space. Ensure that the space exists and you have access to it.")
}

/// Names are unique among all brokers, those that a running update will give too; addresses needn't be.
fn unique(state: &State, name: &str, but: Option<&str>) -> Result<(), Refusal> {
    let pending = |it: &Broker| it.pending.as_ref().and_then(|it| it.name.as_deref()) == Some(name);
    let mut others = state.brokers.values().filter(|it| Some(it.guid.as_str()) != but);
    match others.any(|it| it.name == name || pending(it)) {
        true => Err(Refusal::unprocessable("Name must be unique")),
        false => Ok(()),
    }
}

/// Without the slash at its end.
fn address(body: &mut Body, url: String) -> String {
    let rest = url.strip_prefix("https://").or(url.strip_prefix("http://"));
    let host = rest.map(|it| it.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        None | Some("") if !url.is_empty() => body.wrong("Url must be a valid url"),
        Some(host) if host.contains('@') => body.wrong("Url must not contain authentication"),
        Some(_) | None => {}
    }
    url.trim_end_matches('/').to_owned()
}

fn credentials(body: &mut Body) -> (String, String) {
    let Some(given) = body.object("authentication") else {
        body.wrong("Authentication must be a hash");
        return Default::default();
    };
    if given.get("type").and_then(|it| it.as_str()) != Some("basic") {
        body.wrong("Authentication authentication.type must be one of [\"basic\"]");
    }
    let part = |key: &str| {
        given
            .get("credentials")
            .and_then(|it| it[key].as_str())
            .map(str::to_owned)
    };
    match (part("username"), part("password")) {
        (Some(username), Some(password)) => (username, password),
        (username, password) => {
            let missing = [("username", username), ("password", password)];
            let missing: Vec<&str> = missing
                .iter()
                .filter(|(_, it)| it.is_none())
                .map(|(key, _)| *key)
                .collect();
            body.wrong(format!(
                "Authentication credentials Field(s) {missing:?} must be valid: must be a string"
            ));
            Default::default()
        }
    }
}
