//! `/v3/service_plans`.

use http::StatusCode;

use super::offerings::reaches;
use crate::cloud_controller::model::{Offering, Plan};
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::market::{Reach, reach, sees_plan};
use crate::cloud_controller::v3::page::Page;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "/v3/service_plans",
    arrays: &[
        "names",
        "broker_catalog_ids",
        "organization_guids",
        "space_guids",
        "service_broker_guids",
        "service_broker_names",
        "service_instance_guids",
        "service_offering_guids",
        "service_offering_names",
    ],
    singles: &[("available", &["true", "false"])],
    named: true,
    include: &["space.organization", "service_offering"],
    fields: &[("service_offering.service_broker", &["guid", "name"])],
};

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let query = Query::list(call.request, &SPEC)?;
    let state = call.shared.lock();
    let fits = |it: &&Plan| {
        let offering = state.offerings.get(&it.offering);
        let broker = offering.and_then(|it| state.brokers.get(&it.broker));
        sees_plan(&state, &call.who, it)
            && query.fits("names", &it.name)
            && query.fits("broker_catalog_ids", &it.catalog_id)
            && query.fits("service_offering_guids", &it.offering)
            && query.fits_any(
                "service_offering_names",
                offering.map(|it| it.name.as_str()).into_iter(),
            )
            && query.fits_any("service_broker_guids", broker.map(|it| it.guid.as_str()).into_iter())
            && query.fits_any("service_broker_names", broker.map(|it| it.name.as_str()).into_iter())
            && query.fits_any(
                "service_instance_guids",
                state.instances_of(&it.guid).map(|it| it.guid.as_str()),
            )
            && query
                .single("available")
                .is_none_or(|wanted| (wanted == "true") == it.available)
            && reaches(&state, &query, it)
    };
    let page = Page::of(&query, &state.url, state.plans.values().filter(fits));
    let included = included(&state, &query, &page.rows);
    Ok(page.answer(|it| views::plan(&state, it), included))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let query = Query::show(call.request, &SPEC)?;
    let state = call.shared.lock();
    let plan = state
        .plans
        .get(call.arg(0))
        .filter(|it| sees_plan(&state, &call.who, it));
    let plan = plan.ok_or_else(|| Refusal::not_found("Service plan"))?;
    let mut view = views::plan(&state, plan);
    included(&state, &query, &[plan]).into(&mut view);
    Ok(Answer::json(StatusCode::OK, &view))
}

fn included(state: &State, query: &Query<'_>, rows: &[&Plan]) -> Included {
    let mut included = Included::none();
    let offerings = || rows.iter().filter_map(|it| state.offerings.get(&it.offering));
    if query.includes("service_offering") {
        included.add(
            "service_offerings",
            offerings().map(|it: &Offering| views::offering(state, it)),
        );
    }
    if query.includes("space.organization") {
        let spaces = || {
            rows.iter().filter_map(|it| match reach(state, it) {
                Reach::Space(guid) => state.spaces.get(guid),
                Reach::Admin | Reach::Public | Reach::Organizations(_) => None,
            })
        };
        let organizations = spaces().filter_map(|it| state.organizations.get(&it.organization));
        included.add("spaces", spaces().map(|it| views::space(state, it)));
        included.add("organizations", organizations.map(|it| views::organization(state, it)));
    }
    let brokers = offerings().filter_map(|it| state.brokers.get(&it.broker));
    let views = brokers.map(|it| views::broker(state, it));
    included.add_fields(query, "service_offering.service_broker", "service_brokers", views);
    included
}
