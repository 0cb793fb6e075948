//! `/v3/organizations`.

use http::StatusCode;

use crate::cloud_controller::model::Organization;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::page::Page;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "/v3/organizations",
    arrays: &["names"],
    singles: &[],
    named: true,
    include: &[],
    fields: &[],
};

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let fits = |it: &&Organization| query.fits("names", &it.name);
    let page = Page::of(&query, &state.url, state.organizations.values().filter(fits));
    Ok(page.answer(|it| views::organization(&state, it), Included::none()))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let found = state.organizations.get(call.arg(0));
    let found = found.ok_or_else(|| Refusal::not_found("Organization"))?;
    Ok(Answer::json(StatusCode::OK, &views::organization(&state, found)))
}

pub(in crate::cloud_controller::v3) fn create(call: &Call<'_>) -> Outcome {
    call.who.admin()?;
    let mut body = Body::read(call.request, &["name"])?;
    let name = body.needed_text("name");
    body.check()?;
    let mut state = call.shared.lock();
    if state.organizations.values().any(|it| it.name == name) {
        let text = format!("Organization '{name}' already exists.");
        return Err(Refusal::unprocessable(text));
    }
    let guid = state.add_organization(&name, call.now);
    Ok(Answer::json(
        StatusCode::CREATED,
        &views::organization(&state, &state.organizations[&guid]),
    ))
}
