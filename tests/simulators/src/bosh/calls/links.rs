//! `/link_providers`, `/link_consumers`, `/links`, `/link_address`.

use http::StatusCode;
use serde_json::Value;

use crate::bosh::access::Power;
use crate::bosh::answer::Answer;
use crate::bosh::links::Links;
use crate::bosh::routes::Call;
use crate::bosh::world::World;

pub(in crate::bosh) fn providers(world: &mut World, call: &Call<'_>) -> Answer {
    list(world, call, Links::providers_of)
}

pub(in crate::bosh) fn consumers(world: &mut World, call: &Call<'_>) -> Answer {
    list(world, call, Links::consumers_of)
}

pub(in crate::bosh) fn links(world: &mut World, call: &Call<'_>) -> Answer {
    list(world, call, Links::links_of)
}

fn list(world: &World, call: &Call<'_>, rows: fn(&Links, &str) -> Value) -> Answer {
    match call.request.query("deployment") {
        None => Answer::bad_request(190_024, "Deployment name is required"),
        Some(name) if world.deployments.contains_key(name) => Answer::ok(&rows(&world.links, name)),
        Some(name) => Answer::no_deployment(name),
    }
}

pub(in crate::bosh) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    if !call.request.is_type("application/json") {
        return Answer::no_endpoint(&call.request.path);
    }
    let Ok(body) = serde_json::from_slice::<Value>(&call.request.body) else {
        return super::invalid_json(&call.request.body);
    };
    if let Some(problem) = problem(&body) {
        return Answer::bad_request(810_001, format!("Invalid request: {problem}"));
    }
    let id = body["link_provider_id"].as_str().unwrap_or_default();
    let name = body["link_consumer"]["owner_object"]["name"]
        .as_str()
        .unwrap_or_default();
    let Some(provider) = world.links.provider(id).cloned() else {
        return Answer::bad_request(810_002, format!("Invalid link_provider_id: {id}"));
    };
    if let Err(refused) = may(world, call, Power::Admin, &provider.deployment) {
        return refused;
    }
    if !provider.shared {
        return Answer::error(StatusCode::FORBIDDEN, 810_009, "Provider not `shared`");
    }
    let network = body["network"].as_str();
    if let Some(network) = network
        && !provider.networks.iter().any(|n| n == network)
    {
        let text = format!("Can't resolve network: `{network}` in provider id: {id} for `{name}`");
        return Answer::bad_request(810_003, text);
    }
    let now = world.clock.now();
    Answer::ok(&world.links.external(&provider, name, network, now))
}

/// Refused without the power over a deployment.
fn may(world: &World, call: &Call<'_>, power: Power, deployment: &str) -> Result<(), Answer> {
    let teams = world.deployments.get(deployment).map(|d| d.teams.as_slice());
    call.access.require(power, teams.unwrap_or_default())
}

/// What is wrong with the body, in the order in which the Director looks.
fn problem(body: &Value) -> Option<&'static str> {
    let owner = &body["link_consumer"]["owner_object"];
    match &body["link_provider_id"] {
        Value::Null => return Some("`link_provider_id` must be provided"),
        Value::String(id) if id.is_empty() => return Some("`link_provider_id` must be provided"),
        Value::String(_) => {}
        _ => return Some("`link_provider_id` must be a String"),
    }
    if body["link_consumer"].is_null() {
        return Some("`link_consumer` section must be defined");
    }
    if owner.is_null() {
        return Some("`link_consumer.owner_object` section must be defined");
    }
    if owner["type"] != "external" {
        return Some("`link_consumer.owner_object.type` should be 'external'");
    }
    let named = owner["name"].as_str().is_some_and(|n| !n.is_empty());
    (!named).then_some("`link_consumer.owner_object.name` must not be empty")
}

pub(in crate::bosh) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.arg(0);
    let of = world.links.link(id).map(|(_, provider)| provider.deployment.clone());
    if let Some(deployment) = of
        && let Err(refused) = may(world, call, Power::Admin, &deployment)
    {
        return refused;
    }
    match world.links.remove(id) {
        Some(true) => Answer::no_content(),
        Some(false) => Answer::bad_request(810_005, "Error deleting link: not a external link"),
        None => Answer::error(StatusCode::NOT_FOUND, 810_000, format!("Invalid link id: {id}")),
    }
}

pub(in crate::bosh) fn address(world: &mut World, call: &Call<'_>) -> Answer {
    let Some(id) = call.request.query("link_id").filter(|id| !id.is_empty()) else {
        return Answer::bad_request(810_006, "Link id is required");
    };
    let status = match call.request.query("status") {
        None | Some("default") => 0,
        Some("unhealthy") => 1,
        Some("healthy") => 3,
        Some("all") => 4,
        Some(_) => {
            let text = "`status` must be a one of: [\"healthy\", \"unhealthy\", \"all\", \"default\"]";
            return Answer::bad_request(810_007, text);
        }
    };
    if call.request.query("azs").is_some() {
        let text = "`azs` param must be array form: `azs[]=az1&azs[]=az2&azs[]=az3`";
        return Answer::bad_request(810_008, text);
    }
    let wanted = call.request.query.iter().filter(|(k, _)| k == "azs[]");
    let mut zones: Vec<usize> = wanted.map(|(_, az)| world.zone(az)).collect();
    zones.sort_unstable();
    let Some((link, provider)) = world.links.link(id) else {
        let text = format!("Could not find a link with id {id}");
        return Answer::error(StatusCode::NOT_FOUND, 810_000, text);
    };
    if let Err(refused) = may(world, call, Power::Read, &provider.deployment) {
        return refused;
    }
    let zones: String = zones.into_iter().map(|zone| format!("a{zone}")).collect();
    let network = link.network.as_ref().or(provider.networks.first());
    let canonical = |text: &str| text.to_lowercase().replace('_', "-");
    let address = format!(
        "q-{zones}s{status}.{}.{}.{}.bosh",
        canonical(&provider.group),
        canonical(network.map_or("default", String::as_str)),
        canonical(&provider.deployment)
    );
    Answer::ok(&serde_json::json!({"address": address}))
}
