//! `/v3/spaces`.

use http::StatusCode;

use crate::cloud_controller::model::Space;
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
    path: "/v3/spaces",
    arrays: &["names", "organization_guids"],
    singles: &[],
    named: true,
    include: &["org", "organization"],
    fields: &[],
};

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let fits = |it: &&Space| query.fits("names", &it.name) && query.fits("organization_guids", &it.organization);
    let page = Page::of(&query, &state.url, state.spaces.values().filter(fits));
    let included = included(&state, &query, &page.rows);
    Ok(page.answer(|it| views::space(&state, it), included))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let query = Query::show(call.request, &SPEC)?;
    let state = call.shared.lock();
    let space = state
        .spaces
        .get(call.arg(0))
        .ok_or_else(|| Refusal::not_found("Space"))?;
    let mut view = views::space(&state, space);
    included(&state, &query, &[space]).into(&mut view);
    Ok(Answer::json(StatusCode::OK, &view))
}

/// Members of an organization who aren't admins would need a role in it; here only admins do it.
pub(in crate::cloud_controller::v3) fn create(call: &Call<'_>) -> Outcome {
    call.who.admin()?;
    let mut body = Body::read(call.request, &["name", "relationships"])?;
    let name = body.needed_text("name");
    let organization = body.needed_related("organization");
    body.check()?;
    let mut state = call.shared.lock();
    if !state.organizations.contains_key(&organization) {
        let text = "Invalid organization. Ensure the organization exists and you have access to it.";
        return Err(Refusal::unprocessable(text));
    }
    let mut spaces = state.spaces.values();
    if spaces.any(|it| it.name == name && it.organization == organization) {
        return Err(Refusal::unprocessable("Name must be unique per organization"));
    }
    let guid = state.add_space(&name, &organization, call.now);
    Ok(Answer::json(
        StatusCode::CREATED,
        &views::space(&state, &state.spaces[&guid]),
    ))
}

fn included(state: &State, query: &Query<'_>, rows: &[&Space]) -> Included {
    let mut included = Included::none();
    if query.includes("organization") || query.includes("org") {
        let all = rows.iter().filter_map(|it| state.organizations.get(&it.organization));
        included.add("organizations", all.map(|it| views::organization(state, it)));
    }
    included
}
