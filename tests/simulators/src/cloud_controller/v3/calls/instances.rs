//! `GET /v3/service_instances`, and what can be read of one.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use serde_json::json;

use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::page::Page;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "/v3/service_instances",
    arrays: &[
        "names",
        "space_guids",
        "organization_guids",
        "service_plan_guids",
        "service_plan_names",
    ],
    singles: &[("type", &["managed", "user-provided"])],
    named: true,
    include: &[],
    fields: &[
        ("space", &["guid", "name", "relationships.organization"]),
        ("space.organization", &["guid", "name"]),
        ("service_plan", &["guid", "name", "relationships.service_offering"]),
        (
            "service_plan.service_offering",
            &[
                "guid",
                "name",
                "description",
                "documentation_url",
                "tags",
                "relationships.service_broker",
            ],
        ),
        ("service_plan.service_offering.service_broker", &["guid", "name"]),
    ],
};

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let fits = |it: &&Instance| {
        let (space, plan) = (state.spaces.get(&it.space), state.plans.get(&it.plan));
        query.fits("names", &it.name)
            && query.fits("space_guids", &it.space)
            && query.fits_any(
                "organization_guids",
                space.map(|it| it.organization.as_str()).into_iter(),
            )
            && query.fits("service_plan_guids", &it.plan)
            && query.fits_any("service_plan_names", plan.map(|it| it.name.as_str()).into_iter())
            && query.single("type").is_none_or(|wanted| wanted == "managed")
    };
    let page = Page::of(&query, &state.url, state.instances.values().filter(fits));
    let included = included(&state, &query, &page.rows);
    Ok(page.answer(|it| views::instance(&state, it), included))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let query = Query::show(call.request, &SPEC)?;
    let state = call.shared.lock();
    let instance = found(&state, call.arg(0))?;
    let mut view = views::instance(&state, instance);
    included(&state, &query, &[instance]).into(&mut view);
    Ok(Answer::json(StatusCode::OK, &view))
}

/// As the broker has them.
pub(in crate::cloud_controller::v3) fn parameters<'a>(call: &'a Call<'_>) -> BoxFuture<'a, Outcome> {
    async move {
        made(&call.shared.lock(), call.arg(0))?;
        let read = call
            .brokers
            .instance_parameters(call.arg(0), call.who.user.clone())
            .await?;
        Ok(Answer::json(StatusCode::OK, &read))
    }
    .boxed()
}

pub(in crate::cloud_controller::v3) fn permissions(call: &Call<'_>) -> Outcome {
    found(&call.shared.lock(), call.arg(0))?;
    let (manage, read) = (call.who.writes(), call.who.reads());
    Ok(Answer::json(StatusCode::OK, &json!({"manage": manage, "read": read})))
}

/// Only user-provided instances have them, and there are none here.
pub(in crate::cloud_controller::v3) fn credentials(_: &Call<'_>) -> Outcome {
    Err(Refusal::not_found("Service instance"))
}

pub(super) fn found<'a>(state: &'a State, guid: &str) -> Result<&'a Instance, Refusal> {
    let found = state.instances.get(guid);
    found.ok_or_else(|| Refusal::not_found("Service instance"))
}

/// 409 60016.
pub(super) fn in_progress(instance: &Instance) -> Refusal {
    let text = format!("An operation for service instance {} is in progress.", instance.name);
    Refusal::new(409, 60016, "CF-AsyncServiceInstanceOperationInProgress", text)
}

/// Whether a creation has failed.
pub(super) fn is_stillborn(of: &LastOperation) -> bool {
    of.kind == OperationKind::Create && of.state == OperationState::Failed
}

/// What was never made can't be read.
fn made(state: &State, guid: &str) -> Result<(), Refusal> {
    match is_stillborn(&found(state, guid)?.last_operation) {
        true => Err(Refusal::not_found("Service instance")),
        false => Ok(()),
    }
}

fn included(state: &State, query: &Query<'_>, rows: &[&Instance]) -> Included {
    let mut included = Included::none();
    let spaces = || rows.iter().filter_map(|it| state.spaces.get(&it.space));
    let plans = || rows.iter().filter_map(|it| state.plans.get(&it.plan));
    let offerings = || plans().filter_map(|it| state.offerings.get(&it.offering));
    let brokers = || offerings().filter_map(|it| state.brokers.get(&it.broker));
    let organizations = || spaces().filter_map(|it| state.organizations.get(&it.organization));
    let mut add = |what, kind, views: &mut dyn Iterator<Item = serde_json::Value>| {
        included.add_fields(query, what, kind, views);
    };
    add("space", "spaces", &mut spaces().map(|it| views::space(state, it)));
    let views = &mut organizations().map(|it| views::organization(state, it));
    add("space.organization", "organizations", views);
    add(
        "service_plan",
        "service_plans",
        &mut plans().map(|it| views::plan(state, it)),
    );
    let views = &mut offerings().map(|it| views::offering(state, it));
    add("service_plan.service_offering", "service_offerings", views);
    let views = &mut brokers().map(|it| views::broker(state, it));
    add("service_plan.service_offering.service_broker", "service_brokers", views);
    included
}
