//! `GET /v3/service_brokers`.

use http::StatusCode;

use crate::cloud_controller::model::Broker;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::v3::access::Who;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::page::Page;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "/v3/service_brokers",
    arrays: &["names", "space_guids"],
    singles: &[],
    named: true,
    include: &[],
    fields: &[],
};

/// Developers see those of their spaces.
pub(super) fn sees(who: &Who, broker: &Broker) -> bool {
    who.sees_all() || broker.space.is_some()
}

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let fits = |it: &&Broker| {
        sees(&call.who, it)
            && query.fits("names", &it.name)
            && query.fits_any("space_guids", it.space.as_deref().into_iter())
    };
    let page = Page::of(&query, &state.url, state.brokers.values().filter(fits));
    Ok(page.answer(|it| views::broker(&state, it), Included::none()))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let broker = state.brokers.get(call.arg(0)).filter(|it| sees(&call.who, it));
    let broker = broker.ok_or_else(|| Refusal::not_found("Service broker"))?;
    Ok(Answer::json(StatusCode::OK, &views::broker(&state, broker)))
}
