//! `/v3/service_credential_bindings`: read, relabel, delete.

use http::StatusCode;

use super::instance_delete::{blocks, instance_in_progress};
use crate::cloud_controller::broker::Work;
use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::page::Page;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "/v3/service_credential_bindings",
    arrays: &[
        "names",
        "service_instance_guids",
        "service_instance_names",
        "service_plan_guids",
        "service_plan_names",
        "service_offering_guids",
        "service_offering_names",
        "app_guids",
        "app_names",
    ],
    singles: &[("type", &["app", "key"])],
    named: true,
    include: &["app", "service_instance"],
    fields: &[],
};

const ROUTES: Spec = Spec {
    path: "/v3/service_route_bindings",
    arrays: &["service_instance_guids", "service_instance_names", "route_guids"],
    singles: &[],
    named: false,
    include: &["route", "service_instance"],
    fields: &[],
};

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let page = Page::of(
        &query,
        &state.url,
        state.bindings.values().filter(|it| fits(&state, &query, it)),
    );
    let included = included(&state, &query, &page.rows);
    Ok(page.answer(|it| views::binding(&state, it), included))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let query = Query::show(call.request, &SPEC)?;
    let state = call.shared.lock();
    let binding = found(&state, call.arg(0))?;
    let mut view = views::binding(&state, binding);
    included(&state, &query, &[binding]).into(&mut view);
    Ok(Answer::json(StatusCode::OK, &view))
}

/// Labels and annotations; nothing else of a binding can be changed.
pub(in crate::cloud_controller::v3) fn update(call: &Call<'_>) -> Outcome {
    let mut body = Body::read(call.request, &["metadata"])?;
    let mut state = call.shared.lock();
    let row = found(&state, call.arg(0))?;
    if row.last_operation.runs() && row.last_operation.kind == OperationKind::Delete {
        return Err(Refusal::unprocessable("The service binding is being deleted"));
    }
    let mut metadata = row.metadata.clone();
    body.metadata(&mut metadata);
    body.check()?;
    if let Some(row) = state.bindings.get_mut(call.arg(0)) {
        row.metadata = metadata;
        row.stamp.updated_at = call.now;
    }
    let view = views::binding(&state, found(&state, call.arg(0))?);
    Ok(Answer::json(StatusCode::OK, &view))
}

pub(in crate::cloud_controller::v3) fn delete(call: &Call<'_>) -> Outcome {
    let mut state = call.shared.lock();
    let row = found(&state, call.arg(0))?;
    if blocks(&row.last_operation) {
        let text = "There is an operation in progress for the service binding.";
        return Err(Refusal::unprocessable(text));
    }
    if state
        .instances
        .get(&row.instance)
        .is_some_and(|it| it.last_operation.runs())
    {
        return Err(instance_in_progress());
    }
    let operation = format!("{}.delete", jobs_of(&row.kind));
    let binding = row.guid.clone();
    let job = call.job(&mut state, &operation, "service_credential_binding", &binding);
    if let Some(row) = state.bindings.get_mut(&binding) {
        row.last_operation = LastOperation::begin(OperationKind::Delete, call.now);
    }
    drop(state);
    let user = call.who.user.clone();
    Ok(call.begun(&job, Work::Unbind { binding, user }))
}

/// There are no routes here.
pub(in crate::cloud_controller::v3) fn routes(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &ROUTES)?;
    let state = call.shared.lock();
    let page: Page<'_, Binding> = Page::of(&query, &state.url, std::iter::empty());
    Ok(page.answer(|it| views::binding(&state, it), Included::none()))
}

pub(super) fn found<'a>(state: &'a State, guid: &str) -> Result<&'a Binding, Refusal> {
    let found = state.bindings.get(guid);
    found.ok_or_else(|| Refusal::not_found("Service credential binding"))
}

/// What jobs of it are called.
pub(super) fn jobs_of(kind: &BindingKind) -> &'static str {
    match kind {
        BindingKind::Key => "service_keys",
        BindingKind::App { .. } => "service_bindings",
    }
}

fn fits(state: &State, query: &Query<'_>, it: &Binding) -> bool {
    let app = match &it.kind {
        BindingKind::App { app } => Some(app.as_str()),
        BindingKind::Key => None,
    };
    let app_name = app.and_then(|guid| state.apps.get(guid)).map(|it| it.name.as_str());
    let instance = state.instances.get(&it.instance);
    let roots = instance.and_then(|it| state.roots(it));
    let (plan, offering) = (roots.map(|(plan, ..)| plan), roots.map(|(_, offering, _)| offering));
    query.fits_any("names", it.name.as_deref().into_iter())
        && query.fits("service_instance_guids", &it.instance)
        && query.fits_any(
            "service_instance_names",
            instance.map(|it| it.name.as_str()).into_iter(),
        )
        && query.fits_any("service_plan_guids", plan.map(|it| it.guid.as_str()).into_iter())
        && query.fits_any("service_plan_names", plan.map(|it| it.name.as_str()).into_iter())
        && query.fits_any(
            "service_offering_guids",
            offering.map(|it| it.guid.as_str()).into_iter(),
        )
        && query.fits_any(
            "service_offering_names",
            offering.map(|it| it.name.as_str()).into_iter(),
        )
        && query.fits_any("app_guids", app.into_iter())
        && query.fits_any("app_names", app_name.into_iter())
        && query.single("type").is_none_or(|wanted| wanted == it.kind.word())
}

fn included(state: &State, query: &Query<'_>, rows: &[&Binding]) -> Included {
    let mut included = Included::none();
    if query.includes("app") {
        let app = |it: &&Binding| match &it.kind {
            BindingKind::App { app } => state.apps.get(app),
            BindingKind::Key => None,
        };
        included.add("apps", rows.iter().filter_map(app).map(|it| views::app(state, it)));
    }
    if query.includes("service_instance") {
        let instances = rows.iter().filter_map(|it| state.instances.get(&it.instance));
        included.add("service_instances", instances.map(|it| views::instance(state, it)));
    }
    included
}
