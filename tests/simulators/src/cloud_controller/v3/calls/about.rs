//! Where everything is; what became of a job.

use http::StatusCode;
use serde_json::{Value, json};

use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

/// The lists of v3 that are here.
const LISTS: [&str; 9] = [
    "apps",
    "feature_flags",
    "organizations",
    "service_brokers",
    "service_credential_bindings",
    "service_instances",
    "service_offerings",
    "service_plans",
    "service_route_bindings",
];
/// The version of the broker API that Cloud Controller speaks.
const OSBAPI: &str = "2.15";

/// Only what is here has a link; v2 is switched off.
pub(in crate::cloud_controller::v3) fn root(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let href = |url: &str| json!({"href": url});
    let (url, uaa) = (&state.url, state.options.uaa.url());
    let v3 = json!({"href": format!("{url}/v3"), "meta": {"version": state.options.version}});
    let body = json!({"links": {
        "self": href(url),
        "cloud_controller_v2": null,
        "cloud_controller_v3": v3,
        "network_policy_v0": null,
        "network_policy_v1": null,
        "login": href(uaa),
        "uaa": href(uaa),
        "credhub": null,
        "routing": null,
        "logging": null,
        "log_cache": null,
        "log_stream": null,
        "app_ssh": null,
    }});
    Ok(Answer::json(StatusCode::OK, &body))
}

pub(in crate::cloud_controller::v3) fn v3(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let mut links = json!({"self": views::link(&state, "/v3")});
    for list in LISTS.into_iter().chain(["spaces"]) {
        links[list] = views::link(&state, &format!("/v3/{list}"));
    }
    Ok(Answer::json(StatusCode::OK, &json!({"links": links})))
}

pub(in crate::cloud_controller::v3) fn info(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let body = json!({
        "build": "",
        "cli_version": {"minimum": "", "recommended": ""},
        "custom": {},
        "description": "a simulated Cloud Controller",
        "name": "simulator",
        "version": 0,
        "osbapi_version": OSBAPI,
        "rate_limits": {"enabled": false, "general_limit": 0, "reset_interval_in_minutes": 0},
        "links": {"self": views::link(&state, "/v3/info"), "support": {"href": ""}},
    });
    Ok(Answer::json(StatusCode::OK, &body))
}

/// As a Cloud Controller without v2 answers.
pub(in crate::cloud_controller::v3) fn v2_info(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let body = json!({
        "name": "simulator",
        "build": "",
        "support": "CF API v2 is disabled",
        "version": 0,
        "description": "a simulated Cloud Controller",
        "authorization_endpoint": state.options.uaa.url(),
        "token_endpoint": state.options.uaa.url(),
        "min_cli_version": Value::Null,
        "min_recommended_cli_version": Value::Null,
        "api_version": "",
        "osbapi_version": OSBAPI,
    });
    Ok(Answer::json(StatusCode::OK, &body))
}

pub(in crate::cloud_controller::v3) fn job(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let job = state.jobs.get(call.arg(0)).ok_or_else(|| Refusal::not_found("Job"))?;
    Ok(Answer::json(StatusCode::OK, &views::job(&state, job)))
}
