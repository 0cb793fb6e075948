//! `/v3/apps`: there to be bound, nothing runs.

use http::StatusCode;

use super::brokers_write::invalid_space;
use crate::cloud_controller::model::App;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::guid;
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::page::Page;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "/v3/apps",
    arrays: &["names", "space_guids", "organization_guids"],
    singles: &[],
    named: true,
    include: &[],
    fields: &[],
};

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let fits = |it: &&App| {
        let organization = state.spaces.get(&it.space).map(|it| it.organization.as_str());
        query.fits("names", &it.name)
            && query.fits("space_guids", &it.space)
            && query.fits_any("organization_guids", organization.into_iter())
    };
    let page = Page::of(&query, &state.url, state.apps.values().filter(fits));
    Ok(page.answer(|it| views::app(&state, it), Included::none()))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let app = state.apps.get(call.arg(0)).ok_or_else(|| Refusal::not_found("App"))?;
    Ok(Answer::json(StatusCode::OK, &views::app(&state, app)))
}

/// The lifecycle may be given, and is forgotten.
pub(in crate::cloud_controller::v3) fn create(call: &Call<'_>) -> Outcome {
    let mut body = Body::read(call.request, &["name", "relationships", "lifecycle"])?;
    let name = body.needed_text("name");
    let space = body.needed_related("space");
    body.check()?;
    let mut state = call.shared.lock();
    if !state.spaces.contains_key(&space) {
        return Err(invalid_space());
    }
    if state.apps.values().any(|it| it.name == name && it.space == space) {
        let text = format!("App with the name '{name}' already exists.");
        return Err(Refusal::unprocessable(text));
    }
    let guid = guid();
    let app = App {
        guid: guid.clone(),
        name,
        space,
        stamp: state.stamp(call.now),
    };
    let view = views::app(&state, &app);
    state.apps.insert(guid, app);
    Ok(Answer::json(StatusCode::CREATED, &view))
}
