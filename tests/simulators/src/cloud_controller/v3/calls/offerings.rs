//! `/v3/service_offerings`.

use http::StatusCode;

use crate::cloud_controller::model::{Broker, Offering, Plan};
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::market::{self, sees_offering};
use crate::cloud_controller::v3::page::Page;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "/v3/service_offerings",
    arrays: &[
        "names",
        "service_broker_guids",
        "service_broker_names",
        "space_guids",
        "organization_guids",
        "broker_catalog_ids",
    ],
    singles: &[("available", &["true", "false"])],
    named: true,
    include: &[],
    fields: &[("service_broker", &["guid", "name"])],
};

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let fits = |it: &&Offering| {
        let broker = state.brokers.get(&it.broker);
        sees_offering(&state, &call.who, it)
            && query.fits("names", &it.name)
            && query.fits("broker_catalog_ids", &it.catalog_id)
            && query.fits("service_broker_guids", &it.broker)
            && query.fits_any("service_broker_names", broker.map(|it| it.name.as_str()).into_iter())
            && query
                .single("available")
                .is_none_or(|wanted| (wanted == "true") == it.available)
            && (unplaced(&query) || state.plans_of(&it.guid).any(|plan| reaches(&state, &query, plan)))
    };
    let page = Page::of(&query, &state.url, state.offerings.values().filter(fits));
    let included = included(&state, &query, page.rows.iter().copied());
    Ok(page.answer(|it| views::offering(&state, it), included))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let query = Query::show(call.request, &SPEC)?;
    let state = call.shared.lock();
    let offering = state
        .offerings
        .get(call.arg(0))
        .filter(|it| sees_offering(&state, &call.who, it));
    let offering = offering.ok_or_else(not_found)?;
    let mut view = views::offering(&state, offering);
    included(&state, &query, [offering].into_iter()).into(&mut view);
    Ok(Answer::json(StatusCode::OK, &view))
}

/// `?purge=true` takes all of it away: plans, instances, keys, bindings; the broker isn't told.
pub(in crate::cloud_controller::v3) fn delete(call: &Call<'_>) -> Outcome {
    let mut state = call.shared.lock();
    let offering = state.offerings.get(call.arg(0)).ok_or_else(not_found)?;
    let broker = state.brokers.get(&offering.broker);
    if !call.who.is_admin() && !broker.is_some_and(|it| market::writes_broker(&call.who, it)) {
        return Err(match sees_offering(&state, &call.who, offering) {
            true => Refusal::not_authorized(),
            false => not_found(),
        });
    }
    let plans: Vec<String> = state.plans_of(call.arg(0)).map(|it| it.guid.clone()).collect();
    if !call.request.flag("purge") && !plans.is_empty() {
        let text = "Please delete the service_plans associations for your services.";
        return Err(Refusal::unprocessable(text));
    }
    for plan in plans {
        let instances: Vec<String> = state.instances_of(&plan).map(|it| it.guid.clone()).collect();
        for instance in instances {
            state.purge_instance(&instance);
        }
        state.plans.remove(&plan);
    }
    state.offerings.remove(call.arg(0));
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn not_found() -> Refusal {
    Refusal::not_found("Service offering")
}

/// Whether nobody asks about spaces or organizations.
fn unplaced(query: &Query<'_>) -> bool {
    query.single("space_guids").is_none() && query.single("organization_guids").is_none()
}

/// Whether a plan can be used in one of the spaces and in one of the organizations that are asked about.
pub(super) fn reaches(state: &State, query: &Query<'_>, plan: &Plan) -> bool {
    let in_space = |guid: &String| {
        let space = state.spaces.get(guid);
        space.is_some_and(|it| market::reaches_space(state, plan, it))
    };
    let in_organization = |guid: &String| market::reaches_organization(state, plan, guid);
    let is_public = matches!(market::reach(state, plan), market::Reach::Public);
    let spaces = query.values("space_guids");
    let organizations = query.values("organization_guids");
    // What is public is there for everybody, whatever space is named.
    spaces.is_none_or(|all| is_public || all.iter().any(in_space))
        && organizations.is_none_or(|all| is_public || all.iter().any(in_organization))
}

fn included<'a>(state: &State, query: &Query<'_>, rows: impl Iterator<Item = &'a Offering>) -> Included {
    let mut included = Included::none();
    let brokers = rows.filter_map(|it| state.brokers.get(&it.broker));
    let views = brokers.map(|it: &Broker| views::broker(state, it));
    included.add_fields(query, "service_broker", "service_brokers", views);
    included
}
