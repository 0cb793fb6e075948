//! What a broker offers: checked as Cloud Controller checks it, and taken over.
//!
//! Every service, plan and schema is checked by a file of its own; what is wrong is collected in [`problems`], in the words of Cloud Controller.

mod apply;
mod check;
mod dialect;
mod inspect;
mod offered;
mod plan;
mod problems;
mod schemas;
mod service;
mod unique;
mod version;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::problems::Problems;
use super::refusal::Refusal;
use super::state::State;

pub(super) use apply::apply;
pub(super) use offered::Catalog;

/// Checks the body of `GET /v2/catalog` of a broker with this guid.
///
/// # Errors
/// 502 270012 `Service broker catalog is invalid: …` with all violations as an indented tree; 502 270019 `Service broker catalog is incompatible: …` for
/// a service that asks for what this Cloud Controller has switched off; 500 10001 where a real one stumbles: `services` is no array of objects.
pub(super) fn read(body: &Value, broker: &str, state: &State) -> Result<Catalog, Refusal> {
    let services = services(body).ok_or_else(stumbles)?;
    let mut problems = Problems::default();
    if services.is_empty() {
        problems.add("Service broker must provide at least one service");
    }
    unique::check(&services, broker, state, &mut problems);
    for service in &services {
        problems.nest(service::check(service));
    }
    if !problems.is_empty() {
        let text = format!("Service broker catalog is invalid: {problems}");
        return Err(Refusal::new(502, 270012, "CF-ServiceBrokerCatalogInvalid", text));
    }
    let catalog = Catalog::of(&services);
    incompatible(&catalog, state).map_or(Ok(catalog), Err)
}

/// An absent list is an empty one.
fn services(body: &Value) -> Option<Vec<&Map<String, Value>>> {
    match body.as_object()?.get("services") {
        None => Some(Vec::new()),
        Some(services) => services.as_array()?.iter().map(Value::as_object).collect(),
    }
}

fn stumbles() -> Refusal {
    Refusal::new(500, 10001, "UnknownError", "An unknown error occurred.")
}

fn incompatible(catalog: &Catalog, state: &State) -> Option<Refusal> {
    let mut problems = Problems::default();
    let features = [
        ("route_forwarding", state.options.route_services, "route"),
        ("volume_mount", state.options.volume_services, "volume mount"),
    ];
    for service in &catalog.services {
        let asked = |what: &str| service.requires.iter().any(|it| it == what);
        for (_, _, kind) in features.iter().filter(|(what, on, _)| !on && asked(what)) {
            let name = &service.name;
            problems.add(format!(
                "Service {name} is declared to be a {kind} service but support for {kind} services is disabled."
            ));
        }
    }
    let text = format!("Service broker catalog is incompatible: {problems}");
    (!problems.is_empty()).then(|| Refusal::new(502, 270019, "CF-ServiceBrokerCatalogIncompatible", text))
}
